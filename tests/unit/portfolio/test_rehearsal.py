"""What would become of an alert is told by the core itself, and the book never hears of it."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.account import TradingStatus
from portfolio.model.command import EarlierSignal, Envelope, ReceiveSignal
from portfolio.model.decision import Decision, Outcome
from portfolio.model.errors import AccountNotReady
from portfolio.model.event import EventKind
from portfolio.model.gap import OnGap
from portfolio.model.identifiers import sortable_id
from portfolio.model.intent import Wishes
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.signal import Signal, Size, SizeType
from portfolio.ports import Strategy, View
from portfolio.rehearsal import Rehearsed, rehearse, twin_for
from portfolio.reply import SignalConflict
from strategies.follow import Follow
from strategies.target import Target
from tests.fakes import BTC, FOLLOW, MAIN, Desk, Scripted, failing, intent, signal, strategy, wishing


def preview(desk: Desk, alert: Signal) -> Rehearsed:
    """What the desk's next command would come to, were it this alert."""
    command = ReceiveSignal(sortable_id(desk.seq, desk.seq), alert, desk.now)
    quotes = tuple(desk.quotes.values())
    envelope = Envelope(desk.seq + 1, command, desk.now, quotes, desk._earlier(command))
    return rehearse(twin_for(desk.book, alert), desk.limits, envelope, command)


def decision(rehearsed: Rehearsed) -> Decision:
    assert isinstance(rehearsed.reply, Decision)
    return rehearsed.reply


def test_what_is_told_is_what_is_decided_when_it_is_sent() -> None:
    desk = Desk(limits={PORTFOLIO: {"max_order_notional": "500"}})
    desk.hold("2")
    for alert in (signal("buy", "1"), signal("short", "3"), signal("buy", "20"), signal("close"), signal("cancel")):
        told = preview(desk, alert)
        assert told.reply == desk.receive(alert)


def test_the_book_is_as_if_nobody_had_asked() -> None:
    desk = Desk(limits={MAIN: {"max_daily_loss": "10"}})
    desk.hold("2")
    desk.rest("buy", "1", "90")
    before = desk.book.contents(), desk.book.readiness.as_dict()
    trips = preview(desk, signal("flat", price="50"))
    assert EventKind.LOSS_LIMIT_BREACHED in [event.kind for event in trips.events]
    assert (desk.book.contents(), desk.book.readiness.as_dict()) == before
    changes = desk.book.take_changes()
    assert not any(changes.history.lengths())
    assert [field.name for field in fields(changes) if field.name != "history" and getattr(changes, field.name)] == []


def test_each_order_is_told_with_what_was_asked_and_every_check() -> None:
    desk = Desk(limits={PORTFOLIO: {"max_order_notional": "500"}})
    (tried,) = preview(desk, signal("buy", "10.0004", price="100")).tried
    assert (tried.asked, tried.order.quantity) == (Decimal("10.0004"), Decimal("10.000"))
    failed = [check for check in tried.checks if not check.passed]
    assert [(check.code, check.scope, check.limit, check.value) for check in failed] == [
        ("MAX_ORDER_NOTIONAL", "portfolio", Decimal(500), Decimal(1010))
    ]


def test_exposure_and_position_are_told_before_and_after() -> None:
    desk = Desk()
    desk.hold("1")
    told = preview(desk, signal("buy", "2"))
    change = {change.scope: change for change in told.exposures}[Scope("main", symbol=BTC)]
    assert (change.before.gross, change.after.gross) == (Decimal(100), Decimal(302))
    assert (told.position, told.if_filled) == (Decimal(1), Decimal(3))


def test_a_reversal_is_told_with_both_legs() -> None:
    desk = Desk()
    desk.hold("1")
    told = preview(desk, signal("reverse"))
    assert told.wishes is not None
    assert [(wish.side, wish.after_previous) for wish in told.wishes.orders] == [("sell", False), ("sell", True)]
    assert told.if_filled == -1


def test_an_order_that_would_be_denied_moves_no_position() -> None:
    told = preview(Desk(limits={PORTFOLIO: {"max_order_notional": "5"}}), signal("buy", "1"))
    assert (decision(told).status, told.if_filled) == (Outcome.DENIED, 0)


