"""What has happened since the process began, counted after each commit."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product

from prometheus_client.core import Metric

from app.intake import canonical, plain
from app.metrics.stages import Stages
from app.metrics.tally import Tally
from app.storage.writing import Batch
from portfolio.model.command import ReceiveSignal
from portfolio.model.decision import Decision, Outcome
from portfolio.model.order import OrderStatus
from portfolio.reply import SignalConflict

REPEATED, CONFLICTED, REFUSED = "repeated", "conflicted", "refused"
NO_FAMILY = ""
"""The family of an alert that was refused before anybody could tell."""
_FAMILIES = (canonical.FAMILY, plain.FAMILY)


class DeskMetrics:
    """Counts of the desk. `committed` and `refused` are on the way of every alert: both only add numbers."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.stages = Stages(now)
        known = product((*Outcome, REPEATED, CONFLICTED), _FAMILIES)
        self.signals = Tally(
            "quartermaster_signals",
            "Alerts by what became of them, and the family of their wording.",
            ("outcome", "family"),
            (*known, (REFUSED, NO_FAMILY)),
        )
        self.refusals = Tally(
            "quartermaster_refusals",
            "Requests refused, by the stable code of the answer; `webhook` are alerts.",
            ("route", "status", "code"),
        )
        self.denials = Tally(
            "quartermaster_denials", "Reasons that alerts were denied or ignored for.", ("outcome", "code")
        )
        self.orders = Tally(
            "quartermaster_orders", "Orders by each status they have reached.", ("status",), product(OrderStatus)
        )
        self.fills = Tally("quartermaster_fills", "Executions booked, by account.", ("account",))
        self.events = Tally("quartermaster_events", "Events written, by kind.", ("kind",))
        self._tallies = (self.signals, self.refusals, self.denials, self.orders, self.fills, self.events)

    def committed(self, batch: Batch) -> None:
        """The batch is counted. It is on disk, and its callers have been answered."""
        for envelope, reply in batch.decided:
            if isinstance(reply, Decision):
                self._count_decision(reply)
            elif isinstance(reply, SignalConflict) and isinstance(envelope.command, ReceiveSignal):
                self.signals.add(CONFLICTED, envelope.command.signal.family)
        history = batch.changes.history
        for step in history.transitions:
            self.orders.add(step.status)
        for fill in history.fills:
            self.fills.add(fill.account)
        for event in history.events:
            self.events.add(event.kind)
        self.stages.count(batch)

    def _count_decision(self, decision: Decision) -> None:
        if decision.duplicate:
            self.signals.add(REPEATED, decision.family)
            return
        self.signals.add(decision.status, decision.family)
        for reason in decision.reasons:
            self.denials.add(decision.status, reason.code)

    def refused(self, route: str, status: int, code: str) -> None:
        """A request was answered with a problem."""
        self.refusals.add(route, str(status), code)
        if route == "webhook" and code != "ID_CONFLICT":
            self.signals.add(REFUSED, NO_FAMILY)

    def collect(self) -> Iterator[Metric]:
        for tally in self._tallies:
            yield tally.family()
        yield from self.stages.families()
