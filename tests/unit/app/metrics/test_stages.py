"""The time of each part of the way, from the points that a batch and an order pass."""

from datetime import datetime, timedelta

from app.metrics.stages import Stage, Stages
from app.points import Point, both, no_probe
from app.storage.writing import Batch
from portfolio.book import Book
from portfolio.model.command import Envelope, Mark, ReceiveSignal
from tests.fakes import NOW, desk_setup, signal


class Watch:
    """A clock that stands still until it is told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def batch_of(*commands: ReceiveSignal | Mark) -> Batch:
    changes = Book(desk_setup()).take_changes()
    return Batch(tuple((Envelope(seq, command, NOW), None) for seq, command in enumerate(commands)), changes)


def counted(stages: Stages, name: str, **labels: str) -> tuple[float, float]:
    """How many observations there were, and their sum."""
    found = {
        sample.name: sample.value
        for family in stages.families()
        for sample in family.samples
        if sample.name in (f"{name}_count", f"{name}_sum") and sample.labels == labels
    }
    return found[f"{name}_count"], found[f"{name}_sum"]


def alert(received_at: datetime) -> ReceiveSignal:
    return ReceiveSignal("id", signal("buy", "1"), received_at)


def test_each_alert_of_a_batch_waits_for_its_commit():
    watch = Watch()
    stages = Stages(lambda: NOW, watch)
    for point, took in ((Point.BATCH_DECIDED, 0.02), (Point.BATCH_COMMITTED, 0.003), (Point.CALLERS_ANSWERED, 0)):
        stages.batch_passes(point)
        watch.now += took
    received_at = NOW - timedelta(seconds=5)
    stages.count(batch_of(alert(received_at), Mark(), alert(received_at)))
    number, total = counted(stages, "quartermaster_stage_seconds", stage=Stage.DECIDED_TO_STORED)
    assert (number, round(total, 6)) == (2, 0.04)
    number, total = counted(stages, "quartermaster_stage_seconds", stage=Stage.STORED_TO_ANSWERED)
    assert (number, round(total, 6)) == (2, 0.006)
    for stage in (Stage.RECEIVED_TO_DECIDED, Stage.RECEIVED_TO_ANSWERED):
        assert counted(stages, "quartermaster_stage_seconds", stage=stage) == (2, 10)
    assert counted(stages, "quartermaster_batch_size") == (1, 3)


def test_a_clock_that_was_set_back_counts_as_no_time():
    stages = Stages(lambda: NOW)
    stages.batch_passes(Point.BATCH_DECIDED)
    stages.count(batch_of(alert(NOW + timedelta(hours=1))))
    assert counted(stages, "quartermaster_stage_seconds", stage=Stage.RECEIVED_TO_DECIDED) == (1, 0)


def test_each_account_measures_its_own_venue():
    watch = Watch()
    stages = Stages(lambda: NOW, watch)
    fast, slow = stages.sends_of("fast"), stages.sends_of("slow")
    slow(Point.ORDER_SENDING)
    fast(Point.ORDER_SENDING)
    watch.now += 0.5
    fast(Point.ORDER_SENT)
    watch.now += 1
    slow(Point.ORDER_SENT)
    assert counted(stages, "quartermaster_send_seconds", account="fast") == (1, 0.5)
    assert counted(stages, "quartermaster_send_seconds", account="slow") == (1, 1.5)


def test_two_probes_are_both_told():
    told: list[tuple[str, Point]] = []
    probe = both(lambda point: told.append(("one", point)), lambda point: told.append(("other", point)))
    probe(Point.ORDER_SENT)
    assert told == [("one", Point.ORDER_SENT), ("other", Point.ORDER_SENT)]
    assert both(probe, no_probe) is probe
