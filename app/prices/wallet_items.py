"""The wallet as the API and the command line tell it."""

from decimal import Decimal

from app.prices.items import seconds, source_item
from app.prices.wallet import WalletView
from app.prices.wallet_answers import (
    LeftOutItem,
    WalletAnswer,
    WalletSnapshotItem,
    WorthChangeItem,
    WorthItem,
    WorthStepItem,
)
from portfolio.model.worth import WalletSnapshot
from portfolio.prices.net_worth import Place, WorthChange, WorthRow
from portfolio.prices.rate import Rate

_SHARE, _VALUE = Decimal("1E-8"), Decimal("1E-8")
_PRICE_DIGITS = 16


def wallet_answer(view: WalletView) -> WalletAnswer:
    worth = view.worth
    return {
        "currency": worth.currency,
        "time": view.time,
        "total": _value(worth.total),
        "unrealised": _value(worth.unrealised),
        "accounts": [
            {"account": account, "venue": venue, "value": _value(worth.of(account))}
            for account, venue in view.venues.items()
        ],
        "items": [worth_item(row) for row in worth.rows],
        "unpriced": [_left_out(row.place) for row in worth.rows if row.value is None],
        "snapshot": view.snapshot.time if view.snapshot else None,
        "change": change_item(view.change) if view.change else None,
        "venues": [source_item(state, view.now_s) for state in view.states],
        "next": None,
    }


def worth_item(row: WorthRow) -> WorthItem:
    part = row.part
    return {
        "account": part.account,
        "currency": part.currency,
        "coin": row.coin,
        "total": part.total,
        "free": part.free,
        "in_orders": part.in_orders,
        "in_margin": part.in_margin,
        "unrealised": part.unrealised,
        "price": _digits(row.rate.mid) if row.rate else None,
        "path": path_items(row.rate) if row.rate else [],
        "age_s": seconds(row.rate.age_s) if row.rate else None,
        "value": None if row.value is None else _value(row.value),
        "unrealised_value": None if row.unrealised_value is None else _value(row.unrealised_value),
        "share": None if row.share is None else row.share.quantize(_SHARE),
        "reason": row.reason,
    }


def path_items(rate: Rate) -> list[WorthStepItem]:
    return [
        {
            "venue": step.venue,
            "market": step.symbol,
            "reciprocal": step.is_reciprocal,
            "age_s": seconds(step.age_s) or Decimal(0),
        }
        for step in rate.steps
    ]


def change_item(change: WorthChange) -> WorthChangeItem:
    return {
        "since": change.since,
        "before": _value(change.before),
        "change": _value(change.change),
        "share": None if change.share is None else change.share.quantize(_SHARE),
        "left_out": [_left_out(place) for place in change.left_out],
        "at_rate_of_today": change.is_at_rate_of_today,
    }


def snapshot_item(snapshot: WalletSnapshot) -> WalletSnapshotItem:
    missing = [(asset.account, asset.currency) for asset in snapshot.assets if asset.value is None]
    return {
        "time": snapshot.time,
        "currency": snapshot.currency,
        "total": _value(snapshot.total),
        "unpriced": [_left_out(place) for place in missing],
    }


def _left_out(place: Place) -> LeftOutItem:
    account, currency = place
    return {"account": account, "currency": currency}


def _value(amount: Decimal) -> Decimal:
    return amount.quantize(_VALUE)


def _digits(price: Decimal) -> Decimal:
    """Sixteen digits say more of a price than anybody quotes."""
    return round(price, max(0, _PRICE_DIGITS - 1 - price.adjusted()))
