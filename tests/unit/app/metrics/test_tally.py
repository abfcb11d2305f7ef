"""Counters and histograms as Prometheus understands them."""

import pytest
from prometheus_client.core import HistogramMetricFamily

from app.metrics.tally import MOST_SERIES, Distribution, Tally


def samples(distribution: Distribution) -> dict[tuple[str, str], float]:
    family = HistogramMetricFamily("time", "", labels=["stage"])
    distribution.add_to(family, ["sent"])
    return {(sample.name, sample.labels.get("le", "")): sample.value for sample in family.samples}


def test_a_distribution_counts_what_is_at_most_each_bound():
    distribution = Distribution((1, 2.5, 10))
    for value in (0, 1, 1.01, 2.5, 3, 11, 10_000):
        distribution.add(value)
    assert samples(distribution) == {
        ("time_bucket", "1"): 2,
        ("time_bucket", "2.5"): 4,
        ("time_bucket", "10"): 5,
        ("time_bucket", "+Inf"): 7,
        ("time_count", ""): 7,
        ("time_sum", ""): pytest.approx(10018.51),
    }
    assert distribution.count == 7


def test_one_observation_can_count_several_times():
    distribution = Distribution((1,))
    distribution.add(0.5, 3)
    assert samples(distribution)["time_bucket", "1"] == 3
    assert samples(distribution)["time_sum", ""] == 1.5


def test_a_tally_shows_what_is_expected_before_it_happens():
    tally = Tally("alerts", "", ("outcome",), [("accepted",), ("denied",)])
    tally.add("denied")
    tally.add("new")
    tally.add("denied")
    found = {sample.labels["outcome"]: sample.value for sample in tally.family().samples}
    assert found == {"accepted": 0, "denied": 2, "new": 1}


def test_labels_without_end_take_no_more_memory():
    tally = Tally("denials", "", ("outcome", "code"))
    for number in range(MOST_SERIES + 50):
        tally.add("denied", f"CODE_{number}")
    tally.add("denied", "CODE_0")
    assert len(tally.counts) == MOST_SERIES + 1
    assert (tally.counts["other", "other"], tally.counts["denied", "CODE_0"]) == (50, 2)
