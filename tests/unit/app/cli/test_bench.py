"""`quartermaster bench prices` in words: figures, what was left out, and how it ends."""

import json
from functools import partial
from pathlib import Path

import pytest

from app.cli.main import app
from app.prices.benching import Bench
from portfolio.prices.source import SourceStatus
from tests.prices import FakeVenue, World, world


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no configuration, and nobody needs a rest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.bench_prices.Bench", partial(Bench, rest_s=0))


def use(monkeypatch: pytest.MonkeyPatch, *places: FakeVenue) -> World:
    known = world(*places)

    async def load() -> object:
        return known.open

    monkeypatch.setattr("app.prices.reaching.load_feed", load)
    return known


def two_and_one_dead(monkeypatch: pytest.MonkeyPatch) -> World:
    return use(
        monkeypatch,
        FakeVenue("binance", {"BTC/USDT": ("64000.1", "64000.2")}, latency_s=0.02),
        FakeVenue("coinbase", {"BTC/USD": ("64010", "64011")}, latency_s=0.02),
        FakeVenue("kraken", trouble=SourceStatus.TIMED_OUT),
    )


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["bench", "prices", *words])
    return int(ended.value.code or 0)


def test_the_comparison_is_told_and_a_dead_venue_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = two_and_one_dead(monkeypatch)
    assert run("btc/usd", "--repeat", "2") == 0
    told = capsys.readouterr()
    assert told.err == "quartermaster: kraken TIMED_OUT: as told\n"
    assert [line.split()[:2] for line in told.out.splitlines()[1:3]] == [
        ["binance", "BTC/USDT"],
        ["coinbase", "BTC/USD"],
    ]
    assert [line.split()[0] for line in told.out.splitlines()[-4:]] == ["one", "at", "speed-up", "medians"]
    assert known.feed.is_closed


def test_figures_add_up_and_curves_are_told_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two_and_one_dead(monkeypatch)
    assert run("BTC/USD", "--json", "--repeat", "1", "--curve") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["requests"] == len(told["items"]) == 2
    assert told["bound"] == pytest.approx(told["sum_s"] / told["longest_s"], rel=0.01)
    assert told["speed_up"] == pytest.approx(told["sequential_s"] / told["concurrent_s"], rel=0.01)
    assert told["share_of_bound"] == pytest.approx(told["speed_up"] / told["bound"], rel=0.01)
    assert [point["venues"] for point in told["curves"]["venues"]] == [1, 2]
    assert [point["symbols"] for point in told["curves"]["symbols"]] == [1]
    assert told["faults"] == ["kraken TIMED_OUT: as told"]


def test_nobody_answers_and_there_is_nothing_to_compare(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, FakeVenue("kraken", trouble=SourceStatus.UNREACHABLE))
    assert run("--venues", "kraken") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "quartermaster: kraken UNREACHABLE: as told",
        "quartermaster: nothing was answered in full, so there is nothing to compare",
    ]


def test_an_unknown_venue_is_named_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two_and_one_dead(monkeypatch)
    assert run("BTC/USD", "--venues", "coinbase,krakan", "--repeat", "1") == 2
    told = capsys.readouterr()
    assert "coinbase" in told.out
    assert told.err == "quartermaster: krakan is no venue that ccxt knows; did you mean kraken?\n"


def test_more_symbols_than_venues_answer_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("A/USD", "B/USD", "C/USD", "D/USD", "E/USD") == 2
    assert capsys.readouterr().err.startswith("quartermaster: 5 symbols are too many: at most 4")
