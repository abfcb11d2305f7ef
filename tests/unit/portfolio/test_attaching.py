"""An entry takes its stop along to its venue: what fits, how long it stays, and whose it is when it trades."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.manager import PortfolioManager
from portfolio.model.attachment import Attached
from portfolio.model.command import ReportDetached
from portfolio.model.effect import DetachProtection, SendOrder
from portfolio.model.event import EventKind
from portfolio.model.identifiers import UNASSIGNED
from portfolio.model.order import OrderType
from portfolio.model.position import Key
from portfolio.model.protection import Distance, TakeProfit
from portfolio.model.venue import ForeignOrders
from tests.fakes import BTC, FOLLOW, HELD, Desk, codes, ids, instrument, limit_chain, strategy
from tests.unit.portfolio.venue_desk import execution, foreign, look, outside, resting, venue_desk

D = Decimal
SPOT = "BTC/USDT"
STOP = {"stop_loss": D(90)}
BOTH = {"stop_loss": D(90), "take_profit": D(120)}
HALVES = (TakeProfit(D(110), share=D("0.5")), TakeProfit(D(120), share=D("0.5")))


@pytest.fixture
def desk() -> Desk:
    return attaching_desk()


def attaching_desk(*parts: Any, **terms: Any) -> Desk:
    return venue_desk(*parts, attaches_protection=True, trusts_signal_price=False, **terms)


def limit(desk: Desk, quantity: str = "4", action: str = "buy", **fields: Any) -> tuple[str, ...]:
    """A limit entry on its way, and its legs."""
    return tuple(ids(desk.alert(action, quantity, **{"order_type": OrderType.LIMIT, "price": "100", **fields})))


def went_with(desk: Desk, order_id: str) -> Attached | None:
    """What the venue was asked to attach."""
    (sent,) = [e.order for e in desk.effects if isinstance(e, SendOrder) and e.order.client_order_id == order_id]
    return sent.attached


def detaching(desk: Desk) -> list[tuple[str, bool]]:
    """What the venue was asked to take away since the last time."""
    found = [effect for effect in desk.effects if isinstance(effect, DetachProtection)]
    desk.effects[:] = [effect for effect in desk.effects if not isinstance(effect, DetachProtection)]
    return [(effect.entry, effect.rests) for effect in found]


def state(desk: Desk) -> str | None:
    known = desk.book.attachments.get(HELD)
    return known.state.value if known else None


def trigger(desk: Desk, quantity: str = "4", trade_id: str = "S-1", side: str = "sell", price: str = "90") -> None:
    """The venue's own stop closes so much."""
    order = resting(None, side, quantity, venue_order_id="VENUE-STOP", order_type=OrderType.MARKET, protects=True)
    foreign(desk, order, execution(trade_id, quantity, price), status="FILLED")


# --- what goes along ---------------------------------------------------------------------------------------------


def test_the_stop_and_a_single_take_profit_go_with_the_entry(desk: Desk) -> None:
    entry, *_ = limit(desk, **BOTH)
    assert went_with(desk, entry) == desk.order(entry).attached == Attached(D(90), D(120))
    (event,) = desk.events(EventKind.PROTECTION_ATTACHED)
    assert (event.client_order_id, event.detail) == (entry, {"stop_loss": "90", "take_profit": "120"})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"stop_loss": Distance(D(10)), "price": "200"}, Attached(D(180))),
        ({"stop_loss": D(110), "action": "sell"}, Attached(D(110))),
        ({"take_profit": D(120)}, Attached(None, D(120))),
        ({"stop_loss": D(90), "take_profits": HALVES}, Attached(D(90))),
        ({"take_profits": HALVES}, None),
        ({"stop_loss": D(90), "order_type": OrderType.MARKET}, Attached(D(90))),
        ({"stop_loss": D(90), "order_type": OrderType.STOP, "price": None, "stop_price": D(105)}, Attached(D(90))),
        ({}, None),
    ],
)
def test_what_closes_all_of_the_position_can_go_along(
    desk: Desk, fields: dict[str, Any], expected: Attached | None
) -> None:
    entry, *_ = limit(desk, **fields)
    assert went_with(desk, entry) == expected


def test_nothing_goes_along_where_the_account_does_not_want_it() -> None:
    desk = venue_desk(trusts_signal_price=False)
    entry, *_ = limit(desk, **BOTH)
    assert (went_with(desk, entry), state(desk)) == (None, None)


