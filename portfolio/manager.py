"""The portfolio manager: every change of state goes through `handle`, one command at a time."""

from dataclasses import dataclass

from portfolio import noticing, operating, outside, owning, reconcile, reporting, venues
from portfolio.book import Book
from portfolio.deciding import decide
from portfolio.detaching import note_detached, tend
from portfolio.following import do_due
from portfolio.limits.chain import LimitChain
from portfolio.marking import Marking
from portfolio.model.command import (
    CancelOrder,
    EarlierOrder,
    Envelope,
    FailReconciliation,
    FinishReconciliation,
    Flatten,
    Halt,
    Mark,
    NotePrices,
    ReceiveSignal,
    ReportCondition,
    ReportDetached,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
    ReportUnresolved,
    Resume,
    TakeWalletSnapshot,
)
from portfolio.model.effect import Effect
from portfolio.ordering import Ordering
from portfolio.pricing import mark_from_quotes
from portfolio.reply import Reply
from portfolio.turn import Turn


@dataclass(frozen=True, slots=True)
class Handled:
    """The caller's answer, and what may leave the house once the batch is on disk."""

    reply: Reply
    effects: tuple[Effect, ...]


class PortfolioManager:
    """Decides; a function of the book and the envelope. It performs no I/O and knows no clock."""

    def __init__(self, book: Book, limits: LimitChain) -> None:
        self._book = book
        self._limits = limits
        self._ordering = Ordering(book, limits)
        self._marking = Marking(book, limits)

    def handle(self, envelope: Envelope) -> Handled:
        """The book has changed as the command asks; if anything is raised, not at all."""
        savepoint = self._book.savepoint()
        turn = Turn(self._book, self._limits, self._ordering, self._marking, envelope)
        try:
            self._marking.turn_day(turn.now)
            silent = self._book.silent()
            turn.effects += mark_from_quotes(self._book, envelope)
            reply = self._dispatch(turn)
            venues.lift_resolved(turn)
            do_due(turn)
            tend(turn)
            self._marking.count_in(silent, turn.now)
            self._stop_repeats(turn)
            self._watch_losses(turn)
        except BaseException:
            self._book.roll_back_to(savepoint)
            raise
        return Handled(reply, tuple(turn.effects))

    def _dispatch(self, turn: Turn) -> Reply:
        match turn.envelope.command:
            case ReceiveSignal() as command:
                return decide(turn, command)
            case Halt() as command:
                return operating.halt(turn, command)
            case Resume() as command:
                return operating.resume(turn, command)
            case Flatten() as command:
                return operating.flatten(turn, command)
            case CancelOrder() as command:
                return operating.cancel_order(turn, command)
            case FinishReconciliation() as command:
                return reconcile.finish(turn, command)
        self._take_note(turn)
        return None

    def _take_note(self, turn: Turn) -> None:
        """What markets and the clock tell, and venues: nobody waits for an answer."""
        match turn.envelope.command:
            case NotePrices() as command:
                noticing.note_prices(turn, command)
            case TakeWalletSnapshot() as command:
                owning.note_snapshot(turn, command)
            case Mark():
                self._marking.take_due_snapshots(turn.now)
            case _:
                self._hear_venue(turn)

    @staticmethod
    def _hear_venue(turn: Turn) -> None:
        match turn.envelope.command:
            case ReportOrder(account=account, report=report):
                earlier = turn.envelope.earlier
                reporting.report(turn, account, report, earlier if isinstance(earlier, EarlierOrder) else None)
            case ReportOutsideTrade() as command:
                outside.book_trade(turn, command)
            case ReportFunding() as command:
                outside.book_funding_payment(turn, command)
            case ReportCondition() as command:
                venues.note_condition(turn, command)
            case ReportUnresolved() as command:
                venues.note_unresolved(turn, command)
            case ReportDetached() as command:
                note_detached(turn, command)
            case FailReconciliation() as command:
                reconcile.fail(turn, command)

    @staticmethod
    def _stop_repeats(turn: Turn) -> None:
        """A strategy that tripped its throttle only reduces from now on, and its entries are cancelled."""
        while turn.repeating:
            operating.stop_repeating(turn, turn.repeating.pop())

    def _watch_losses(self, turn: Turn) -> None:
        """A scope that lost more than it may only reduces from now on, and its entries are cancelled."""
        for scope in self._marking.watch(turn.now):
            operating.cancel_entries(turn, scope)
