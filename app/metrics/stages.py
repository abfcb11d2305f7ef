"""How long each part of an alert's way takes, told by the points the engine and the senders pass."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum

from prometheus_client.core import HistogramMetricFamily

from app.metrics.tally import Distribution
from app.points import Point, Probe
from app.storage.writing import Batch
from portfolio.model.command import ReceiveSignal
from portfolio.model.identifiers import AccountId
from portfolio.model.order import OrderStatus

BOUNDS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Stage(StrEnum):
    """The parts of the way. Those up to the answer count each alert once, the others each order once."""

    RECEIVED_TO_DECIDED = "received_to_decided"
    DECIDED_TO_STORED = "decided_to_stored"
    STORED_TO_ANSWERED = "stored_to_answered"
    RECEIVED_TO_ANSWERED = "received_to_answered"
    DECIDED_TO_SENT = "decided_to_sent"
    SENT_TO_REPORTED = "sent_to_reported"


class Stages:
    """`batch_passes` is the engine's probe; `sends_of` makes one for each account's sender."""

    def __init__(self, now: Callable[[], datetime], clock: Callable[[], float] = time.perf_counter) -> None:
        self._now, self._clock = now, clock
        self._decided = self._stored = self._answered = 0.0
        self._decided_at = self._answered_at = self._now()
        self._of = {stage: Distribution(BOUNDS_S) for stage in Stage}
        self._sends: dict[AccountId, Distribution] = {}
        self._batches = Distribution(BATCH_SIZES)

    def batch_passes(self, point: Point) -> None:
        """The time of the point is kept until the batch is counted."""
        if point is Point.BATCH_DECIDED:
            self._decided, self._decided_at = self._clock(), self._now()
        elif point is Point.BATCH_COMMITTED:
            self._stored = self._clock()
        elif point is Point.CALLERS_ANSWERED:
            self._answered, self._answered_at = self._clock(), self._now()

    def sends_of(self, account: AccountId) -> Probe:
        """A probe that measures each exchange of an order and an answer with the account's venue."""
        measured = self._sends[account] = Distribution(BOUNDS_S)
        began = 0.0

        def passes(point: Point) -> None:
            nonlocal began
            if point is Point.ORDER_SENDING:
                began = self._clock()
            elif point is Point.ORDER_SENT:
                measured.add(self._clock() - began)

        return passes

    def count(self, batch: Batch) -> None:
        """Everything that the batch, whose callers have just been answered, says about time."""
        self._batches.add(len(batch.decided))
        alerts = 0
        for envelope, _ in batch.decided:
            if isinstance(envelope.command, ReceiveSignal):
                alerts += 1
                received_at = envelope.command.received_at
                self._add(Stage.RECEIVED_TO_DECIDED, self._decided_at, received_at)
                self._add(Stage.RECEIVED_TO_ANSWERED, self._answered_at, received_at)
        if alerts:
            self._of[Stage.DECIDED_TO_STORED].add(self._stored - self._decided, alerts)
            self._of[Stage.STORED_TO_ANSWERED].add(self._answered - self._stored, alerts)
        self._count_first_reports(batch)

    def _count_first_reports(self, batch: Batch) -> None:
        for step in batch.changes.history.transitions:
            if step.previous is not OrderStatus.PENDING:
                continue
            order = batch.changes.orders.get(step.client_order_id)
            if order is not None and order.sent_at is not None and order.after is None:
                self._add(Stage.DECIDED_TO_SENT, order.sent_at, order.created_at)
                self._add(Stage.SENT_TO_REPORTED, self._decided_at, order.sent_at)

    def _add(self, stage: Stage, later: datetime, earlier: datetime) -> None:
        """A wall clock that was set back counts as no time at all."""
        self._of[stage].add(max(0.0, (later - earlier).total_seconds()))

    def families(self) -> Iterator[HistogramMetricFamily]:
        stages = HistogramMetricFamily(
            "quartermaster_stage_seconds", "Time taken by each part of an alert's way.", labels=["stage"]
        )
        for stage, measured in self._of.items():
            measured.add_to(stages, [stage])
        yield stages
        sends = HistogramMetricFamily(
            "quartermaster_send_seconds", "From an order leaving to the venue's answer.", labels=["account"]
        )
        for account, measured in self._sends.items():
            measured.add_to(sends, [account])
        yield sends
        batches = HistogramMetricFamily("quartermaster_batch_size", "Commands written in one transaction.", labels=[])
        self._batches.add_to(batches, [])
        yield batches
