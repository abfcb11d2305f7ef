"""`quartermaster screen`: what it asks, what it shows, and how it fails."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import screen_looks
from app.cli.main import app
from app.cli.screen_tables import Lines, Shown
from app.clock import now_utc
from app.prices.histories import Histories
from app.prices.looking import Eye
from exchange.sources import SourceAccess
from portfolio.prices.ports import Tell
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.screen import Screen
from portfolio.prices.source import SourceStatus
from tests.markets import MarketFeed, Place, feed_of

MOVES, TRADED = ("--rule", "change:at_least=5%"), ("--rule", "volume:at_least=1000000")
SCREENS = """
[[screens]]
id = "movers"
venues = ["binance", "kraken"]
quote = "USDT"
rules = [{ kind = "change", at_least = "5%" }]
[[screens]]
id = "calm"
venues = ["binance"]
symbols = ["SOL/USDT"]
rules = [{ kind = "change", at_least = "0.5%" }]
"""


class Shell:
    """Somebody in an empty folder, and two venues."""

    def __init__(self) -> None:
        self.binance, self.kraken = Place("binance"), Place("kraken")
        self.asked: list[list[str]] = []
        self.feeds: list[MarketFeed] = []
        self.binance.has("AVAX/USDT", change_24h="0.052")
        self.binance.has("SOL/USDT", change_24h="0.01", last="151.20")
        self.kraken.has("AVAX/USDT", change_24h="-0.4")
        self.kraken.has("AVAX/EUR", change_24h="-0.4")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["screen", *arguments])

    def open(self, accesses: Sequence[SourceAccess], tell: Tell) -> MarketFeed:
        self.asked.append([access.venue for access in accesses])
        self.feeds.append(feed_of(self.binance, self.kraken, clock=now_utc))
        return self.feeds[-1]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    made = Shell()

    async def load_feed() -> object:
        return made.open

    monkeypatch.setattr(screen_looks, "load_feed", load_feed)
    monkeypatch.setenv("QUARTERMASTER_PRICES__VENUES", "binance,kraken")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def configured(shell: Shell, config: Path) -> Shell:
    config.write_text(config.read_text() + SCREENS)
    return shell


def rows(result: Result) -> list[list[str]]:
    """The cells of the table's rows."""
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    return [[cell.strip() for cell in line if cell.strip()] for line in lines if line[0] in ("binance", "kraken")]


def test_it_needs_no_configuration(shell: Shell) -> None:
    result = shell.run(*MOVES, *TRADED)
    assert (result.exit_code, result.stderr) == (0, "")
    assert rows(result) == [
        ["kraken", "AVAX/EUR", "10.5", "-40 % in 24 h", "12.3 M EUR in 24 h"],
        ["kraken", "AVAX/USDT", "10.5", "-40 % in 24 h", "12.3 M USDT in 24 h"],
        ["binance", "AVAX/USDT", "10.5", "+5.2 % in 24 h", "12.3 M USDT in 24 h"],
    ]
    assert "binance: 1 of 2 markets match, in 0.0 s" in result.stdout
    assert shell.feeds[0].is_closed


def test_flags_narrow_what_is_looked_at(shell: Shell) -> None:
    assert rows(shell.run(*MOVES, "--quote", "eur"))[0][:2] == ["kraken", "AVAX/EUR"]
    assert [row[0] for row in rows(shell.run(*MOVES, "--venue", "binance"))] == ["binance"]
    result = shell.run("--rule", "change:at_least=0.5%", "--symbol", "sol-usdt", "--venue", "binance")
    assert [row[1] for row in rows(result)] == ["SOL/USDT"]
    assert shell.asked == [["binance", "kraken"], ["binance"], ["binance"]]


def test_nothing_that_matches_is_no_failure(shell: Shell) -> None:
    result = shell.run("--rule", "change:at_least=90%")
    assert (result.exit_code, rows(result)) == (0, [])
    assert "kraken: 0 of 2 markets match" in result.stdout


def test_a_venue_that_is_down_is_one_line_and_the_rest_is_shown(shell: Shell) -> None:
    shell.kraken.down = SourceStatus.TIMED_OUT
    result = shell.run(*MOVES)
    assert (result.exit_code, result.stderr) == (1, "quartermaster: kraken: TIMED_OUT: as told\n")
    assert [row[0] for row in rows(result)] == ["binance"]


def test_a_symbol_that_is_not_traded_is_one_line_and_the_rest_is_shown(shell: Shell) -> None:
    result = shell.run(*MOVES, "--symbol", "AVAX/USDT,NOPE/USDT", "--venue", "binance")
    assert (result.exit_code, result.stderr) == (1, "quartermaster: binance: does not trade NOPE/USDT\n")
    assert [row[1] for row in rows(result)] == ["AVAX/USDT"]


def test_what_cannot_be_judged_is_counted_by_its_reason(shell: Shell) -> None:
    for number in range(5):
        shell.binance.has(f"C{number}/USDT", volume_24h=None)
    shell.binance.has("ODD/USDT", ask=None)
    result = shell.run(*MOVES, *TRADED, "--venue", "binance")
    assert (
        "6 cannot be judged: nothing to judge volume by (C0/USDT, C1/USDT, C2/USDT, and 2 more); "
        "ONE_SIDED: no ask (ODD/USDT)"
    ) in " ".join(result.stdout.split())


