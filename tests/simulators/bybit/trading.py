"""Placing, cancelling, amending and triggering: every change of an order goes through here and is published."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from exchange.engine import News
from exchange.matching import reaches
from exchange.ticket import Liquidation, MarketPrice, Ticket, Update
from portfolio.model.decimals import ONE, ZERO, floor_to, plain
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from portfolio.model.side import Side
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.booking import PROTECTION, Booking
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.placing import Params, check_value, parsed, price_of, quantity_of
from tests.simulators.bybit.venue import Venue

MOST_OPEN_PER_SYMBOL = 500
_NO_PRICE = "EC_PostOnlyWillTakeLiquidity"


class Trading:
    def __init__(self, venue: Venue, booking: Booking) -> None:
        self._venue = venue
        self._booking = booking

    # --- placing -------------------------------------------------------------------------------------------------

    def create(self, params: Params, *, is_foreign: bool = False) -> OrderRecord:
        """The order is taken and as far executed as it goes at once. Raises Refused."""
        venue = self._venue
        link_id = str(params.get("orderLinkId") or "")
        listing = venue.listing(params.get("category"), params.get("symbol"))
        record = parsed(params, listing, len(venue.orders), venue.clock.now_ms())
        record.is_foreign = is_foreign
        _check_mode(params, is_hedged=venue.is_hedged and not listing.is_spot)
        if link_id in venue.links:
            raise (
                Refused(170141, "Duplicate clientOrderId")
                if listing.is_spot
                else Refused(110072, "OrderLinkedID is duplicate")
            )
        self._check(record)
        if record.trigger_price:
            self._await_trigger(record)
        else:
            self._submit(record)
        if link_id and not is_foreign:
            venue.accepted[link_id] += 1
        return record

    def _check(self, record: OrderRecord) -> None:
        venue, listing = self._venue, record.listing
        if listing.status != "Trading" and not record.reduce_only:
            raise (
                Refused(170151, "The trading pair is not open yet")
                if listing.is_spot
                else Refused(110074, "This contract is not live")
            )
        price = venue.price(listing).for_side(record.side)
        check_value(record, record.price or record.trigger_price or price)
        if record.market_unit == "quoteCoin":
            record.quantity = floor_to(record.quantity / price, listing.instrument.lot)
        if record.reduce_only and not record.trigger_price:
            self._cut_to_position(record)

    def _cut_to_position(self, record: OrderRecord, *, is_whole: bool = False) -> None:
        """A reduce-only order is never larger than the position that it reduces, and `is_whole` never smaller."""
        reducible = self._venue.ledger.reducible(record.listing.instrument.symbol, record.side)
        if not reducible:
            raise Refused(110017, "current position is zero, cannot fix reduce-only order qty")
        if is_whole or record.quantity > reducible:
            record.quantity = reducible
            record.sent_quantity = plain(reducible)

    def _await_trigger(self, record: OrderRecord) -> None:
        last = self._venue.price(record.listing).for_side(record.side)
        assert record.trigger_price is not None
        if record.listing.is_spot:
            record.trigger_direction = 1 if record.trigger_price > last else 2
        _check_direction(record.trigger_price, last, record.trigger_direction)
        record.status = "Untriggered"
        self._booking.register(record)
        self._venue.untriggered[record.order_id] = record
        self._booking.changed(record)

    def _submit(self, record: OrderRecord) -> None:
        """The order meets the market. Raises Refused where the account cannot carry it, and it never existed."""
        venue = self._venue
        ticket, price = _ticket(record), venue.price(record.listing)
        if record.time_in_force == "PostOnly" and reaches(ticket, price):
            self._booking.register(record)
            record.status = "Rejected" if record.listing.is_spot else "Cancelled"
            record.reject_reason = _NO_PRICE
            self._booking.changed(record)
            return
        if record.order_type == "Market" and venue.split.pieces > 1 and venue.split.delay_s:
            self._submit_in_pieces(record, ticket)
            return
        update = self._placed(ticket)
        if update.status is OrderStatus.REJECTED:
            raise _refusal(update.reason, record.listing)
        self._booking.register(record)
        self._booking.apply(record, update, is_maker=False)
        self._attach(record)
        self._continue(record.listing)

    def _placed(self, ticket: Ticket, *, is_whole: bool = False) -> Update:
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
            raise _refusal(lack, record.listing)
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
        update = self._placed(replace(_ticket(record), quantity=size, filled=ZERO), is_whole=True)
        if update.executions:
            self._booking.execute(record, update.executions, is_maker=False)
            self._attach(record)
        if update.status is not OrderStatus.FILLED:
            self._booking.end(record, "Cancelled", cancel_type="CancelByReduceOnly")
        elif record.is_open:
            asyncio.get_running_loop().call_later(self._venue.split.delay_s, self._next_piece, record, left - 1)

    def _continue(self, listing: Listing) -> None:
        """What rests and could trade goes on trading, after the delay between pieces."""
        venue = self._venue
        if venue.terms.fill_ratio == ONE:
            return
        price = venue.price(listing)
        tickets = (item for item in venue.state.resting.values() if item.symbol == listing.instrument.symbol)
        if not any(reaches(ticket, price) for ticket in tickets):
            return
        if venue.split.delay_s:
            asyncio.get_running_loop().call_later(venue.split.delay_s, self.show, listing, price.bid, price.ask)
        else:
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
        self.take(venue.engine.show(listing.instrument.symbol, price, venue.clock.now()))
        self._continue(listing)

    def take(self, news: Iterable[News]) -> None:
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
                self._cut_to_position(record, is_whole=record.stop_order_type in PROTECTION)
            update = self._placed(_ticket(record))
            if update.status is OrderStatus.REJECTED:
                raise _refusal(update.reason, record.listing)
        except Refused as refused:
            reason = "EC_ReduceOnly" if refused.code == 110017 else "EC_CannotAffordOrderCost"
            self._booking.end(record, "Rejected", reject_reason=reason)
            return
        self._booking.apply(record, update, is_maker=False)
        self._continue(record.listing)

    # --- protection of a position --------------------------------------------------------------------------------

    def _attach(self, record: OrderRecord) -> None:
        """Take-profit and stop-loss of an entry wait for their price from its first fill on."""
        if record.is_protected or not record.filled or not (record.take_profit or record.stop_loss):
            return
        record.is_protected = True
        for price, kind, is_gain in (
            (record.take_profit, "TakeProfit", True),
            (record.stop_loss, "StopLoss", False),
        ):
            if price:
                rises = (record.side is Side.BUY) is is_gain
                self._booking.protect(record, price, kind, direction=1 if rises else 2)

    # --- cancelling and amending ---------------------------------------------------------------------------------

    def cancel(self, record: OrderRecord, cancel_type: str = "CancelByUser") -> None:
        """The order is gone. It must be open."""
        self._venue.untriggered.pop(record.order_id, None)
        self._venue.engine.cancel(record.order_id)
        self._booking.end(record, "Cancelled", cancel_type=cancel_type)

    def amend(self, record: OrderRecord, params: Params) -> None:
        """The order has the new quantity, price or trigger price, and may trade at once. Raises Refused."""
        listing = record.listing
        quantity = quantity_of(params, listing) if params.get("qty") else record.quantity
        price = price_of(params, "price", listing) or record.price
        trigger = price_of(params, "triggerPrice", listing) or record.trigger_price
        if (quantity, price, trigger) == (record.quantity, record.price, record.trigger_price):
            raise Refused(10001, "The order remains unchanged as the parameters entered match the existing ones.")
        if quantity <= record.filled:
            raise Refused(
                110064, "The number of contracts modified cannot be less than or equal to the filled quantity"
            )
        if trigger and record.order_id in self._venue.untriggered:
            _check_direction(trigger, self._venue.price(listing).for_side(record.side), record.trigger_direction)
        ticket = self._venue.state.resting.pop(record.order_id, None)
        before = (record.quantity, record.sent_quantity, record.price, record.trigger_price)
        record.quantity, record.sent_quantity = quantity, plain(quantity)
        record.price, record.trigger_price = price, trigger
        if ticket is None:
            self._booking.changed(record)
            return
        update = self._placed(replace(ticket, quantity=quantity, price=price))
        if update.status is OrderStatus.REJECTED:
            self._venue.state.resting[record.order_id] = ticket
            record.quantity, record.sent_quantity, record.price, record.trigger_price = before
            raise _refusal(update.reason, listing)
        self._booking.apply(record, update, is_maker=False)
        self._continue(listing)


def _check_mode(params: Params, *, is_hedged: bool) -> None:
    """An order names the half of a hedge that it is for, and only then."""
    if (str(params.get("positionIdx") or 0) != "0") is not is_hedged:
        raise Refused(10001, "position idx not match position mode")


def _check_direction(at: Decimal, last: Decimal, direction: int) -> None:
    """A trigger price lies ahead of the market."""
    prices = f"trigger_price[{plain(at)}] {'<=' if direction == 1 else '>='} current[{plain(last)}]??LastPrice"
    if direction == 1 and at <= last:
        raise Refused(110092, f"expect Rising, but {prices}")
    if direction == 2 and at >= last:
        raise Refused(110093, f"expect Falling, but {prices}")


def _ticket(record: OrderRecord) -> Ticket:
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


def _refusal(reason: str, listing: Listing) -> Refused:
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
