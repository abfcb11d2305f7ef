"""Whatever happens to the account, its records, its books and the matching engine tell the same."""

import contextlib
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from portfolio.model.decimals import ZERO
from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.answers import Refused

SYMBOLS = {
    # unified symbol: category, id, unit of quantity, tick
    "BTC/USDT:USDT": ("linear", "BTCUSDT", Decimal("0.001"), Decimal("0.1")),
    "BTC/USD:BTC": ("inverse", "BTCUSD", Decimal(10), Decimal("0.1")),
    "BTC/USDT": ("spot", "BTCUSDT", Decimal("0.001"), Decimal("0.01")),
}
STEPS = 400


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_life_leaves_no_contradiction(seed: int) -> None:
    random = Random(seed)
    async with BybitSimulator() as venue:
        start = dict(venue.venue.state.wallets)
        venue.control.split(random.choice((1, 1, 3, 7)))
        moved = dict.fromkeys(start, ZERO)
        for number in range(STEPS):
            with contextlib.suppress(Refused):
                _step(venue, random, number, moved)
        _agree(venue, start, moved)
        assert venue.venue.executions
        assert any(not item.is_open for item in venue.venue.orders.values())


def _step(venue: BybitSimulator, random: Random, number: int, moved: dict[str, Decimal]) -> None:
    symbol = random.choice(list(SYMBOLS))
    category, market_id, unit, tick = SYMBOLS[symbol]
    match random.choices(("create", "price", "cancel", "amend", "funding", "move"), (10, 5, 2, 2, 1, 1))[0]:
        case "create":
            venue.trading.create(_order(random, number, category, market_id, unit))
        case "price":
            bid = Decimal(random.randrange(63000, 67000))
            venue.control.price(symbol, bid, bid + tick * random.randrange(3))
        case "cancel":
            if record := _open(venue, random):
                venue.trading.cancel(record)
        case "amend":
            if record := _open(venue, random):
                change = {"qty": str(random.randrange(1, 40) * unit), "price": str(random.randrange(63000, 67000))}
                venue.trading.amend(record, change)
        case "funding":
            if category != "spot":
                currency = "BTC" if category == "inverse" else "USDT"
                moved[currency] += Decimal(venue.control.funding(symbol, "0.0003")["amount"])
        case "move":
            venue.control.transfer("USDT", 100)
            moved["USDT"] += 100


def _open(venue: BybitSimulator, random: Random) -> Any:
    records = list(venue.venue.open.values())
    return random.choice(records) if records else None


def _order(random: Random, number: int, category: str, market_id: str, unit: Decimal) -> dict[str, Any]:
    order: dict[str, Any] = {
        "category": category,
        "symbol": market_id,
        "side": random.choice(("Buy", "Sell")),
        "orderType": random.choice(("Market", "Limit", "Limit")),
        "qty": str(random.randrange(1, 40) * unit),
        "price": str(random.randrange(63000, 67000)),
        "timeInForce": random.choice(("GTC", "GTC", "IOC", "FOK", "PostOnly")),
        "reduceOnly": random.random() < 0.25,
        "orderLinkId": f"r-{number}",
        "marketUnit": "baseCoin",
    }
    if random.random() < 0.2:
        order |= {"triggerPrice": str(random.randrange(63000, 67000)), "triggerDirection": random.choice((1, 2))}
    elif random.random() < 0.1 and category != "spot" and not order["reduceOnly"]:
        order |= {"takeProfit": "66500", "stopLoss": "63500"}
    return order


def _agree(venue: BybitSimulator, start: dict[str, Decimal], moved: dict[str, Decimal]) -> None:
    account = venue.venue
    resting, waiting = set(account.state.resting), set(account.untriggered)
    is_open = {order_id for order_id, record in account.orders.items() if record.is_open}
    assert is_open == set(account.open) == resting | waiting
    assert len(account.ended) == len(account.orders) - len(is_open)
    for record in account.orders.values():
        traded = [item for item in account.executions if item.order is record and item.kind != "Funding"]
        assert record.filled == sum(item.quantity for item in traded) <= record.quantity
        assert record.value == sum(item.value for item in traded)
        assert (record.status == "Filled") is (record.filled == record.quantity)
        if record.reduce_only and record.is_open and record.order_id in resting:
            assert account.ledger.reducible(record.listing.instrument.symbol, record.side)
    for symbol, position in account.state.positions.items():
        assert position == account.booked[symbol]
    assert account.state.wallets == _wallets(venue, start, moved)


def _wallets(venue: BybitSimulator, start: dict[str, Decimal], moved: dict[str, Decimal]) -> dict[str, Decimal]:
    """What was there, what came from outside, and what every execution brought."""
    wallets = {coin: start[coin] + moved[coin] for coin in start}
    for item in venue.venue.executions:
        instrument = item.order.listing.instrument
        if item.kind == "Funding":
            continue
        wallets[item.fee_currency] -= item.fee
        if instrument.is_spot:
            wallets[instrument.base] += item.order.side.signed(item.quantity)
            wallets[instrument.quote] -= item.order.side.signed(item.value)
        else:
            wallets[instrument.settle] += item.profit
    return wallets
