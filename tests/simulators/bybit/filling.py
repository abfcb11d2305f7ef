"""How orders are filled: at once or in pieces over time, when the market moves, once they are triggered."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from exchange.engine import News
from exchange.matching import reaches
from exchange.ticket import Liquidation, MarketPrice, Ticket, Update
from portfolio.model.decimals import ONE, ZERO, floor_to, plain
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.booking import PROTECTION, Booking
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.protection import Protection
from tests.simulators.bybit.venue import Venue


class Filling:
    """Everything that it does to orders is booked and published before it returns."""

    def __init__(self, venue: Venue, booking: Booking) -> None:
        self._venue = venue
        self._booking = booking
        self.protection = Protection(venue, booking)
        self._going_on: set[str] = set()

    # --- an order meets the market -------------------------------------------------------------------------------

    def submit(self, record: OrderRecord) -> None:
        """The order meets the market. Raises Refused where the account cannot carry it, and it never existed."""
        venue = self._venue
        ticket, price = ticket_of(record), venue.price(record.listing)
        if record.time_in_force == "PostOnly" and reaches(ticket, price):
            self._booking.register(record)
            record.status = "Rejected" if record.listing.is_spot else "Cancelled"
            record.reject_reason = "EC_PostOnlyWillTakeLiquidity"
            self._booking.changed(record)
            return
        if record.order_type == "Market" and venue.split.pieces > 1 and venue.split.delay_s:
            self._submit_in_pieces(record, ticket)
            return
        update = self.placed(ticket)
        if update.status is OrderStatus.REJECTED:
            raise refusal_of(update.reason, record.listing)
        self._booking.register(record)
        self._booking.apply(record, update, is_maker=False)
        self._settle(record)

    def amended(self, record: OrderRecord, ticket: Ticket) -> None:
        """The resting order is what the ticket says, and may trade. Raises Refused, and it is gone from the book."""
        update = self.placed(ticket)
        if update.status is OrderStatus.REJECTED:
            raise refusal_of(update.reason, record.listing)
        self._booking.apply(record, update, is_maker=False)
        self._settle(record)

    def _settle(self, record: OrderRecord) -> None:
        """What follows from a fill has followed: protection, the end of reductions of nothing, further pieces."""
        self._attach(record)
        self._adjust(record.listing)
        self._continue(record.listing)

    def _adjust(self, listing: Listing) -> None:
        """Reductions of a position that is gone go with it; protection is as large as what is left."""
        self._booking.cut_reductions(listing)
        self.protection.follow(listing)

    def cut_to_position(self, record: OrderRecord, *, is_whole: bool = False) -> None:
        """A reduce-only order is never larger than the position that it reduces, and `is_whole` never smaller."""
        reducible = self._venue.ledger.reducible(record.listing.instrument.symbol, record.side)
        if not reducible:
            raise Refused(110017, "current position is zero, cannot fix reduce-only order qty")
        if is_whole or record.quantity > reducible:
            record.quantity = reducible
            record.sent_quantity = plain(reducible)

    def placed(self, ticket: Ticket, *, is_whole: bool = False) -> Update:
        """In one piece where `is_whole`; all or nothing means all, into however many pieces the venue cuts."""
        terms, ratio = self._venue.terms, self._venue.terms.fill_ratio
        if is_whole or ticket.time_in_force is TimeInForce.FOK:
            terms.fill_ratio = ONE
        try:
            return self._venue.engine.place(ticket, self._venue.clock.now())
        finally:
            terms.fill_ratio = ratio

    # --- fills over time -----------------------------------------------------------------------------------------

    def _submit_in_pieces(self, record: OrderRecord, ticket: Ticket) -> None:
        """A market order is executed piece by piece; what fails half-way is cancelled."""
        venue, price = self._venue, self._venue.price(record.listing)
        if lack := venue.ledger.lacks(ticket, price.for_side(record.side)):
            raise refusal_of(lack, record.listing)
        self._booking.register(record)
        self._booking.changed(record)
        self._next_piece(record, venue.split.pieces)

    def _next_piece(self, record: OrderRecord, left: int) -> None:
        """One of the `left` pieces is executed, the others after it."""
        if not record.is_open:
            return
        instrument = record.listing.instrument
        part = max(instrument.lot, floor_to(record.remaining / max(left, 1), instrument.lot))
        size = record.remaining if left <= 1 else min(part, record.remaining)
        update = self.placed(replace(ticket_of(record), quantity=size, filled=ZERO), is_whole=True)
        if update.executions:
            self._booking.execute(record, update.executions, is_maker=False)
            self._attach(record)
            self._adjust(record.listing)
        if update.status is not OrderStatus.FILLED:
            self._booking.end(record, "Cancelled", cancel_type="CancelByReduceOnly")
        elif record.is_open:
            asyncio.get_running_loop().call_later(self._venue.split.delay_s, self._next_piece, record, left - 1)

    def _continue(self, listing: Listing) -> None:
        """What rests and could trade goes on trading, after the delay between pieces."""
        venue, symbol = self._venue, listing.instrument.symbol
        if venue.terms.fill_ratio == ONE or symbol in self._going_on:
            return
        price = venue.price(listing)
        tickets = (item for item in venue.state.resting.values() if item.symbol == symbol)
        if not any(reaches(ticket, price) for ticket in tickets):
            return
        if venue.split.delay_s:
            self._going_on.add(symbol)
            asyncio.get_running_loop().call_later(venue.split.delay_s, self._go_on, listing)
        else:
            self._go_on(listing)

    def _go_on(self, listing: Listing) -> None:
        """At the price that there is by now."""
        self._going_on.discard(listing.instrument.symbol)
        price = self._venue.price(listing)
        self.show(listing, price.bid, price.ask)

    # --- the market moves ----------------------------------------------------------------------------------------

    def show(self, listing: Listing, bid: Decimal, ask: Decimal) -> None:
        """The symbol trades at `bid` and `ask`: orders trigger, fill, and positions may be liquidated."""
        venue = self._venue
        price = MarketPrice(bid, ask, venue.price(listing).source)
        venue.state.prices[listing.instrument.symbol] = price
        venue.on_price(listing)
        for record in [item for item in venue.untriggered.values() if item.listing is listing]:
            self._trigger_if_reached(record, price)
        self._take(venue.engine.show(listing.instrument.symbol, price, venue.clock.now()))
        self._adjust(listing)
        self._continue(listing)

    def _take(self, news: Iterable[News]) -> None:
        """What the engine says by itself is booked and published."""
        for item in news:
            if isinstance(item, Update):
                record = self._venue.orders[item.ticket.id]
                self._booking.apply(record, item, is_maker=True)
                self._attach(record)
            elif isinstance(item, Liquidation):
                self._booking.liquidated(item)

    def _trigger_if_reached(self, record: OrderRecord, price: MarketPrice) -> None:
        at = record.trigger_price
        assert at is not None
        if record.order_id not in self._venue.untriggered:
            return
        last = price.for_side(record.side)
        if last >= at if record.trigger_direction == 1 else last <= at:
            del self._venue.untriggered[record.order_id]
            record.status = "Triggered"
            self._booking.changed(record)
            self._enter(record)

    def _enter(self, record: OrderRecord) -> None:
        """A triggered order meets the market; it ends where the account cannot carry it."""
        try:
            if record.reduce_only:
                self.cut_to_position(record, is_whole=record.stop_order_type in PROTECTION)
            update = self.placed(ticket_of(record))
            if update.status is OrderStatus.REJECTED:
                raise refusal_of(update.reason, record.listing)
        except Refused as refused:
            reason = "EC_ReduceOnly" if refused.code == 110017 else "EC_CannotAffordOrderCost"
            self._booking.end(record, "Rejected", reject_reason=reason)
            return
        self._booking.apply(record, update, is_maker=False)
        self._settle(record)

    # --- protection of a position --------------------------------------------------------------------------------

    def _attach(self, record: OrderRecord) -> None:
        """Take-profit and stop-loss of an entry wait for their price from its first fill on."""
        if record.filled and not record.reduce_only:
            self.meet(self.protection.attach(record))

    def meet(self, made: Iterable[OrderRecord]) -> None:
        """What is new may be triggered by the market as it is."""
        for record in made:
            self._trigger_if_reached(record, self._venue.price(record.listing))


def ticket_of(record: OrderRecord) -> Ticket:
    """The order as the matching engine takes it."""
    is_limit = record.order_type == "Limit"
    times = {"IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
    return Ticket(
        id=record.order_id,
        symbol=record.listing.instrument.symbol,
        side=record.side,
        order_type=OrderType.LIMIT if is_limit else OrderType.MARKET,
        quantity=record.quantity,
        price=record.price,
        reduce_only=record.reduce_only,
        post_only=record.time_in_force == "PostOnly",
        time_in_force=times.get(record.time_in_force, TimeInForce.GTC) if is_limit else TimeInForce.GTC,
        filled=record.filled,
    )


def refusal_of(reason: str, listing: Listing) -> Refused:
    """The engine's words as Bybit's code."""
    if reason.startswith("insufficient"):
        return (
            Refused(170131, "Insufficient balance.")
            if listing.is_spot
            else Refused(110007, "ab not enough for new order")
        )
    if reason.startswith("reduce-only"):
        return Refused(110017, "current position is zero, cannot fix reduce-only order qty")
    return Refused(10001, reason)