def test_nothing_goes_along_on_spot() -> None:
    desk = attaching_desk(instruments={SPOT: instrument(SPOT)})
    desk.quote("100", symbol=SPOT)
    entry, *_ = limit(desk, symbol=SPOT, **STOP)
    assert went_with(desk, entry) is None


def test_nothing_goes_along_where_strategies_share_the_symbol() -> None:
    desk = attaching_desk(strategy(shared=True), strategy("other", shared=True))
    entry, *_ = limit(desk, **STOP)
    assert went_with(desk, entry) is None


def test_nothing_goes_along_into_a_position(desk: Desk) -> None:
    desk.hold("1", price=None)
    entry, *_ = limit(desk, **STOP)
    assert went_with(desk, entry) is None


def test_nothing_goes_along_where_somebody_else_holds_the_symbol(desk: Desk) -> None:
    outside(desk, "T-1")
    entry, *_ = limit(desk, **STOP)
    assert went_with(desk, entry) is None


def test_it_goes_along_with_what_opens_behind_a_close() -> None:
    desk = attaching_desk()
    desk.hold("-1", price=None)
    close, entry, *_ = ids(desk.alert("long", "2", price=None, **STOP))
    desk.effects.clear()
    desk.fill(close)
    assert went_with(desk, entry) == Attached(D(90))


# --- until the desk's own legs rest ------------------------------------------------------------------------------


def opened(desk: Desk, filled: str = "4", **fields: Any) -> tuple[str, ...]:
    """An entry that is filled so far, and its legs, which have left."""
    entry, *legs = limit(desk, **(fields or BOTH))
    desk.report(entry, "OPEN")
    desk.fill(entry, filled, "100")
    return entry, *legs


def test_it_goes_once_the_entry_has_ended_and_every_leg_rests(desk: Desk) -> None:
    entry, stop, goal = opened(desk)
    assert detaching(desk) == []
    desk.report(stop, "OPEN")
    assert detaching(desk) == []
    desk.report(goal, "OPEN")
    assert detaching(desk) == [(entry, False)]
    desk.handle(ReportDetached("main", entry))
    assert (state(desk), [e.detail["order"] for e in desk.events(EventKind.PROTECTION_DETACHED)]) == (None, [entry])
    desk.mark()
    assert detaching(desk) == []


def test_it_stays_while_the_entry_may_still_fill(desk: Desk) -> None:
    entry, stop, goal = opened(desk, "1")
    for leg in (stop, goal):
        desk.report(leg, "OPEN")
    assert (state(desk), detaching(desk)) == ("needed", [])
    desk.report(entry, "CANCELED")
    assert detaching(desk) == [(entry, False)]


def test_it_stays_until_the_legs_are_as_large_as_they_shall_be(desk: Desk) -> None:
    entry, stop = opened(desk, "1", **STOP)
    desk.report(stop, "OPEN")
    desk.wait(seconds=1)
    desk.fill(entry, "3", "100")
    assert (desk.status(entry), detaching(desk)) == ("FILLED", [])
    desk.report(stop, None, amended=True)
    assert detaching(desk) == [(entry, False)]


def test_it_stays_in_place_of_a_leg_that_was_refused(desk: Desk) -> None:
    _, stop = opened(desk, **STOP)
    desk.report(stop, "REJECTED")
    assert (state(desk), detaching(desk)) == ("needed", [])
    desk.wait(seconds=3)
    (again,) = (order.client_order_id for order in desk.book.live_orders(HELD))
    desk.report(again, "REJECTED")
    assert (state(desk), detaching(desk)) == ("kept", [])
    assert not desk.events(EventKind.POSITION_UNPROTECTED)
    trigger(desk)
    assert (desk.quantity, state(desk)) == (0, None)


def test_it_stays_while_a_leg_that_never_arrived_is_placed_again(desk: Desk) -> None:
    entry, stop = opened(desk, **STOP)
    desk.report(stop, "UNKNOWN")
    desk.report(stop, "NOT_ACCEPTED")
    (again,) = desk.live()
    assert (state(desk), detaching(desk)) == ("needed", [])
    desk.report(again, "OPEN")
    assert detaching(desk) == [(entry, False)]


def test_it_is_forgotten_with_the_position_that_it_closed(desk: Desk) -> None:
    opened(desk, **STOP)
    desk.hold("-4", price=None)
    assert (desk.quantity, state(desk), detaching(desk)) == (0, None, [])


