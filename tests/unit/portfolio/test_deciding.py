"""A signal is decided once, and the answer says what came of it."""

import re

from portfolio.model.decision import Decision, Outcome
from portfolio.model.event import EventKind
from portfolio.model.identifiers import ClientOrderId
from portfolio.reply import SignalConflict
from tests.fakes import Desk, Scripted, codes, failing, ids, intent, moves, signal, strategy, wishing


def test_an_accepted_signal_answers_with_its_orders() -> None:
    desk = Desk()
    decision = desk.alert("buy", "2")
    assert (decision.status, decision.family, decision.duplicate) == (Outcome.ACCEPTED, "canonical", False)
    assert moves(decision) == [("buy", "2", "PENDING")]
    assert desk.sent == ids(decision)


def test_a_repeat_gets_the_first_answer_and_trades_nothing() -> None:
    desk = Desk()
    first = desk.alert("buy", "2", alert_id="7")
    again = desk.alert("buy", "2", alert_id="7")
    assert again == first.repeated()
    assert again.duplicate
    assert len(desk.sent) == 1
    assert [event.origin for event in desk.events(EventKind.SIGNAL_REPEATED)] == [first.signal_id]


def test_a_repeat_of_a_denial_is_a_denial_even_if_it_could_pass_by_now() -> None:
    desk = Desk()
    desk.halt()
    desk.alert("buy", "2", alert_id="7")
    desk.resume()
    assert codes(desk.alert("buy", "2", alert_id="7")) == ["HALTED"]


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    desk = Desk()
    first = desk.alert("buy", "2", alert_id="7")
    assert desk.receive(signal("buy", "3", alert_id="7")) == SignalConflict(first.signal_id, "7")
    assert len(desk.sent) == 1
    assert len(desk.events(EventKind.SIGNAL_CONFLICTED)) == 1


def test_each_decision_is_an_event() -> None:
    desk = Desk()
    for action, size in (("buy", "1"), ("buy", "0.0001"), ("cancel", None), ("cancel", None)):
        desk.alert(action, size)
        for order_id in desk.live():
            desk.report(order_id, "CANCELED")
    kinds = [event.kind.value for event in desk.stored.events if event.kind.value.startswith("Signal")]
    assert kinds == ["SignalAccepted", "SignalDenied", "SignalIgnored", "SignalIgnored"]


def test_a_strategy_that_wants_nothing_is_told_so() -> None:
    decision = Desk(strategy(kind=Scripted())).alert("buy", "1")
    assert (decision.status, codes(decision)) == (Outcome.IGNORED, ["NOTHING_TO_DO"])


def test_a_refusal_by_every_leg_is_listed_once() -> None:
    kind = Scripted(wishing(intent("buy", "1"), intent("buy", "1")))
    desk = Desk(strategy(kind=kind))
    desk.halt()
    assert codes(desk.alert("buy")) == ["HALTED"]


# --- client order ids --------------------------------------------------------------------------------------------


def busy_desk() -> tuple[list[ClientOrderId], list[Decision]]:
    """Everything that makes follow-ups: legs released, a flattening in several tries, a strategy that wants more."""

    def again(order: object, view: object, state: object) -> object:
        return wishing(intent("buy", "1"), intent("sell", "1"))(order, view, {})

    desk = Desk(strategy(), strategy("eager", Scripted(wishing(intent("buy", "1")), again)))  # type: ignore[arg-type]
    desk.fill(desk.place("buy", strategy="eager"))
    desk.hold("2")
    turned = desk.alert("reverse", "1")
    for order_id in ids(turned):
        desk.fill(order_id)
    flat = desk.alert("flat")
    desk.fill(ids(flat)[0], "0.5")
    desk.report(ids(flat)[0], "CANCELED")
    desk.flatten()
    return list(desk.stored.orders), [turned, flat]


def test_every_client_order_id_is_unique_and_fits_a_venue() -> None:
    known, _ = busy_desk()
    assert len(known) == 8
    assert len(set(known)) == len(known)
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,36}", order_id) for order_id in known)


def test_the_same_commands_lead_to_the_same_ids_and_decisions() -> None:
    assert busy_desk() == busy_desk()


def test_an_orders_id_begins_with_what_it_stems_from() -> None:
    desk = Desk()
    decision = desk.alert("buy", "1")
    assert ids(decision) == [f"{decision.signal_id}-1"]
    desk.fill(ids(decision)[0])
    desk.flatten()
    assert desk.sent[-1] == f"F-{desk.seq}-1"


def test_an_order_can_be_traced_back_to_its_alert() -> None:
    desk = Desk()
    desk.hold("1")
    flat = desk.alert("flat")
    assert desk.order(ids(flat)[0]).signal_id == flat.signal_id


def test_a_failing_strategy_is_no_reason_to_forget_the_alert() -> None:
    desk = Desk(strategy(kind=Scripted(signal=failing)))
    decision = desk.alert("buy", "1")
    assert (decision.status, decision.orders) == (Outcome.DENIED, ())
    assert len(desk.events(EventKind.SIGNAL_DENIED)) == 1
