"""What happened to orders, as records, executions, positions and money; each change is published once."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import uuid4

from exchange.ticket import Execution, Liquidation, Update
from portfolio.model.decimals import ONE, ZERO, plain
from portfolio.model.order import OrderStatus
from portfolio.model.position import Position
from portfolio.model.side import Side
from tests.simulators.bybit.account import position_told, wallet_told
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import ExecutionRecord, OrderRecord
from tests.simulators.bybit.venue import MAKER_FEE, TAKER_FEE, LogEntry, Venue

PROTECTION = ("TakeProfit", "StopLoss")
_CANCEL_TYPES = {"reduce-only": "CancelByReduceOnly", "the position is": "CancelByPrepareLiq"}
_ENDED = {OrderStatus.CANCELED: "Cancelled", OrderStatus.EXPIRED: "Cancelled", OrderStatus.FILLED: "Filled"}


class Booking:
    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def register(self, record: OrderRecord) -> None:
        """The order exists, for ever."""
        self._venue.orders[record.order_id] = record
        self._venue.open[record.order_id] = record
        if record.reduce_only:
            self._venue.reductions[record.order_id] = record
        if record.listing.is_spot:
            self._venue.open_spot[record.order_id] = record
        if record.link_id:
            self._venue.links[record.link_id] = record

    def apply(self, record: OrderRecord, update: Update, *, is_maker: bool) -> None:
        """The order is as the engine says."""
        if update.executions:
            self.execute(record, update.executions, is_maker=is_maker, is_silent=True)
        if update.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED):
            record.status = "PartiallyFilled" if record.filled else "New"
            self.changed(record, executed=len(update.executions))
            return
        status, reason = _ENDED[update.status], update.reason
        cancel_type = next((word for start, word in _CANCEL_TYPES.items() if reason.startswith(start)), "UNKNOWN")
        if status == "Cancelled" and cancel_type == "UNKNOWN":
            is_whole = record.time_in_force == "FOK"
            record.reject_reason = "EC_NoEnoughQtyToFill" if is_whole else "EC_NoImmediateQtyToFill"
        self.end(record, status, cancel_type=cancel_type, executed=len(update.executions))

    def execute(
        self, record: OrderRecord, executions: Iterable[Execution], *, is_maker: bool, is_silent: bool = False
    ) -> None:
        """The executions are booked; the order's status follows from them unless the caller tells it."""
        count = 0
        for item in executions:
            self._book(record, item, is_maker=is_maker)
            count += 1
        if not is_silent:
            if record.remaining:
                record.status = "PartiallyFilled"
                self.changed(record, executed=count)
            else:
                self.end(record, "Filled", executed=count)

    def _book(self, record: OrderRecord, item: Execution, *, is_maker: bool, kind: str = "Trade") -> None:
        venue, instrument = self._venue, record.listing.instrument
        record.filled += item.quantity
        value = abs(instrument.value(item.quantity, item.price))
        record.value += value
        before = venue.booked.get(instrument.symbol) or Position()
        after = before.traded(record.side.signed(item.quantity), item.price, instrument)
        venue.booked[instrument.symbol] = after
        record.fees[item.fee_currency] = record.fees.get(item.fee_currency, ZERO) + item.fee
        venue.executions.append(
            ExecutionRecord(
                execution_id=str(uuid4()),
                order=record,
                quantity=item.quantity,
                price=item.price,
                value=value,
                fee=item.fee,
                fee_currency=item.fee_currency,
                fee_rate=MAKER_FEE if is_maker else TAKER_FEE,
                is_maker=is_maker,
                kind=kind,
                time_ms=venue.clock.now_ms(),
                leaves=record.remaining,
                closed=_closed(before.quantity, after.quantity),
                profit=after.realised - before.realised,
                sequence=venue.next_sequence(),
            )
        )

    def end(
        self,
        record: OrderRecord,
        status: str,
        *,
        cancel_type: str = "UNKNOWN",
        reject_reason: str | None = None,
        executed: int = 0,
    ) -> None:
        """The order is over. Spot has a word of its own for what was filled in part."""
        has_rest = record.market_unit == "quoteCoin" and record.value < Decimal(record.sent_quantity)
        is_part = record.listing.is_spot and record.filled and (status == "Cancelled" or has_rest)
        record.status = "PartiallyFilledCanceled" if is_part else status
        record.cancel_type = cancel_type
        if cancel_type == "CancelByUser":
            record.reject_reason = "EC_PerCancelRequest"
        record.reject_reason = reject_reason or record.reject_reason
        self.changed(record, executed=executed)

    def changed(self, record: OrderRecord, *, executed: int = 0) -> None:
        """The order is published as it is, with its last executions and what they changed."""
        venue = self._venue
        record.updated_ms = venue.clock.now_ms()
        if not record.is_open and venue.open.pop(record.order_id, None) is not None:
            venue.reductions.pop(record.order_id, None)
            venue.open_spot.pop(record.order_id, None)
            record.ended_as = len(venue.ended)
            venue.ended.append(record)
        self._measure(record)
        if venue.hears("order"):
            venue.publish("order", [record.told()])
        if executed:
            if venue.hears("execution"):
                recent = venue.executions[-executed:]
                venue.publish("execution", [item.told(is_streamed=True) for item in recent])
            self.account_changed(record.listing)

    def account_changed(self, listing: Listing | None) -> None:
        """Position and wallet are published as they are."""
        venue = self._venue
        if listing is not None and not listing.is_spot and venue.hears("position"):
            venue.publish("position", [position_told(venue, listing, is_streamed=True)])
        if venue.hears("wallet"):
            venue.publish("wallet", [wallet_told(venue)])

    def _measure(self, record: OrderRecord) -> None:
        venue, instrument = self._venue, record.listing.instrument
        price = venue.price(record.listing)
        venue.exposure.see_order(record, price.for_side(record.side))
        booked = venue.booked.get(instrument.symbol)
        held = booked.quantity if booked else ZERO
        venue.exposure.see_position(instrument.symbol, held, instrument.quote_value(ONE, price.mark))
        venue.exposure.measure(instrument.symbol)

    def cut_reductions(self, listing: Listing) -> None:
        """Resting reductions of a position that is gone are cancelled, and protection of it is deactivated."""
        venue, symbol = self._venue, listing.instrument.symbol
        for record in [item for item in venue.reductions.values() if item.listing is listing]:
            if venue.ledger.reducible(symbol, record.side) or not record.is_open:
                continue
            if record.order_id in venue.state.resting:
                del venue.state.resting[record.order_id]
                self.end(record, "Cancelled", cancel_type="CancelByReduceOnly")
            elif record.stop_order_type in PROTECTION:
                venue.untriggered.pop(record.order_id, None)
                self.end(record, "Deactivated", cancel_type="CancelByTpSlTsClear")

    def protect(self, listing: Listing, side: Side, price: Decimal, kind: str, *, direction: int) -> OrderRecord:
        """An order of the venue's own closes the whole position once the market is at `price`."""
        venue, now_ms = self._venue, self._venue.clock.now_ms()
        held = abs(venue.ledger.held(listing.instrument.symbol))
        record = OrderRecord(
            order_id=str(uuid4()),
            link_id="",
            listing=listing,
            side=side,
            order_type="Market",
            quantity=held,
            sent_quantity=plain(held),
            price=None,
            time_in_force="IOC",
            created_ms=now_ms,
            updated_ms=now_ms,
            reduce_only=True,
            close_on_trigger=True,
            trigger_price=price,
            trigger_direction=direction,
            trigger_by="LastPrice",
            order_filter="tpslOrder",
            stop_order_type=kind,
            create_type=f"CreateBy{kind}",
            status="Untriggered",
            position=len(venue.orders),
        )
        self.register(record)
        venue.untriggered[record.order_id] = record
        self.changed(record)
        return record

    def liquidated(self, liquidation: Liquidation) -> None:
        """A position was closed by the venue, as an order of the venue's own."""
        listing = self._venue.by_symbol[liquidation.symbol]
        self.took_over(listing, liquidation.side, liquidation.execution)

    def took_over(self, listing: Listing, side: Side, execution: Execution) -> None:
        venue, now_ms = self._venue, self._venue.clock.now_ms()
        record = OrderRecord(
            order_id=str(uuid4()),
            link_id="",
            listing=listing,
            side=side,
            order_type="Market",
            quantity=execution.quantity,
            sent_quantity=plain(execution.quantity),
            price=execution.price,
            time_in_force="IOC",
            created_ms=now_ms,
            updated_ms=now_ms,
            reduce_only=True,
            create_type="CreateByTakeOver_PassThrough",
            is_foreign=True,
            position=len(venue.orders),
        )
        self.register(record)
        self._book(record, execution, is_maker=False, kind="BustTrade")
        self.end(record, "Filled", executed=1)
        self.cut_reductions(listing)

    def logged(self, kind: str, currency: str, change: Decimal, listing: Listing | None = None, **more: object) -> None:
        """Money came or went without a trade; the wallet is published."""
        venue = self._venue
        venue.log.append(
            LogEntry(
                sequence=venue.next_sequence(),
                kind=kind,
                category=listing.category if listing else "",
                symbol=listing.id if listing else "",
                currency=currency,
                change=change,
                balance=venue.state.wallets.get(currency, ZERO),
                time_ms=venue.clock.now_ms(),
                **more,  # type: ignore[arg-type]
            )
        )
        self.account_changed(listing)


def _closed(before: Decimal, after: Decimal) -> Decimal:
    """How much of the position a trade closed."""
    if before * (after - before) >= 0:
        return ZERO
    return min(abs(before), abs(after - before))
