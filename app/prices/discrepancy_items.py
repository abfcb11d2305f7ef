"""Differences between venues, as the API and the command line tell them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from app.prices.answers import AtSizeItem, DiscrepanciesAnswer, DiscrepancyItem, TradeItem
from app.prices.comparing import Comparison
from app.prices.items import exact, fee_item, label_item, rate_item, seconds, share, source_item
from app.prices.view import View
from portfolio.prices.arming import Arm
from portfolio.prices.discrepancy import AtSize, Discrepancy, PairKey
from portfolio.prices.row import PriceRow


def discrepancies_answer(
    compared: Sequence[Comparison],
    view: View,
    size: Decimal,
    currency: str,
    is_open: Mapping[PairKey, Arm],
    now: datetime,
) -> DiscrepanciesAnswer:
    return {
        "items": [discrepancy_item(pair, is_open.get(pair.key)) for one in compared for pair in one.found],
        "venues": [source_item(state, view.now_s) for state in view.states],
        "size": size,
        "size_currency": currency,
        "time": now,
        "next": None,
    }


def discrepancy_item(pair: Discrepancy, arm: Arm | None) -> DiscrepancyItem:
    return {
        "symbol": pair.symbol,
        "currency": pair.buy.currency,
        "buy": _trade(pair.buy, pair.gap.ask),
        "sell": _trade(pair.sell, pair.gap.bid),
        "gross": share(pair.gap.gross),
        "net": share(pair.gap.net),
        "at_size": _at_size(pair.at_size) if pair.at_size else None,
        "is_opportunity": pair.is_opportunity,
        "labels": [label_item(label) for label in pair.labels],
        "found_at": arm.opened_at if arm else None,
    }


def _trade(row: PriceRow, price: Decimal) -> TradeItem:
    assert row.market is not None, row.venue
    assert row.fee is not None, row.venue
    return {
        "venue": row.venue,
        "market": row.market.symbol,
        "price": exact(price),
        "fee": fee_item(row.fee),
        "rate": rate_item(row.rate) if row.rate else None,
        "age_s": seconds(row.age_s),
    }


def _at_size(borne: AtSize) -> AtSizeItem:
    return {
        "size": exact(borne.size),
        "quantity": exact(borne.quantity),
        "paid": exact(borne.paid),
        "received": exact(borne.received),
        "buy_price": exact(borne.buy_price),
        "sell_price": exact(borne.sell_price),
        "gross": share(borne.gross),
        "net": share(borne.net),
        "profit": exact(borne.profit),
    }
