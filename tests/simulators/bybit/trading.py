"""Placing, cancelling and amending: what a request, or somebody else, does to orders."""

from dataclasses import replace
from decimal import Decimal

from portfolio.model.decimals import floor_to, plain
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.booking import Booking
from tests.simulators.bybit.filling import Filling
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.placing import Params, check_value, parsed, price_of, quantity_of
from tests.simulators.bybit.protection import check_entry
from tests.simulators.bybit.venue import Venue


class Trading:
    def __init__(self, venue: Venue, booking: Booking, filling: Filling) -> None:
        self._venue = venue
        self._booking = booking
        self._filling = filling

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
            self._filling.submit(record)
        if link_id and not is_foreign:
            venue.accepted[link_id] += 1
        return record

    def _check(self, record: OrderRecord) -> None:
        venue, listing = self._venue, record.listing
        if listing.status != "Trading" and not (record.reduce_only and listing.status == "Delivering"):
            raise (
                Refused(170151, "The trading pair is not open yet")
                if listing.is_spot
                else Refused(110074, "This contract is not live")
            )
        price = venue.price(listing).for_side(record.side)
        check_value(record, record.price or record.trigger_price or price)
        check_entry(record, price)
        if record.market_unit == "quoteCoin":
            record.quantity = floor_to(record.quantity / price, listing.instrument.lot)
        if record.reduce_only and not record.trigger_price:
            self._filling.cut_to_position(record)

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

    def trading_stop(self, params: Params) -> None:
        """The position is protected as asked. Raises Refused."""
        self._filling.meet(self._filling.protection.trading_stop(params))

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
        protected = _protected_by(record, params)
        known = (record.quantity, record.price, record.trigger_price, record.take_profit, record.stop_loss)
        if (quantity, price, trigger, *protected) == known:
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
        record.take_profit, record.stop_loss = protected
        if ticket is None:
            self._booking.changed(record)
            return
        try:
            self._filling.amended(record, replace(ticket, quantity=quantity, price=price))
        except Refused:
            self._venue.state.resting[record.order_id] = ticket
            record.quantity, record.sent_quantity, record.price, record.trigger_price = before
            raise


def _protected_by(record: OrderRecord, params: Params) -> tuple[Decimal | None, Decimal | None]:
    """Take-profit and stop-loss as the request leaves them; a zero takes one away."""
    listing = record.listing
    goal = price_of(params, "takeProfit", listing) if params.get("takeProfit") else record.take_profit
    stop = price_of(params, "stopLoss", listing) if params.get("stopLoss") else record.stop_loss
    return goal, stop


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
