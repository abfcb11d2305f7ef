"""Screening real drivers' answers: the command as a process, and a served desk, against simulated venues."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, Server, environment_of, eventually
from tests.simulators.public.remote import RemotePublic

WITHIN_S = 60
VENUES = ("binance", "kraken", "coinbase")
LIQUID = ("--rule", "volume:at_least=1000000")


@pytest.fixture(scope="module")
def world() -> Iterator[RemotePublic]:
    """Prices stand still. AVAX has risen by 12 % in an hour, 20 % in a day and 50 % in a week, at every venue."""
    with RemotePublic(coins=12, seed=3, venues=VENUES) as simulated:
        for venue, symbol in (("binance", "AVAX/USDT"), ("kraken", "AVAX/USD"), ("coinbase", "AVAX/USD")):
            simulated.control(
                "history",
                venue=venue,
                symbol=symbol,
                change_1h="0.12",
                change_24h="0.2",
                change_7d="0.5",
                volume="900000",
            )
        yield simulated


def variables(world: RemotePublic) -> dict[str, str]:
    """Where the venues are."""
    told = {f"PRICES__EXCHANGES__{venue.upper()}__REST_URL": world.rest_url(venue) for venue in VENUES}
    return {**told, "PRICES__VENUES": ",".join(VENUES)}


def screen(world: RemotePublic, folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "screen", *arguments],
        cwd=folder,
        env={**environment_of(variables(world) | more), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def asked(world: RemotePublic) -> list[str]:
    """What was asked of all venues since the counters were reset."""
    return [request["target"] for request in world.control("requests")["requests"]]


def matches(result: "subprocess.CompletedProcess[str]") -> dict[str, list[str]]:
    """What each rule says, by venue and symbol, the strongest first."""
    told = json.loads(result.stdout)
    return {
        f"{match['venue']} {match['symbol']}": [finding["says"] for finding in match["findings"]]
        for item in told["items"]
        for match in item["matches"]
    }


def test_the_day_is_the_venue_s_own(world: RemotePublic, tmp_path: Path) -> None:
    result = screen(
        world, tmp_path, "--rule", "change:over=24h,at_least=15%", *LIQUID, "--venue", "binance,coinbase", "--json"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert {where: says[0] for where, says in matches(result).items()} == {
        "binance AVAX/USDT": "+20 % in 24 h",
        "coinbase AVAX/USD": "+20 % in 24 h",
    }


def test_the_day_is_counted_from_candles_where_the_venue_tells_none(world: RemotePublic, tmp_path: Path) -> None:
    """Kraken tells the change since midnight, which is none of 24 hours."""
    rule = ("--rule", "change:over=24h,at_least=15%")
    result = screen(world, tmp_path, *rule, "--venue", "kraken", "--symbol", "AVAX/USD,BTC/USD", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    ((where, (says,)),) = matches(result).items()
    assert where == "kraken AVAX/USD"
    assert 19 <= float(says.split()[0]) <= 21


def test_an_hour_and_a_week_are_counted_from_candles(world: RemotePublic, tmp_path: Path) -> None:
    result = screen(
        world,
        tmp_path,
        "--rule",
        "change:over=1h,at_least=10%",
        "--rule",
        "change:over=7d,at_least=45%,direction=up",
        "--rule",
        "change:at_least=15%",
        "--venue",
        "binance,coinbase",
        "--json",
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert set(matches(result)) == {"binance AVAX/USDT", "coinbase AVAX/USD"}
    for hour, week, _ in matches(result).values():
        assert hour.endswith("% in 1 h")
        assert 11 <= float(hour.split()[0]) <= 13
        assert week.endswith("% in 7 d")
        assert 45 <= float(week.split()[0]) <= 55


def test_candles_are_asked_for_where_the_cheap_rules_hold(world: RemotePublic, tmp_path: Path) -> None:
    world.control("reset_counters")
    result = screen(
        world, tmp_path, "--rule", "change:over=1h,at_least=10%", "--rule", "change:at_least=15%", "--venue", "binance"
    )
    assert result.returncode == 0, result.stderr
    klines = [target for target in asked(world) if "klines" in target]
    assert len(klines) == 1
    assert "AVAXUSDT" in klines[0]


def test_bids_and_asks_are_asked_for_by_name_where_the_list_has_none(world: RemotePublic, tmp_path: Path) -> None:
    """Coinbase."""
    result = screen(
        world, tmp_path, "--rule", "spread:at_most=1%", "--rule", "change:at_least=15%", "--venue", "coinbase", "--json"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert list(matches(result)) == ["coinbase AVAX/USD"]


def test_a_venue_that_is_down_is_one_line_and_the_rest_is_shown(world: RemotePublic, tmp_path: Path) -> None:
    world.control("down", venue="kraken")
    try:
        result = screen(world, tmp_path, "--rule", "change:at_least=15%")
    finally:
        world.control("down", venue="kraken", is_down=False)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("quartermaster: kraken: UNREACHABLE")
    assert {line.split()[0] for line in result.stdout.splitlines() if "AVAX" in line} == {"binance", "coinbase"}


def test_wrong_use_asks_nobody(world: RemotePublic, tmp_path: Path) -> None:
    world.control("reset_counters")
    result = screen(world, tmp_path, "--rule", "change:at_least=5")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        'quartermaster: rule \'change:at_least=5\': at_least: expected a share above 0 such as "5%" or "0.05"\n'
    )
    assert asked(world) == []


def test_a_served_desk_tells_of_each_match_once_across_a_restart(world: RemotePublic, tmp_path: Path) -> None:
    server = Server(
        tmp_path,
        variables(world)
        | {
            "SCREENS__MOVERS__RULES": '[{"kind": "change", "at_least": "15%"}]',
            "SCREENS__MOVERS__EVERY_S": "10",
            "SCREENS__MOVERS__VENUES": "binance,coinbase",
        },
    )
    server.start()
    try:
        assert sorted(told(server)) == ["binance AVAX/USDT +20 % in 24 h", "coinbase AVAX/USD +20 % in 24 h"]
        assert server.stop() == 0
        server.start()
        eventually(lambda: len(looks(server)) == 2, WITHIN_S)
        assert len(told(server)) == 2
        listed = screen(world, tmp_path, "--json", "--config", str(server.configuration), **server.environment)
        assert listed.returncode == 0, listed.stderr
        assert set(matches(listed)) == {"binance AVAX/USDT", "coinbase AVAX/USD"}
    finally:
        server.kill()


def looks(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("screens?id=movers")["items"][0]["looks"]
    return found


def told(server: Server) -> list[str]:
    """What the events of both venues say, once there are any."""

    def enough() -> list[str] | None:
        events = server.get("events?kind=ScreenMatched")["items"]
        said = [f"{event['detail']['venue']} {event['detail']['says']}" for event in events]
        return said if len(said) >= 2 else None

    found: list[str] = eventually(enough, WITHIN_S)
    return found
