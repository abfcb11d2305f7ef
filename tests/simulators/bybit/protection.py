"""Take-profit and stop-loss of whole positions: the venue's own orders, which follow the position and go with it."""

from decimal import Decimal

from portfolio.model.decimals import plain
from portfolio.model.side import Side
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.booking import PROTECTION, Booking
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.placing import Params, price_of
from tests.simulators.bybit.venue import Venue

_FIELDS = {"takeProfit": "TakeProfit", "stopLoss": "StopLoss"}
_SCALE = 10**8


class Protection:
    def __init__(self, venue: Venue, booking: Booking) -> None:
        self._venue = venue
        self._booking = booking

    def attach(self, entry: OrderRecord) -> list[OrderRecord]:
        """What goes with the entry is the position's from now on, with each of its fills; answers what is new."""
        made = [
            self._set(entry.listing, entry.side, kind, price)
            for kind, price in (("TakeProfit", entry.take_profit), ("StopLoss", entry.stop_loss))
            if price is not None
        ]
        return [record for record in made if record is not None]

    def of(self, listing: Listing) -> list[OrderRecord]:
        own = (item for item in self._venue.untriggered.values() if item.listing is listing)
        return [item for item in own if item.stop_order_type in PROTECTION]

    def follow(self, listing: Listing) -> None:
        """Each is as large as the position."""
        held = abs(self._venue.ledger.held(listing.instrument.symbol))
        for record in self.of(listing):
            if held and record.quantity != held:
                record.quantity, record.sent_quantity = held, plain(held)
                self._booking.changed(record)

    def trading_stop(self, params: Params) -> list[OrderRecord]:
        """POST /v5/position/trading-stop; answers what is new. Raises Refused."""
        listing = self._venue.listing(params.get("category"), params.get("symbol"))
        if params.get("tpslMode") != "Full":
            raise Refused(10001, "this simulator knows tpslMode Full only")
        held = self._venue.ledger.held(listing.instrument.symbol)
        if not held:
            raise Refused(10001, "can not set tp/sl/ts for zero position")
        side, last = (Side.BUY if held > 0 else Side.SELL), self._venue.price(listing).mark
        wanted = {kind: price_of(params, field, listing) for field, kind in _FIELDS.items() if params.get(field)}
        known = {item.stop_order_type: item.trigger_price for item in self.of(listing)}
        if all(known.get(kind) == price for kind, price in wanted.items()):
            raise Refused(34040, "not modified")
        for kind, price in wanted.items():
            check_side(kind, price, side, last)
        made = []
        for kind, price in wanted.items():
            if price is None:
                self._end(listing, kind)
            elif (record := self._set(listing, side, kind, price)) is not None:
                made.append(record)
        return made

    def _set(self, listing: Listing, side: Side, kind: str, price: Decimal) -> OrderRecord | None:
        """None where it lies there already, or there is no position to close."""
        held = self._venue.ledger.held(listing.instrument.symbol)
        if side.signed(held) <= 0 or any(
            (item.stop_order_type, item.trigger_price) == (kind, price) for item in self.of(listing)
        ):
            return None
        self._end(listing, kind)
        rises = (side is Side.BUY) is (kind == "TakeProfit")
        return self._booking.protect(listing, side.opposite, price, kind, direction=1 if rises else 2)

    def _end(self, listing: Listing, kind: str) -> None:
        for old in [item for item in self.of(listing) if item.stop_order_type == kind]:
            del self._venue.untriggered[old.order_id]
            self._booking.end(old, "Deactivated", cancel_type="CancelByTpSlTsClear")


def check_entry(record: OrderRecord, last: Decimal) -> None:
    """What goes with an entry lies on the right side of where that would trade. Raises Refused."""
    base = record.price or record.trigger_price or last
    check_side("TakeProfit", record.take_profit, record.side, base)
    check_side("StopLoss", record.stop_loss, record.side, base)


def check_side(kind: str, price: Decimal | None, side: Side, base: Decimal) -> None:
    above = (side is Side.BUY) is (kind == "TakeProfit")
    if price is not None and (price <= base if above else price >= base):
        word, scaled = "higher" if above else "lower", (int(price * _SCALE), int(base * _SCALE))
        name = side.value.capitalize()
        text = f"{kind}:{scaled[0]} set for {name} position should be {word} than base_price:{scaled[1]}??LastPrice"
        raise Refused(10001, text)