def test_the_screens_of_the_configuration_are_looked_at(configured: Shell) -> None:
    result = configured.run()
    assert result.exit_code == 0
    assert [row[:2] for row in rows(result)] == [
        ["kraken", "AVAX/USDT"],
        ["binance", "AVAX/USDT"],
        ["binance", "SOL/USDT"],
    ]
    assert [line.split()[0] for line in result.stdout.splitlines() if "change:" in line] == ["movers", "calm"]


def test_one_screen_can_be_named(configured: Shell) -> None:
    result = configured.run("calm")
    assert [row[1] for row in rows(result)] == ["SOL/USDT"]
    assert configured.asked == [["binance"]]


def test_json_is_what_the_api_tells(configured: Shell) -> None:
    told = json.loads(configured.run("--json").stdout)
    assert [(item["screen"], len(item["matches"])) for item in told["items"]] == [("movers", 2), ("calm", 1)]
    assert told["items"][0]["matches"][1]["findings"] == [
        {"rule": "change", "figure": "0.052", "says": "+5.2 % in 24 h"}
    ]
    assert told["next"] is None


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ((), ['no screens in quartermaster.toml: add [[screens]], or give --rule "change:over=24h,at_least=5%"']),
        (("nope",), ["no screens in quartermaster.toml"]),
        (("movers", *MOVES), ["name screens of the configuration or give --rule, not both"]),
        (
            ("--rule", "chnge:at_least=5%"),
            ["rule 'chnge:at_least=5%': unknown kind of rule 'chnge', the nearest known one is 'change'"],
        ),
        (("--rule", "change"), ["rule 'change': at_least: required"]),
        (
            ("--rule", "change:at_leest=5%"),
            ["rule 'change:at_leest=5%': at_leest: unknown parameter, the nearest known one is 'at_least'"],
        ),
        ((*MOVES, "--venue", "krakan"), ["krakan is no venue that ccxt knows; did you mean kraken?"]),
        ((*MOVES, "--symbol", "AVAXUSDT"), ["AVAXUSDT is not a symbol such as BTC/USDT; did you mean AVAX/USDT?"]),
        ((*MOVES, "--quote", "U$"), ["--quote U$: expected a currency in capitals"]),
        ((*MOVES, "--quote", "EUR", "--symbol", "AVAX/USDT"), ["AVAX/USDT is not in EUR"]),
        (("--rule", "x", "--venue", "y"), ["rule 'x': unknown kind", "y is no venue"]),
        ((*MOVES, "--config", "none.toml"), ["none.toml: there is no such file"]),
    ],
)
def test_wrong_use_is_a_line_for_each_thing(shell: Shell, arguments: tuple[str, ...], lines: list[str]) -> None:
    result = shell.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    told = result.stderr.splitlines()
    assert len(told) == len(lines)
    for line, expected in zip(told, lines, strict=True):
        assert line.startswith(f"quartermaster: {expected}")
    assert shell.asked == []


def test_the_rest_is_shown_where_a_venue_or_a_symbol_is_wrong(shell: Shell) -> None:
    result = shell.run(*MOVES, "--venue", "krakan,binance", "--symbol", "AVAX/USDT", "--symbol", "AVAX")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "quartermaster: krakan is no venue that ccxt knows; did you mean kraken?",
        "quartermaster: AVAX is not a symbol such as BTC/USDT; did you mean AVAX/USDT?",
    ]
    assert [row[:2] for row in rows(result)] == [["binance", "AVAX/USDT"]]


def test_a_screen_that_is_not_there_names_the_nearest(configured: Shell) -> None:
    result = configured.run("mover")
    assert (result.exit_code, result.stderr) == (
        2,
        "quartermaster: there is no screen mover; did you mean movers?\n",
    )


def test_a_pipe_gets_a_line_for_each_match_and_each_fault_when_it_begins(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, lines = Screen(id="movers", venues=("binance",), rules=(rule_of("change:at_least=5%"),)), Lines()

    async def show() -> None:
        feed = feed_of(shell.binance, clock=now_utc)
        lines.show(Shown([(wanted, [await Eye(feed, Histories(feed, now_utc), now_utc).look(wanted, "binance")])]))

    asyncio.run(show())
    asyncio.run(show())
    assert [line.split("  ")[1:] for line in capsys.readouterr().out.splitlines()] == [
        ["movers", "binance", "AVAX/USDT +5.2 % in 24 h"]
    ]
    shell.binance.down = SourceStatus.TIMED_OUT
    asyncio.run(show())
    asyncio.run(show())
    shell.binance.down = None
    asyncio.run(show())
    assert capsys.readouterr() == ("", "quartermaster: binance: TIMED_OUT: as told\n")
    shell.binance.has("AVAX/USDT", change_24h="0.01")
    asyncio.run(show())
    shell.binance.has("AVAX/USDT", change_24h="0.06")
    asyncio.run(show())
    assert capsys.readouterr().out.endswith("AVAX/USDT +6 % in 24 h\n")