@pytest.mark.parametrize("end", ["REJECTED", "CANCELED", "EXPIRED"])
def test_it_is_forgotten_with_an_entry_that_never_opened_anything(desk: Desk, end: str) -> None:
    entry, stop = limit(desk, **STOP)
    desk.report(entry, end)
    assert (state(desk), desk.status(stop), detaching(desk)) == (None, "EXPIRED_UNSENT", [])


def test_it_goes_with_the_stop_that_a_person_cancels(desk: Desk) -> None:
    entry, stop = opened(desk, "1", **STOP)
    desk.report(stop, "OPEN")
    desk.cancel(stop)
    assert detaching(desk) == [(entry, True)]


def test_it_goes_from_an_entry_that_waits_with_a_stop_that_never_left(desk: Desk) -> None:
    entry, stop = limit(desk, **STOP)
    desk.report(entry, "OPEN")
    desk.cancel(stop)
    assert (desk.status(stop), detaching(desk)) == ("CANCELED", [(entry, True)])


def test_it_stays_while_a_person_cancels_a_leg_that_is_not_attached(desk: Desk) -> None:
    _, _, near, _ = limit(desk, stop_loss=D(90), take_profits=HALVES)
    desk.cancel(near)
    assert (state(desk), detaching(desk)) == ("needed", [])


def test_it_survives_a_restart(desk: Desk) -> None:
    entry, stop = opened(desk, **STOP)
    desk.restart()
    assert state(desk) == "needed"
    desk.report(stop, "OPEN")
    assert detaching(desk) == []
    look(desk, {BTC: "4"})
    assert detaching(desk) == [(entry, False)]
    desk.restart()
    look(desk, {BTC: "4"})
    assert (state(desk), detaching(desk)) == ("leaving", [(entry, False)])


def test_an_entry_that_is_sent_again_after_a_restart_takes_it_along_again(desk: Desk) -> None:
    entry, _ = limit(desk, **STOP)
    desk.restart()
    desk.quote("100")
    look(desk, absent=(entry,))
    assert (went_with(desk, entry), state(desk)) == (Attached(D(90)), "needed")


# --- a second entry ----------------------------------------------------------------------------------------------


def test_a_second_entry_takes_nothing_along_and_the_first_gives_its_own_up(desk: Desk) -> None:
    first, *_ = limit(desk, **STOP)
    desk.report(first, "OPEN")
    second, *_ = limit(desk, price="95", stop_loss=D(80))
    assert went_with(desk, second) is None
    assert detaching(desk) == [(first, True)]
    desk.handle(ReportDetached("main", first))
    assert (desk.order(first).attached, state(desk)) == (None, None)


def test_what_an_entry_has_whose_fate_is_unknown_goes_once_it_is_known(desk: Desk) -> None:
    first, *_ = limit(desk, **STOP)
    second, *_ = limit(desk, price="95", stop_loss=D(80))
    desk.report(first, "UNKNOWN")
    assert (went_with(desk, second), state(desk), detaching(desk)) == (None, "unwanted", [])
    desk.report(first, "OPEN")
    assert detaching(desk) == [(first, True)]


def test_the_next_entry_after_a_closed_position_takes_its_own_along(desk: Desk) -> None:
    opened(desk, **STOP)
    trigger(desk)
    entry, *_ = limit(desk, stop_loss=D(80))
    assert (went_with(desk, entry), detaching(desk)) == (Attached(D(80)), [])


def test_nothing_goes_along_while_the_venue_may_still_take_the_last_one_away(desk: Desk) -> None:
    _, stop = opened(desk, **STOP)
    desk.report(stop, "OPEN")
    desk.fill(stop)
    assert (desk.quantity, state(desk)) == (0, "leaving")
    entry, *_ = limit(desk, stop_loss=D(80))
    assert went_with(desk, entry) is None


# --- the venue closes the position -------------------------------------------------------------------------------


def test_what_it_closes_is_the_strategys_and_ends_the_bracket(desk: Desk) -> None:
    _, stop, goal = opened(desk)
    trigger(desk)
    assert (desk.quantity, desk.book.position(Key("main", UNASSIGNED, BTC)).quantity) == (0, 0)
    assert desk.position().realised == -40
    assert {desk.order(leg).cancel_requested for leg in (stop, goal)} == {True}
    (event,) = desk.events(EventKind.PROTECTION_TRADED)
    assert (event.strategy, event.detail["quantity"]) == ("follow", "4")
    assert not desk.events(EventKind.FOREIGN_ORDER_REPORTED)


