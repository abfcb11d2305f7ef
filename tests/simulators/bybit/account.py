"""Positions and wallets as the venue's JSON tells them."""

from decimal import Decimal
from typing import Any

from portfolio.model.decimals import ZERO, plain
from portfolio.model.position import Position
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.venue import Venue

_PRICE_STEP = Decimal("1E-8")


def position_told(venue: Venue, listing: Listing, *, is_streamed: bool = False) -> dict[str, Any]:
    """The position; side and entry price are empty when flat."""
    item, now = listing.instrument, str(venue.clock.now_ms())
    position = venue.state.positions.get(item.symbol) or Position()
    mark = venue.price(listing).mark
    entry = position.entry_price(item)
    value = abs(position.cost)
    entry_text = plain(entry.quantize(_PRICE_STEP)) if entry else "0"
    told = {
        "positionIdx": (2 if position.quantity < 0 else 1) if venue.is_hedged else 0,
        "riskId": 1,
        "riskLimitValue": "2000000",
        "symbol": listing.id,
        "side": "" if not position.quantity else "Buy" if position.quantity > 0 else "Sell",
        "size": plain(abs(position.quantity)),
        "positionValue": plain(value) if position.quantity else "",
        "tradeMode": 0,
        "autoAddMargin": 0,
        "positionStatus": "Normal",
        "leverage": plain(listing.leverage),
        "markPrice": plain(mark),
        "liqPrice": "",
        "bustPrice": "",
        "positionIM": plain(value / listing.leverage),
        "positionMM": plain(value * item.maintenance_margin),
        "positionBalance": "0",
        "tpslMode": "Full",
        **_protection(venue, listing),
        "trailingStop": "0",
        "unrealisedPnl": plain(position.unrealised(mark, item)) if position.quantity else "",
        "curRealisedPnl": plain(position.realised),
        "cumRealisedPnl": plain(position.realised),
        "sessionAvgPrice": "",
        "adlRankIndicator": 2,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "createdTime": now,
        "updatedTime": now,
        "seq": venue.sequence,
    }
    if is_streamed:
        return told | {"category": listing.category, "entryPrice": entry_text}
    return told | {"avgPrice": entry_text}


def _protection(venue: Venue, listing: Listing) -> dict[str, str]:
    """What closes the position, as attached to an entry."""
    told = {"takeProfit": "", "stopLoss": ""}
    for record in venue.reductions.values():
        if record.listing is listing and record.trigger_price and record.stop_order_type == "TakeProfit":
            told["takeProfit"] = plain(record.trigger_price)
        elif record.listing is listing and record.trigger_price and record.stop_order_type == "StopLoss":
            told["stopLoss"] = plain(record.trigger_price)
    return told


def wallet_told(venue: Venue, only: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The unified account: coins held, or those asked for."""
    coins = sorted(only or {coin for coin, amount in venue.state.wallets.items() if amount} | {"USDT"})
    rows = [_coin(venue, coin) for coin in coins]
    total = sum((Decimal(row["usdValue"]) for row in rows), ZERO)
    return {
        "accountType": "UNIFIED",
        "accountIMRate": "0",
        "accountMMRate": "0",
        "accountLTV": "0",
        "totalEquity": plain(total),
        "totalWalletBalance": plain(total),
        "totalMarginBalance": plain(total),
        "totalAvailableBalance": plain(total),
        "totalPerpUPL": "0",
        "totalInitialMargin": "0",
        "totalMaintenanceMargin": "0",
        "coin": rows,
    }


def _coin(venue: Venue, coin: str) -> dict[str, Any]:
    amount = venue.state.wallets.get(coin, ZERO)
    margin = unrealised = ZERO
    for symbol, position in venue.state.positions.items():
        listing = venue.by_symbol[symbol]
        if listing.instrument.settle == coin and position.quantity:
            margin += abs(position.cost) / listing.leverage
            unrealised += position.unrealised(venue.price(listing).mark, listing.instrument)
    worth = amount + unrealised
    return {
        "coin": coin,
        "equity": plain(worth),
        "usdValue": plain(worth * _usd(venue, coin)),
        "walletBalance": plain(amount),
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "borrowAmount": "0.000000000000000000",
        "accruedInterest": "0",
        "totalOrderIM": "0",
        "totalPositionIM": plain(margin),
        "totalPositionMM": "0",
        "unrealisedPnl": plain(unrealised),
        "cumRealisedPnl": "0",
        "bonus": "0",
        "locked": plain(_locked(venue, coin)),
        "spotHedgingQty": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
        "free": "",
    }


def _locked(venue: Venue, coin: str) -> Decimal:
    """Coins that resting spot orders would trade away."""
    locked = ZERO
    for record in venue.open_spot.values():
        item = record.listing.instrument
        if (item.quote if record.side.value == "buy" else item.base) == coin:
            price = record.price or record.trigger_price or ZERO
            locked += record.remaining * price if record.side.value == "buy" else record.remaining
    return locked


def _usd(venue: Venue, coin: str) -> Decimal:
    if coin == "USDT":
        return Decimal(1)
    listing = venue.listings.get(("spot", f"{coin}USDT")) or venue.listings.get(("linear", f"{coin}USDT"))
    return venue.price(listing).mark if listing else ZERO
