"""The log of money: transfers, funding, and what each trade brought and cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import ZERO, plain
from tests.simulators.bybit.orders import ExecutionRecord
from tests.simulators.bybit.pages import limit_of, page
from tests.simulators.bybit.placing import Params
from tests.simulators.bybit.queries import window
from tests.simulators.bybit.signing import ApiKey
from tests.simulators.bybit.venue import LogEntry, Venue


@dataclass(frozen=True, slots=True)
class _Row:
    """`number` orders the log."""

    number: int
    time_ms: int
    told: dict[str, Any]


def transactions(venue: Venue, params: Params, key: ApiKey) -> dict[str, Any]:
    """Newest first, of the last seven days unless a time is told."""
    since, until = window(params, venue.clock.now_ms())
    rows = (
        row
        for row in sorted(_rows(venue), key=lambda row: -row.number)
        if since <= row.time_ms <= until
        and all(params.get(name) in (None, row.told[name]) for name in ("type", "currency", "category"))
    )
    found, cursor = page(rows, lambda row: row.number, str(params.get("cursor") or ""), limit_of(params, 20, 50))
    return {"list": [row.told for row in found], "nextPageCursor": cursor}


def _rows(venue: Venue) -> Iterator[_Row]:
    for entry in venue.log:
        yield _Row(2 * entry.sequence, entry.time_ms, _entry_told(entry))
    for item in venue.executions:
        if item.kind != "Funding":
            for number, (currency, change) in enumerate(_changes(item)):
                yield _Row(2 * item.sequence + number, item.time_ms, _trade_told(item, currency, change))


def _changes(item: ExecutionRecord) -> Iterator[tuple[str, Decimal]]:
    """What each wallet gained, fees taken off; a contract moves one, spot two."""
    instrument = item.order.listing.instrument
    gains = (
        {
            instrument.base: item.order.side.signed(item.quantity),
            instrument.quote: -item.order.side.signed(item.value),
        }
        if instrument.is_spot
        else {instrument.settle: item.profit}
    )
    for currency, gain in gains.items():
        yield currency, gain - item.fee if currency == item.fee_currency else gain


def _entry_told(entry: LogEntry) -> dict[str, Any]:
    funding = entry.funding
    return _told(
        id=f"{entry.sequence}_{entry.currency}",
        symbol=entry.symbol,
        category=entry.category,
        side=entry.side,
        transactionTime=str(entry.time_ms),
        type=entry.kind,
        qty=plain(entry.quantity),
        size=plain(entry.quantity),
        currency=entry.currency,
        tradePrice=plain(entry.price) if entry.price else "",
        funding="" if funding is None else plain(funding),
        cashFlow=plain(entry.change if funding is None else ZERO),
        change=plain(entry.change),
        cashBalance=plain(entry.balance),
        tradeId=entry.trade_id,
    )


def _trade_told(item: ExecutionRecord, currency: str, change: Decimal) -> dict[str, Any]:
    order, fee = item.order, item.fee if currency == item.fee_currency else ZERO
    return _told(
        id=f"{item.sequence}_{currency}",
        symbol=order.listing.id,
        category=order.listing.category,
        side=order.side.value.capitalize(),
        transactionTime=str(item.time_ms),
        type="LIQUIDATION" if item.kind == "BustTrade" else "TRADE",
        qty=plain(item.quantity),
        currency=currency,
        tradePrice=plain(item.price),
        fee=plain(fee),
        feeRate=plain(item.fee_rate),
        cashFlow=plain(change + fee),
        change=plain(change),
        tradeId=item.execution_id,
        orderId=order.order_id,
        orderLinkId=order.link_id,
    )


def _told(**fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("transSubType", "size", "funding", "feeRate", "cashBalance", "bonusChange", "tradeId", "orderId"), ""
    )
    return {**empty, "orderLinkId": "", "extraFees": "", "fee": "0", **fields}
