"""Instruments, positions and margin of the simulated venue, as it tells them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.position import Position
from tests.simulators.bitmex.contracts import CONTRACTS, LISTED_ONLY, SCALES, WIRE_CODES, Contract
from tests.simulators.bitmex.orders import ACCOUNT, told
from tests.simulators.bitmex.venue import Venue


def instruments(venue: Venue, closed: set[str], now: datetime) -> list[dict[str, Any]]:
    """Everything that is listed, with what the market is at."""
    traded = [_instrument(venue, contract, now) for contract in CONTRACTS.values() if contract.wire not in closed]
    return [*traded, *({**document, "timestamp": told(now)} for document in LISTED_ONLY)]


def _instrument(venue: Venue, contract: Contract, now: datetime) -> dict[str, Any]:
    instrument = venue.terms.instruments[contract.instrument.symbol]
    price = venue.state.prices.get(instrument.symbol)
    market = (
        {
            "bidPrice": float(price.bid),
            "askPrice": float(price.ask),
            "midPrice": float(price.mark),
            "lastPrice": float(price.mark),
            "markPrice": float(price.mark),
            "fairPrice": float(price.mark),
        }
        if price
        else {"bidPrice": None, "askPrice": None, "lastPrice": None, "markPrice": None}
    )
    return {**contract.document, **market, "fundingRate": float(instrument.funding_rate), "timestamp": told(now)}


def positions(venue: Venue, leverage: dict[str, Decimal], now: datetime) -> list[dict[str, Any]]:
    """One row for each contract that was ever held: a flat one stays, with `currentQty` 0."""
    rows = []
    for symbol, position in venue.state.positions.items():
        contract = next(item for item in CONTRACTS.values() if item.instrument.symbol == symbol)
        rows.append(_position(venue, contract, position, leverage.get(contract.wire, ZERO), now))
    return rows


def _position(venue: Venue, contract: Contract, position: Position, leverage: Decimal, now: datetime) -> dict[str, Any]:
    """A side can be read from `currentQty` alone: `homeNotional` is 0, and so unsigned, for a flat row."""
    instrument, held = contract.instrument, position.quantity
    mark = venue.ledger.mark(instrument.symbol) or ZERO
    scale = SCALES[contract.settle_wire]
    value = instrument.value(held, mark) if mark else ZERO
    coins = instrument.notional(held, mark) if instrument.is_inverse and mark else held * instrument.contract_size
    entry = position.entry_price(instrument)
    return {
        "account": ACCOUNT,
        "symbol": contract.wire,
        "currency": contract.settle_wire,
        "underlying": contract.document["underlying"],
        "quoteCurrency": contract.document["quoteCurrency"],
        "commission": contract.document["takerFee"],
        "initMarginReq": float(1 / leverage) if leverage else 0.01,
        "maintMarginReq": 0.005,
        "leverage": float(leverage or 100),
        "crossMargin": not leverage,
        "currentQty": int(held),
        "currentCost": int(position.cost * scale),
        "isOpen": bool(held),
        "markPrice": float(mark) if mark else None,
        "markValue": int(value * scale),
        "homeNotional": float(coins),
        "foreignNotional": float(-held * instrument.contract_size * (1 if instrument.is_inverse else mark)),
        "avgCostPrice": _price(entry),
        "avgEntryPrice": _price(entry),
        "realisedPnl": int(position.realised * scale),
        "unrealisedPnl": int((value - position.cost) * scale) if held else 0,
        "maintMargin": int(abs(value) * instrument.maintenance_margin * scale),
        "liquidationPrice": None,
        "timestamp": told(now),
    }


def margins(venue: Venue, currency: str, now: datetime) -> list[dict[str, Any]]:
    """One row for each currency, in units of the wire."""
    rows = [_margin(venue, code, now) for code in venue.state.wallets]
    return [row for row in rows if currency in ("all", row["currency"])]


def _margin(venue: Venue, code: str, now: datetime) -> dict[str, Any]:
    wire = WIRE_CODES[code]
    wallet = venue.state.wallets[code] * SCALES[wire]
    equity = venue.ledger.equity(code) * SCALES[wire]
    used = sum((_used(venue, item.instrument) for item in CONTRACTS.values() if item.instrument.settle == code), ZERO)
    return {
        "account": ACCOUNT,
        "currency": wire,
        "amount": int(wallet),
        "walletBalance": int(wallet),
        "marginBalance": int(equity),
        "unrealisedPnl": int(equity - wallet),
        "initMargin": 0,
        "maintMargin": int(used * SCALES[wire]),
        "availableMargin": int(equity - used * SCALES[wire]),
        "withdrawableMargin": int(equity - used * SCALES[wire]),
        "timestamp": told(now),
    }


def _used(venue: Venue, instrument: Instrument) -> Decimal:
    mark = venue.ledger.mark(instrument.symbol)
    if instrument.is_spot or mark is None:
        return ZERO
    terms = venue.terms.instruments[instrument.symbol]
    held = venue.ledger.held(instrument.symbol)
    return abs(instrument.notional(held, mark)) / min(venue.terms.leverage, terms.max_leverage)


def _price(price: Decimal | None) -> float | None:
    return None if price is None else float(round(price, 4))
