"""What the board says, as the API and the command line tell it."""

from datetime import datetime
from decimal import Context, Decimal

from app.prices.answers import (
    FeeItem,
    LabelItem,
    PriceGapItem,
    PriceItem,
    PriceRowItem,
    PricesAnswer,
    RateItem,
    SourceItem,
)
from app.prices.view import View
from portfolio.prices.fees import TakerFee
from portfolio.prices.gap import PriceGap
from portfolio.prices.labels import Label
from portfolio.prices.offers import Offers
from portfolio.prices.rate import Rate
from portfolio.prices.row import PriceRow
from portfolio.prices.source import SourceState

_SHARE, _SECOND = Decimal("1E-8"), Decimal("0.001")
_DIGITS = Context(prec=16)


def prices_answer(view: View, now: datetime) -> PricesAnswer:
    return {
        "items": [price_item(offered) for offered in view.offers],
        "venues": [source_item(state, view.now_s) for state in view.states],
        "time": now,
        "complete": view.is_complete,
        "next": None,
    }


def price_item(offered: Offers) -> PriceItem:
    return {
        "symbol": offered.asked,
        "rows": [row_item(row, offered) for row in offered.rows],
        "gap": gap_item(offered.gap) if offered.gap else None,
    }


def row_item(row: PriceRow, offered: Offers) -> PriceRowItem:
    ticker = row.ticker
    return {
        "venue": row.venue,
        "market": row.market.symbol if row.market else None,
        "currency": row.currency,
        "bid": figure(row.bid),
        "ask": figure(row.ask),
        "last": figure(row.last),
        "change_24h": None if row.change_24h is None else share(row.change_24h),
        "change_source": row.change_source,
        "volume_24h": ticker.volume_24h if ticker else None,
        "spread": figure(row.spread),
        "spread_share": None if row.spread_share is None else share(row.spread_share),
        "rate": rate_item(row.rate) if row.rate else None,
        "fee": fee_item(row.fee) if row.fee else None,
        "age_s": seconds(row.age_s),
        "venue_time": ticker.venue_time if ticker else None,
        "received_at": ticker.received_at if ticker else None,
        "streamed": bool(ticker and ticker.by_stream),
        "is_best_bid": row is offered.best_bid,
        "is_best_ask": row is offered.best_ask,
        "labels": [label_item(label) for label in row.labels],
    }


def gap_item(gap: PriceGap) -> PriceGapItem:
    return {
        "buy_at": gap.buy_at,
        "sell_at": gap.sell_at,
        "ask": exact(gap.ask),
        "bid": exact(gap.bid),
        "amount": exact(gap.amount),
        "gross": share(gap.gross),
        "net": share(gap.net),
        "buy_fee": fee_item(gap.buy_fee),
        "sell_fee": fee_item(gap.sell_fee),
    }


def rate_item(rate: Rate) -> RateItem:
    return {
        "source": rate.source,
        "target": rate.target,
        "bid": exact(rate.bid),
        "ask": exact(rate.ask),
        "steps": [
            {"venue": step.venue, "market": step.symbol, "age_s": seconds(step.age_s) or Decimal(0)}
            for step in rate.steps
        ],
    }


def source_item(state: SourceState, now_s: float) -> SourceItem:
    return {
        "venue": state.venue,
        "status": state.status,
        "detail": state.detail,
        "streams": state.streams,
        "failures": state.failures,
        "latency_s": seconds(state.latency_s),
        "answered_s": seconds(None if state.answered_s is None else max(0.0, now_s - state.answered_s)),
        "next_try_s": seconds(None if state.next_try_s is None else max(0.0, state.next_try_s - now_s)),
    }


def fee_item(fee: TakerFee) -> FeeItem:
    return {"rate": fee.rate, "source": fee.source}


def label_item(label: Label) -> LabelItem:
    return {"code": label.code, "reason": label.reason}


def seconds(number: float | None) -> Decimal | None:
    """Whole milliseconds."""
    return None if number is None else Decimal(number).quantize(_SECOND)


def exact(number: Decimal) -> Decimal:
    """What a venue said, as it said it; what was computed, to sixteen digits."""
    return _DIGITS.plus(number)


def figure(number: Decimal | None) -> Decimal | None:
    return None if number is None else exact(number)


def share(fraction: Decimal) -> Decimal:
    """To eight places."""
    return fraction.quantize(_SHARE)
