"""One command at a time: wholly done, or not at all."""

from decimal import Decimal

import pytest

from portfolio.model.command import Command, Envelope, FinishReconciliation, Halt, Mark, ReceiveSignal, ReportOrder
from portfolio.model.errors import AccountNotReady
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.signal import Size
from tests.fakes import NOW, Desk, Scripted, signal, strategy, told


def busy() -> Desk:
    """A desk with a bit of everything, whose second strategy's answers cannot be placed."""
    nowhere = OrderIntent(side=None, size=Size(Decimal(1)))  # type: ignore[arg-type]
    impossible = Scripted(lambda *_: Wishes(cancel=True, state={"a": 1}, orders=(nowhere,)))
    desk = Desk(strategy(), strategy("odd", impossible))
    desk.hold("3")
    desk.hold("1", strategy="follow")
    desk.rest("buy", "1", price="90")
    desk.alert("reverse")
    return desk


def refused(desk: Desk, command: Command) -> None:
    desk.wait(days=1)
    desk.quote("123")
    quotes = tuple(desk.quotes.values())
    with pytest.raises((AttributeError, KeyError)):
        desk.manager.handle(Envelope(99, command, desk.now, quotes))


@pytest.mark.parametrize(
    "command",
    [
        ReceiveSignal("S", signal("buy", "1", strategy="nobody"), NOW),
        Halt(None),  # type: ignore[arg-type]
        ReportOrder("main", None),  # type: ignore[arg-type]
        FinishReconciliation("main", (told("X", "OPEN"), None)),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_a_command_that_raises_leaves_the_book_exactly_as_it_was(command: Command) -> None:
    desk = busy()
    before, history = desk.book.contents(), desk.book.history.lengths()
    refused(desk, command)
    assert desk.book.contents() == before
    assert desk.book.history.lengths() == history


def test_an_account_that_is_not_ready_stores_nothing() -> None:
    desk = busy()
    desk.restart()
    before = desk.book.contents()
    with pytest.raises(AccountNotReady):
        desk.receive(signal("buy", "1"))
    assert desk.book.contents() == before


def test_the_next_command_goes_on_as_if_nothing_had_been() -> None:
    desk, other = busy(), busy()
    refused(desk, Halt(None))  # type: ignore[arg-type]
    refused(other, Halt(None))  # type: ignore[arg-type]
    assert desk.alert("buy", "1") == other.alert("buy", "1")


def test_a_mark_answers_nothing() -> None:
    assert Desk().handle(Mark()).reply is None


def test_replaying_the_same_envelopes_leads_to_the_same_book() -> None:
    assert busy().book.contents() == busy().book.contents()