def test_it_is_booked_once_however_often_it_is_told(desk: Desk) -> None:
    opened(desk, **STOP)
    for _ in range(3):
        trigger(desk)
    desk.restart()
    trigger(desk)
    assert (desk.quantity, len(desk.events(EventKind.PROTECTION_TRADED))) == (0, 1)


def test_the_rest_of_a_partly_filled_entry_is_cancelled_and_what_it_fills_closed_at_once(desk: Desk) -> None:
    entry, _ = opened(desk, "1", **STOP)
    trigger(desk, "1")
    assert entry in desk.cancels
    desk.effects.clear()
    desk.fill(entry, "1", "100")
    (closing,) = desk.sent
    assert (desk.order(closing).side.value, desk.order(closing).quantity) == ("sell", 1)


def test_it_may_be_told_before_the_entry_that_it_closed(desk: Desk) -> None:
    entry, stop = limit(desk, **STOP)
    trigger(desk)
    desk.fill(entry, "4", "100")
    assert (desk.quantity, desk.position().realised, desk.status(stop)) == (0, -40, "EXPIRED_UNSENT")
    assert (desk.book.net("main", BTC), state(desk)) == (0, None)
    assert not desk.events(EventKind.LATE_FILL)


def test_in_pieces_the_position_shrinks_by_each(desk: Desk) -> None:
    _, stop = opened(desk, **STOP)
    desk.report(stop, "OPEN")
    trigger(desk, "1", "S-1")
    assert (desk.quantity, desk.order(stop).cancel_requested) == (3, False)
    trigger(desk, "3", "S-2")
    assert (desk.quantity, desk.order(stop).cancel_requested) == (0, True)


def test_a_leg_that_finds_nothing_left_to_close_has_ended(desk: Desk) -> None:
    """Both are triggered at the same price; the venue refuses the second."""
    _, stop = opened(desk, **STOP)
    desk.report(stop, "OPEN")
    trigger(desk)
    found = resting(stop, "sell", "4", reduce_only=True, order_type=OrderType.STOP)
    desk.report(stop, "REJECTED", order=found)
    assert (desk.status(stop), desk.live()) == ("CANCELED", [])


def test_what_somebody_else_holds_of_the_position_is_closed_too_and_stays_theirs(desk: Desk) -> None:
    opened(desk, **STOP)
    outside(desk, "T-1", quantity="6")
    trigger(desk, "10")
    nobodys = desk.book.position(Key("main", UNASSIGNED, BTC)).quantity
    assert (desk.quantity, nobodys, desk.book.net("main", BTC)) == (0, 0, 0)


def test_what_the_strategy_holds_is_closed_first(desk: Desk) -> None:
    opened(desk, **STOP)
    outside(desk, "T-1", quantity="6")
    trigger(desk, "5")
    assert (desk.quantity, desk.book.position(Key("main", UNASSIGNED, BTC)).quantity) == (0, 5)


def test_a_loss_that_it_takes_starts_a_cooldown(desk: Desk) -> None:
    limits = limit_chain({FOLLOW: {"cooldown_after_loss_s": "60"}})
    desk.manager = PortfolioManager(desk.book, limits)
    opened(desk, **STOP)
    trigger(desk)
    assert codes(desk.alert("buy", "1", price=None)) == ["COOLDOWN_AFTER_LOSS_S"]


# --- orders that the venue makes by itself -----------------------------------------------------------------------


@pytest.mark.parametrize("policy", list(ForeignOrders))
def test_they_are_neither_told_of_nor_adopted(policy: ForeignOrders) -> None:
    desk = attaching_desk(foreign_orders=policy)
    opened(desk, **STOP)
    there = resting(None, "sell", "4", venue_order_id="VENUE-STOP", order_type=OrderType.STOP, protects=True)
    foreign(desk, there)
    found = look(desk, {BTC: "4"}, orders=(there,))
    assert (found.foreign, found.adopted, found.settled) == ((), (), True)
    assert not desk.events(EventKind.FOREIGN_ORDER_REPORTED)


def test_where_entries_take_nothing_along_somebody_has_set_them_and_it_is_told() -> None:
    desk = venue_desk(foreign_orders=ForeignOrders.ADOPT)
    desk.hold("4", price=None)
    there = resting(None, "sell", "4", venue_order_id="VENUE-STOP", order_type=OrderType.STOP, protects=True)
    found = look(desk, {BTC: "4"}, orders=(there,))
    assert ([order.known_as for order in found.foreign], found.adopted) == (["VENUE-STOP"], ())
    trigger(desk)
    assert desk.quantity == 0
