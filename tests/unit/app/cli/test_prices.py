"""`quartermaster prices` in words: what is shown, what goes to standard error, and how it ends."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Literal

import pytest

from app.cli.main import app
from portfolio.prices.source import SourceStatus
from tests.prices import FakeVenue, World, usual_world, world

BTC = "BTC/USDT"


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The usual world is asked, and there is no configuration."""
    known = usual_world()
    use(monkeypatch, known)
    monkeypatch.chdir(tmp_path)
    return known


def use(monkeypatch: pytest.MonkeyPatch, known: World) -> None:
    async def load() -> object:
        return known.open

    monkeypatch.setattr("app.prices.desk.load_feed", load)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["prices", *words])
    return int(ended.value.code or 0)


def test_without_a_configuration_the_usual_venues_are_asked(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("btc/usd") == 0
    told = capsys.readouterr()
    rows = [line.split()[:4] for line in told.out.splitlines()[1:4]]
    assert sorted(rows) == [
        ["BTC/USD", "binance", "BTC/USDT", "x"],
        ["BTC/USD", "coinbase", "BTC/USD", "64010"],
        ["BTC/USD", "kraken", "TIMED_OUT", "for"],
    ]
    assert told.out.splitlines()[4].startswith("BTC/USD       gap  buy binance 63993.8, sell coinbase 64010: ")
    assert told.err == "quartermaster: kraken TIMED_OUT: as told\n"


def test_the_rest_is_shown_where_a_symbol_or_a_venue_is_wrong(
    places: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("BTC/USD", "BTCUSDT", "--venues", "coinbase,binanse") == 2
    told = capsys.readouterr()
    assert "coinbase" in told.out
    assert told.err.splitlines() == [
        "quartermaster: BTCUSDT is not a symbol such as BTC/USDT; did you mean BTC/USDT?",
        "quartermaster: binanse is no venue that ccxt knows; did you mean binance?",
    ]


def test_nothing_is_asked_where_nothing_is_left_to_ask(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("nonsense") == 2
    assert run("--venues", "nowhere") == 2
    assert capsys.readouterr().out == ""
    assert places.feeds == []


def test_a_symbol_that_nobody_trades_is_a_failure(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("NONE/USD", "BTC/USD", "--venues", "coinbase") == 1
    told = capsys.readouterr()
    assert "64010" in told.out
    assert told.err == "quartermaster: NONE/USD is traded at none of coinbase\n"


def test_all_dead_is_a_failure_with_a_line_for_each(
    monkeypatch: pytest.MonkeyPatch, places: World, capsys: pytest.CaptureFixture[str]
) -> None:
    down = SourceStatus.UNREACHABLE
    use(monkeypatch, world(*(FakeVenue(name, trouble=down) for name in ("binance", "coinbase", "kraken"))))
    assert run(BTC) == 1
    assert capsys.readouterr().err.splitlines() == [
        "quartermaster: binance UNREACHABLE: as told",
        "quartermaster: coinbase UNREACHABLE: as told",
        "quartermaster: kraken UNREACHABLE: as told",
        "quartermaster: BTC/USDT has no price now at any of binance, coinbase, kraken",
    ]


def test_json_is_what_the_api_answers(places: World, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("BTC/USD", "--json") == 0
    (line,) = capfdbinary.readouterr().out.splitlines()
    answer = json.loads(line)
    assert answer["complete"]
    assert [item["symbol"] for item in answer["items"]] == ["BTC/USD"]
    assert [venue["status"] for venue in answer["venues"]] == ["LIVE", "LIVE", "TIMED_OUT"]
    assert answer["items"][0]["gap"]["buy_at"] == "binance"


def test_with_a_size_the_order_books_are_asked(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("BTC/USD", "--size", "1000") == 0
    assert "BTC/USD       at 1000 USDT  buy binance 63993.8, sell coinbase 64010: " in capsys.readouterr().out
    assert run("BTC/USD", "--size", "much") == 2
    assert run("BTC/USD", "--size", "1000", "--watch") == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "quartermaster: --size much is no amount above 0",
        "quartermaster: --size is not for --watch: order books are looked at once",
    ]


def test_on_a_terminal_there_is_a_table(
    monkeypatch: pytest.MonkeyPatch, places: World, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    assert run("BTC/USD") == 0
    last = capsys.readouterr().out.split("BTC/USD\n")[-1]
    assert "64010*" in last
    assert "63993.8*" in last
    assert "net of fees" in last


def test_a_configuration_that_was_named_must_be_there(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(BTC, "--config", "other.toml") == 2
    assert "there is no such file" in capsys.readouterr().err


def test_without_a_file_the_environment_counts(
    monkeypatch: pytest.MonkeyPatch, places: World, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUARTERMASTER_PRICES__VENUES", "coinbase")
    assert run("BTC/USD") == 0
    assert [access.venue for access in places.accesses[0]] == ["coinbase"]
    monkeypatch.setenv("QUARTERMASTER_PRICES__VENUES", "coinbas")
    monkeypatch.setenv("QUARTERMASTER_PRICES__SYMBOL", "BTC/USD")
    assert run("BTC/USD") == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        'quartermaster: prices.venues.#1: ccxt knows no such venue, the nearest is "coinbase", got "coinbas" '
        "(set by QUARTERMASTER_PRICES__VENUES)",
        "quartermaster: QUARTERMASTER_PRICES__SYMBOL: unknown variable, the nearest known one is "
        "QUARTERMASTER_PRICES__SYMBOLS",
    ]


class Soon(asyncio.Event):
    async def wait(self) -> Literal[True]:
        await asyncio.sleep(0.3)
        return True


def test_a_row_without_its_change_comes_first_and_again_once_the_candles_have_told_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kraken = FakeVenue("kraken", {BTC: ("110", "111")}, day_ago={BTC: "100"}, candle_gate=Soon())
    kraken.ticker_terms = {"change_24h": None}
    use(monkeypatch, world(kraken))
    assert run(BTC, "--venues", "kraken") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "kraken" in line]
    assert [("+10.00" in words, words[3:6]) for words in rows] == [
        (False, ["110", "111", "110"]),
        (True, ["110", "111", "110"]),
    ]


def test_watched_in_a_pipe_each_change_is_a_line(
    monkeypatch: pytest.MonkeyPatch, places: World, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    change_soon(monkeypatch)
    assert run("BTC/USD", "--venues", "coinbase", "--watch") == 0
    lines = [line.split() for line in capfdbinary.readouterr().out.decode().splitlines()]
    assert [line[3:5] for line in lines if line[2] == "coinbase"] == [["BTC/USD", "64010"], ["BTC/USD", "65000"]]


def test_watched_as_json_each_change_is_a_line(
    monkeypatch: pytest.MonkeyPatch, places: World, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    change_soon(monkeypatch)
    assert run("BTC/USD", "--venues", "coinbase", "--watch", "--json") == 0
    answers = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert answers[-1]["items"][0]["rows"][0]["bid"] == "65000"


def change_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is watched coinbase's price changes, and a moment later somebody presses Ctrl-C."""

    async def change(feed: object) -> None:
        await asyncio.sleep(0.3)
        feed.stream("coinbase", "BTC/USD", "65000", "65001")  # type: ignore[attr-defined]
        await asyncio.sleep(0.4)
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    monkeypatch.setattr("tests.prices.FakeFeed.run", change)