def test_the_reference_is_that_of_the_decision() -> None:
    desk = Desk()
    own = preview(desk, signal("buy", "1", price="77")).reference
    assert own is not None
    assert (own.mark, own.source) == (Decimal(77), "signal")
    desk.quote("99", "101")
    quoted = preview(desk, signal("buy", "1", price="77")).reference
    assert quoted is not None
    assert (quoted.mark, quoted.source) == (Decimal(100), "quote")
    assert preview(Desk(), signal("buy", "1", price=None)).reference is None


def test_a_strategy_that_fails_in_a_preview_goes_on_trading() -> None:
    desk = Desk(strategy(kind=Scripted(failing)))
    told = preview(desk, signal("buy", "1"))
    assert [reason.code for reason in decision(told).reasons] == ["STRATEGY_ERROR"]
    assert told.wishes is None
    assert not desk.book.is_paused("main", "follow")
    assert desk.book.status_of(FOLLOW) is TradingStatus.ACTIVE


def test_a_strategy_that_changes_its_state_in_place_changes_a_copy() -> None:
    def spoiling(alert: Any, view: View, state: Mapping[str, Any]) -> Wishes:
        state["seen"]["count"] += 1
        return Wishes(orders=(intent("buy", "1"),), state=dict(state))

    desk = Desk(strategy(kind=Scripted(spoiling)))
    desk.book.strategy_states.load("follow", {"seen": {"count": 1}})
    assert decision(preview(desk, signal("buy", "1"))).status is Outcome.ACCEPTED
    assert desk.book.strategy_states["follow"] == {"seen": {"count": 1}}


def test_an_answer_that_is_none_is_no_wish() -> None:
    told = preview(Desk(strategy(kind=Scripted(lambda *_: None))), signal("buy", "1"))
    assert (told.wishes, [reason.code for reason in decision(told).reasons]) == (None, ["STRATEGY_ERROR"])


def test_what_the_strategy_wants_is_told_though_the_alert_is_too_old() -> None:
    desk = Desk(strategy(kind=Scripted(wishing(intent("buy", "1")))))
    old = signal("buy", "1", time=desk.now.replace(year=2025))
    told = preview(desk, old)
    assert told.wishes is not None
    assert [reason.code for reason in decision(told).reasons] == ["STALE_SIGNAL"]


def test_a_repeat_and_a_conflict_are_told() -> None:
    desk = Desk()
    alert = signal("buy", "1", alert_id="a")
    first = desk.receive(alert)
    assert isinstance(first, Decision)
    assert preview(desk, alert).reply == first.repeated()
    assert preview(desk, alert).if_filled == desk.quantity
    other = preview(desk, signal("buy", "2", alert_id="a")).reply
    assert other == SignalConflict(first.signal_id, "a")
    assert desk.stored.decisions["a"] == EarlierSignal(alert.content_hash, first)


def test_an_account_that_is_not_reconciled_is_told() -> None:
    told = preview(Desk(reconciled=False), signal("buy", "1"))
    assert isinstance(told.reply, AccountNotReady)
    assert "NOT_RECONCILED" in [check.code for check in told.tried[0].checks if not check.passed]


def test_a_size_of_equity_is_told_in_contracts() -> None:
    told = preview(Desk(), signal("buy", Size(Decimal(1), SizeType.PERCENT_OF_EQUITY), price="300"))
    (tried,) = told.tried
    assert (tried.asked.quantize(Decimal("0.0001")), tried.order.quantity) == (Decimal("0.3333"), Decimal("0.333"))


def test_what_protects_an_entry_is_told_and_not_counted_as_filled() -> None:
    told = preview(Desk(), signal("buy", "2", stop_loss=Decimal(90), take_profit=Decimal(120)))
    assert [tried.order.order_type for tried in told.tried] == ["market", "stop", "take_profit"]
    assert told.if_filled == 2


@pytest.mark.parametrize("kind", [Follow(), Target()])
def test_a_gap_is_told_and_repaired_as_it_would_be(kind: Strategy) -> None:
    desk = Desk(strategy(kind=kind, on_gap=OnGap.REPAIR))
    alert = signal("buy", "1", prev_position_size=Decimal(1), position_size=Decimal(2))
    told = preview(desk, alert)
    assert decision(told).gap is not None
    assert told.if_filled == 2
    assert told.reply == desk.receive(alert)
