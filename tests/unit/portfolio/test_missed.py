"""Alerts that were missed: found by where the next one says the position was, then reported, repaired or denied."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.decision import Decision, Outcome
from portfolio.model.event import EventKind
from portfolio.model.gap import Gap, GapKind, OnGap
from portfolio.model.order import OrderType
from portfolio.model.signal import MarketPosition, Size, SizeType
from portfolio.ports import Strategy
from strategies.close_only import CloseOnly
from strategies.follow import Follow
from strategies.reverse import Reverse
from strategies.target import Target
from tests.fakes import MAIN, Desk, codes, ids, moves, signal, strategy

D = Decimal


def desk_on(on_gap: OnGap, held: str = "0", kind: Strategy | None = None, **terms: Any) -> Desk:
    desk = Desk(strategy(kind=kind or Follow(), on_gap=on_gap, **terms))
    if D(held):
        desk.hold(held, **({"position_size": D(held)} if isinstance(kind, Target) else {}))
    return desk


def told(before: str | None, after: str | None = None) -> dict[str, Any]:
    """What a TradingView strategy says of its position: signed sizes."""
    fields: dict[str, Any] = {}
    for size, side, name in (
        (before, "prev_market_position", "prev_position_size"),
        (after, "market_position", "position_size"),
    ):
        if size is not None:
            fields |= {side: side_of(D(size)), name: D(size)}
    return fields


def side_of(size: Decimal) -> MarketPosition:
    return MarketPosition.FLAT if not size else MarketPosition.LONG if size > 0 else MarketPosition.SHORT


def settle(desk: Desk, decision: Decision) -> None:
    """Every order is filled, one after the other."""
    for order_id in ids(decision):
        if desk.order(order_id).is_live:
            desk.fill(order_id)


MISSED = [
    # kind, held, what the alert expects, what it does, where it leads
    pytest.param(GapKind.MISSED_ENTRY, "0", "1", ("sell", "1"), "0", id="missed entry, then the exit"),
    pytest.param(GapKind.MISSED_ENTRY, "0", "1", ("buy", "1"), "2", id="missed entry, then an add-on"),
    pytest.param(GapKind.MISSED_ENTRY, "0", "-1", ("buy", "2"), "1", id="missed entry, then a flip"),
    pytest.param(GapKind.MISSED_CLOSE, "1", "0", ("buy", "1"), "1", id="missed close, then the next entry"),
    pytest.param(GapKind.MISSED_CLOSE, "1", "0", ("sell", "1"), "-1", id="missed close, then a short"),
    pytest.param(GapKind.MISSED_FLIP, "1", "-1", ("buy", "1"), "0", id="missed flip, then the exit"),
    pytest.param(GapKind.MISSED_FLIP, "1", "-1", ("sell", "1"), "-2", id="missed flip, then an add-on"),
    pytest.param(GapKind.SIZE, "1", "2", ("sell", "2"), "0", id="missed add-on, then the exit"),
    pytest.param(GapKind.SIZE, "1", "2", ("buy", "1"), "3", id="missed add-on, then another"),
    pytest.param(GapKind.SIZE, "2", "1", ("sell", "0.5"), "0.5", id="missed part of a close, then another"),
]
every_gap = pytest.mark.parametrize(("kind", "held", "before", "does", "after"), MISSED)


# --- finding -----------------------------------------------------------------------------------------------------


@every_gap
def test_a_gap_is_told_and_the_alert_traded_as_asked(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    desk = desk_on(OnGap.REPORT, held)
    decision = desk.alert(*does, **told(before, after))
    assert decision.gap is not None
    assert (decision.gap.kind, decision.status) == (kind, Outcome.ACCEPTED)
    assert moves(decision) == [(*does, "PENDING")]
    (event,) = desk.events(EventKind.POSITION_GAP_FOUND)
    assert event.origin == decision.signal_id
    assert event.detail == {
        "expected": decision.gap.expected,
        "actual": decision.gap.actual,
        "gap": kind.value,
        "on_gap": "report",
    }


@every_gap
def test_where_gaps_are_ignored_nothing_is_compared(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    desk = desk_on(OnGap.IGNORE, held)
    decision = desk.alert(*does, **told(before, after))
    assert (decision.gap, moves(decision)) == (None, [(*does, "PENDING")])
    assert desk.events(EventKind.POSITION_GAP_FOUND) == []


@every_gap
def test_where_gaps_are_denied_nothing_is_opened(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    desk = desk_on(OnGap.DENY, held)
    sent = len(desk.sent)
    decision = desk.alert(*does, **told(before, after))
    assert (decision.status, codes(decision)) == (Outcome.DENIED, ["POSITION_GAP"])
    assert decision.gap is not None
    (reason,) = decision.reasons
    assert (reason.limit, reason.value) == (decision.gap.expected, decision.gap.actual)
    assert (len(desk.sent), desk.quantity) == (sent, D(held))
    assert len(desk.events(EventKind.POSITION_GAP_FOUND)) == 1


@every_gap
def test_a_repair_leads_where_the_alert_leads(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    desk = desk_on(OnGap.REPAIR, held)
    decision = desk.alert(*does, **told(before, after))
    settle(desk, decision)
    assert desk.quantity == D(after)
    assert decision.gap is not None
    assert decision.gap.kind is kind


@every_gap
def test_a_repair_adds_up_what_the_alert_does_not_say(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    desk = desk_on(OnGap.REPAIR, held)
    settle(desk, desk.alert(*does, **told(before)))
    assert desk.quantity == D(after)


@every_gap
def test_a_target_goes_where_the_alert_leads_whatever_was_missed(
    kind: GapKind, held: str, before: str, does: tuple[str, str], after: str
) -> None:
    for on_gap in (OnGap.REPORT, OnGap.REPAIR):
        desk = desk_on(on_gap, held, Target())
        decision = desk.alert(*does, **told(before, after))
        settle(desk, decision)
        assert (desk.quantity, decision.gap and decision.gap.kind) == (D(after), kind)


@pytest.mark.parametrize(
    ("held", "fields", "gap"),
    [
        ("0", {"prev_market_position": MarketPosition.LONG}, Gap("long", "flat", GapKind.MISSED_ENTRY)),
        ("-0.5", told("0"), Gap("flat", "short 0.5", GapKind.MISSED_CLOSE)),
        ("1.5", told("-0.5"), Gap("short 0.5", "long 1.5", GapKind.MISSED_FLIP)),
        ("1", told("1.001"), Gap("long 1.001", "long 1", GapKind.SIZE)),
        ("1", told("1.0009"), None),
        ("1", told("1"), None),
        ("0", told("0"), None),
        ("0", {"prev_position_size": D("-0.3")}, Gap("short 0.3", "flat", GapKind.MISSED_ENTRY)),
        ("1", {"prev_market_position": MarketPosition.LONG}, None),
        ("1", {}, None),
        ("1", {"market_position": MarketPosition.SHORT, "position_size": D(-1)}, None),
    ],
)
def test_a_gap_is_a_difference_of_a_lot_or_more(held: str, fields: dict[str, Any], gap: Gap | None) -> None:
    assert desk_on(OnGap.REPORT, held).alert("buy", "1", **fields).gap == gap


def test_what_is_on_its_way_counts_as_there() -> None:
    desk = desk_on(OnGap.REPORT)
    desk.alert("buy", "1")
    assert desk.alert("buy", "1", **told("1")).gap is None


def test_an_order_that_rests_does_not() -> None:
    desk = desk_on(OnGap.REPORT)
    desk.rest("buy", "1")
    assert desk.alert("buy", "1", **told("1")).gap == Gap("long 1", "flat", GapKind.MISSED_ENTRY)


@pytest.mark.parametrize(
    ("sizing", "size"),
    [
        (Size(D(5), SizeType.PERCENT_OF_EQUITY), None),
        (Size(D(1)), None),
        (None, Size(D(5), SizeType.PERCENT_OF_EQUITY)),
        (None, Size(D(500), SizeType.NOTIONAL)),
    ],
)
def test_of_sizes_in_other_units_only_the_side_is_compared(sizing: Size | None, size: Size | None) -> None:
    desk = desk_on(OnGap.REPORT, "1", sizing=sizing)
    assert desk.alert("buy", size, **told("40")).gap is None
    gap = desk.alert("buy", size, **told("-40")).gap
    assert gap is not None
    assert (gap.kind, gap.expected) == (GapKind.MISSED_FLIP, "short")


def test_an_alert_that_is_refused_anyway_is_not_compared() -> None:
    desk = desk_on(OnGap.DENY, symbols=frozenset({"ETH/USDT:USDT"}))
    decision = desk.alert("buy", "1", **told("1"))
    assert (codes(decision), decision.gap) == (["SYMBOL_NOT_ALLOWED"], None)


def test_an_alert_that_came_too_late_for_its_target_tells_of_no_gap() -> None:
    desk = desk_on(OnGap.REPORT, kind=Target())
    settle(desk, desk.alert("buy", "1", time=desk.now, **told("0", "1")))
    late = desk.receive(signal("sell", "1", time=desk.now.replace(hour=11, minute=59), **told("3", "0")))
    assert isinstance(late, Decision)
    assert (codes(late), late.gap) == (["SUPERSEDED"], None)


def test_a_repeat_has_the_gap_of_the_first_answer_and_tells_nobody_again() -> None:
    desk = desk_on(OnGap.REPORT)
    alert = signal("buy", "1", alert_id="a", **told("1"))
    first, second = desk.receive(alert), desk.receive(alert)
    assert isinstance(first, Decision)
    assert isinstance(second, Decision)
    assert first.gap is not None
    assert (second.gap, second.duplicate) == (first.gap, True)
    assert len(desk.events(EventKind.POSITION_GAP_FOUND)) == 1


# --- closing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_gap", list(OnGap))
@pytest.mark.parametrize("action", ["close", "flat", "cancel"])
def test_closes_and_cancels_pass(on_gap: OnGap, action: str) -> None:
    desk = desk_on(on_gap, "1")
    desk.rest("buy", "1", price="50")
    decision = desk.alert(action, **told("-2", "0"))
    assert decision.status is Outcome.ACCEPTED
    assert "POSITION_GAP" not in codes(decision)


@pytest.mark.parametrize("on_gap", list(OnGap))
def test_what_only_reduces_passes(on_gap: OnGap) -> None:
    desk = desk_on(on_gap, "1")
    assert moves(desk.alert("sell", "0.4", reduce_only=True, **told("0"))) == [("sell", "0.4", "PENDING")]


def test_a_close_of_what_was_never_opened_is_ignored_with_its_gap() -> None:
    decision = desk_on(OnGap.REPAIR).alert("close", **told("1", "0"))
    assert (codes(decision), decision.gap) == (["NOTHING_TO_CLOSE"], Gap("long 1", "flat", GapKind.MISSED_ENTRY))


@pytest.mark.parametrize(
    ("held", "before", "after", "left"),
    [("1", "2", "1.5", "1"), ("2", "1", "0.5", "0.5"), ("1", "-2", "-1", "0"), ("0", "2", "1", "0")],
)
def test_a_repaired_close_opens_nothing(held: str, before: str, after: str, left: str) -> None:
    desk = desk_on(OnGap.REPAIR, held)
    settle(desk, desk.alert("close", "0.5", **told(before, after)))
    assert desk.quantity == D(left)


# --- repairing without sizes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "action", "before", "after", "left"),
    [
        ("0", "sell", "long", "flat", "0"),
        ("0", "sell", "long", "short", "-5"),
        ("0", "buy", "long", "long", "5"),
        ("1", "buy", "flat", "long", "5"),
        ("8", "buy", "flat", "long", "5"),
        ("5", "buy", "flat", "long", "5"),
        ("1", "sell", "flat", "short", "-5"),
        ("1", "buy", "short", "flat", "0"),
        ("1", "sell", "short", "short", "-5"),
        ("1", "buy", "short", "short", "0"),
        ("0", "sell", "long", "long", "0"),
        ("1", "long", "flat", None, "5"),
        ("0", "short", "long", None, "-5"),
        ("0", "buy", "long", None, "5"),
        ("1", "reverse", "short", None, "5"),
        ("0", "reverse", "long", None, "-5"),
        ("1", "reverse", "flat", None, "0"),
    ],
)
def test_a_repair_by_sides_takes_the_size_of_one_entry(
    held: str, action: str, before: str, after: str | None, left: str
) -> None:
    """Five contracts are 5 % of an equity of 10,000 at 100."""
    desk = desk_on(OnGap.REPAIR, held, sizing=Size(D(5), SizeType.PERCENT_OF_EQUITY))
    sides = {"prev_market_position": MarketPosition(before)}
    if after:
        sides["market_position"] = MarketPosition(after)
    decision = desk.alert(action, **sides)
    settle(desk, decision)
    assert decision.gap is not None
    assert desk.quantity == D(left)


def test_a_repair_that_is_there_already_does_nothing() -> None:
    desk = desk_on(OnGap.REPAIR, "2")
    decision = desk.alert("buy", "1", **told("1", "2"))
    assert (decision.status, codes(decision), decision.orders) == (Outcome.IGNORED, ["ALREADY_THERE"], ())


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("sell", {"prev_market_position": MarketPosition.LONG}),
        ("sell", {"order_type": OrderType.LIMIT, **told("1", "0")}),
        ("buy", {"order_type": OrderType.STOP, "stop_price": D(110), **told("1", "2")}),
    ],
)
def test_what_nobody_can_repair_is_denied(action: str, fields: dict[str, Any]) -> None:
    decision = desk_on(OnGap.REPAIR, "-1", sizing=Size(D(5))).alert(action, **fields)
    assert (decision.status, codes(decision)) == (Outcome.DENIED, ["POSITION_GAP"])


def test_a_limit_close_goes_as_asked_where_there_is_a_gap() -> None:
    desk = desk_on(OnGap.REPAIR, "1")
    decision = desk.alert("close", "0.5", order_type=OrderType.LIMIT, price="120", **told("2", "1.5"))
    assert moves(decision) == [("sell", "0.5", "PENDING")]


# --- whose repair ------------------------------------------------------------------------------------------------


def test_a_repair_keeps_within_the_limits() -> None:
    desk = Desk(strategy(on_gap=OnGap.REPAIR), limits={MAIN: {"max_position": "150"}})
    decision = desk.alert("buy", "1", **told("1", "2"))
    assert (decision.status, codes(decision)) == (Outcome.DENIED, ["MAX_POSITION"])


def test_where_the_limits_deny_the_opening_the_wrong_side_is_closed_nevertheless() -> None:
    desk = Desk(strategy(on_gap=OnGap.REPAIR), limits={MAIN: {"max_position": "150"}})
    desk.hold("1")
    decision = desk.alert("sell", "1", **told("-1", "-2"))
    assert moves(decision) == [("sell", "1", "PENDING"), ("sell", "2", "DENIED")]


def test_the_opening_of_a_repair_waits_until_the_wrong_side_is_closed() -> None:
    desk = desk_on(OnGap.REPAIR, "1")
    close, opening = ids(desk.alert("sell", "1", **told("-1", "-2")))
    assert desk.sent[-1] == close
    desk.fill(close)
    assert desk.sent[-1] == opening


def test_the_opening_of_a_repair_is_protected_as_the_alert_says() -> None:
    desk = desk_on(OnGap.REPAIR)
    entry, stop = ids(desk.alert("buy", "1", stop_loss=D(90), **told("1", "2")))
    desk.fill(entry)
    assert (desk.order(stop).quantity, desk.sent) == (2, [entry, stop])


def test_close_only_opens_nothing_to_repair_either() -> None:
    desk = desk_on(OnGap.REPAIR, kind=CloseOnly())
    assert codes(desk.alert("buy", "1", **told("1", "2"))) == ["REDUCE_ONLY"]


def test_reverse_takes_the_side_that_the_alert_leads_to() -> None:
    desk = desk_on(OnGap.REPAIR, "1", Reverse())
    settle(desk, desk.alert("buy", "2", **told("-1", "1")))
    assert desk.quantity == 1
    settle(desk, desk.alert("buy", "1", **told("-2", "-1")))
    assert desk.quantity == -1
