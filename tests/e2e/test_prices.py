"""Prices and discrepancies as a user meets them: processes, real drivers, and venues that misbehave."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, bearer, environment_of, eventually, running
from tests.simulators.public import RemotePublic

VENUES = ("binance", "coinbase", "kraken")
COMMAND_WITHIN_S = 60
NOWHERE = "http://127.0.0.1:9"
TOLD_WITHIN_S = 2.0


@pytest.fixture
def world() -> Iterator[RemotePublic]:
    with RemotePublic(venues=VENUES, coins=4) as world:
        yield world


def configured(world: RemotePublic, *, dead: str = "", **of_venue: Mapping[str, Any]) -> dict[str, str]:
    """The simulated venues as variables of the environment; those that are `dead` are where nobody listens."""
    rows = [
        {
            "id": venue,
            "rest_url": NOWHERE if venue in dead else world.rest_url(venue),
            **({} if venue in dead else {"ws_url": world.ws_url(venue)}),
            **of_venue.get(venue, {}),
        }
        for venue in VENUES
    ]
    return {"PRICES__VENUES": ",".join(VENUES), "PRICES__EXCHANGES": json.dumps(rows)}


def run(folder: Path, environment: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=folder,
        env=environment_of(environment) | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=COMMAND_WITHIN_S,
        check=False,
    )


def rows(result: "subprocess.CompletedProcess[str]") -> dict[str, list[str]]:
    """The words of each venue's row."""
    lines = [line.split() for line in result.stdout.splitlines()[1:]]
    return {words[1]: words[2:] for words in lines if words[1] in VENUES}


def changes(result: "subprocess.CompletedProcess[str]") -> dict[str, tuple[str | None, str | None]]:
    """By venue the change of the first symbol, and where it is from."""
    rows = json.loads(result.stdout)["items"][0]["rows"]
    return {row["venue"]: (row["change_24h"], row["change_source"]) for row in rows}


def requests(world: RemotePublic, venue: str, endpoint: str) -> int:
    """How many the venue has got whose endpoint holds the text."""
    told = world.control("counters", venue=venue)[venue]["endpoints"]
    return sum(count["requests"] for path, count in told.items() if endpoint in path)


def test_every_venue_is_asked_without_a_configuration(world: RemotePublic, tmp_path: Path) -> None:
    world.control("price", venue="kraken", symbol="BTC/USD", bid="64000.1", ask="64000.2")
    result = run(tmp_path, configured(world), "prices", "btc/usd")
    assert (result.returncode, result.stderr) == (0, "")
    told = rows(result)
    assert set(told) == set(VENUES)
    assert told["kraken"][:3] == ["BTC/USD", "64000.1", "64000.2"]
    assert told["binance"][:2] == ["BTC/USDT", "x"]
    assert "net of fees" in result.stdout


def test_the_change_of_24_hours_is_told_by_candles_where_the_ticker_does_not_say_it(
    world: RemotePublic, tmp_path: Path
) -> None:
    """Kraken tells the change since midnight, which is none of 24 hours."""
    for venue in ("coinbase", "kraken"):
        world.control("price", venue=venue, symbol="BTC/USD", bid="64000", ask="64001", last="64000")
        world.control("history", venue=venue, symbol="BTC/USD", change_24h="0.05")
    result = run(tmp_path, configured(world), "prices", "BTC/USD", "--venues", "coinbase,kraken", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    told = changes(result)
    assert (told["coinbase"][1], told["kraken"][1]) == ("TICKER", "CANDLES")
    assert all(0.045 < float(change) < 0.055 for change, _ in told.values())
    assert requests(world, "coinbase", "candles") == 0
    assert requests(world, "kraken", "OHLC") == 1


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html_200", "http_429"])
def test_candles_that_do_not_come_leave_the_change_empty_and_the_price_as_it_is(
    world: RemotePublic, tmp_path: Path, kind: str
) -> None:
    world.control("fault", kind=kind, venue="kraken", endpoint="/0/public/OHLC", times=None)
    environment = {**configured(world), "PRICES__TIMEOUT_S": "4"}
    result = run(tmp_path, environment, "prices", "BTC/USD", "ETH/USD", "--venues", "coinbase,kraken", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert changes(result)["kraken"] == (None, None)
    answer = json.loads(result.stdout)
    assert {venue["venue"]: venue["status"] for venue in answer["venues"]} == {"coinbase": "LIVE", "kraken": "LIVE"}
    assert [row["labels"] for item in answer["items"] for row in item["rows"]] == [[]] * 4


def test_a_venue_that_is_dead_is_a_line_and_no_failure(world: RemotePublic, tmp_path: Path) -> None:
    result = run(tmp_path, configured(world, dead="kraken"), "prices", "BTC/USD")
    assert result.returncode == 0
    assert rows(result)["kraken"][0] == "UNREACHABLE"
    assert rows(result)["coinbase"][0] == "BTC/USD"
    assert [line.partition(":")[2].split()[:2] for line in result.stderr.splitlines()] == [["kraken", "UNREACHABLE:"]]


def test_a_venue_that_is_slow_delays_nobody_and_costs_its_own_time_at_most(world: RemotePublic, tmp_path: Path) -> None:
    world.control("latency", seconds=30, venue="kraken")
    command = [sys.executable, "-u", "-m", "app.cli", "prices", "BTC/USD"]
    environment = environment_of({**configured(world), "PRICES__TIMEOUT_S": "4"})
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        came = [(time.monotonic(), line.split()) for line in process.stdout]
        assert process.wait(10) == 0
    at = {words[1]: moment for moment, words in came if words[1] in VENUES}
    assert at["kraken"] - max(at["binance"], at["coinbase"]) > 2
    assert [words[2] for _, words in came if words[1] == "kraken"] == ["TIMED_OUT"]


def test_all_dead_is_a_failure_and_says_why(world: RemotePublic, tmp_path: Path) -> None:
    result = run(tmp_path, configured(world, dead=",".join(VENUES)), "prices", "BTC/USD")
    assert result.returncode == 1
    *venues, last = result.stderr.splitlines()
    assert [line.split()[1:3] for line in venues] == [[venue, "UNREACHABLE:"] for venue in VENUES]
    assert last == f"quartermaster: BTC/USD has no price now at any of {', '.join(VENUES)}"


def test_what_cannot_be_asked_is_told_and_the_rest_is_shown(world: RemotePublic, tmp_path: Path) -> None:
    environment = configured(world)
    result = run(tmp_path, environment, "prices", "BTC/USD", "BTCUSD", "--venues", "kraken,krakan")
    assert (result.returncode, "kraken" in result.stdout) == (2, True)
    assert result.stderr.splitlines() == [
        "quartermaster: BTCUSD is not a symbol such as BTC/USDT; did you mean BTC/USD?",
        "quartermaster: krakan is no venue that ccxt knows; did you mean kraken?",
    ]
    nowhere = run(tmp_path, environment, "prices", "NOCOIN/USD")
    assert nowhere.returncode == 1
    assert nowhere.stderr == f"quartermaster: NOCOIN/USD is traded at none of {', '.join(VENUES)}\n"


def test_asking_at_once_is_measured_against_the_real_drivers(world: RemotePublic, tmp_path: Path) -> None:
    world.control("latency", seconds=0.5)
    world.control("latency", seconds=0.8, venue="kraken")
    result = run(tmp_path, configured(world), "bench", "prices", "BTC/USD", "--repeat", "1", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert [(item["venue"], item["market"]) for item in told["items"]] == [
        ("binance", "BTC/USDT"), ("coinbase", "BTC/USD"), ("kraken", "BTC/USD"),
    ]  # fmt: skip
    assert all(item["alone_s"] >= 0.5 for item in told["items"])
    assert told["sequential_s"] > told["concurrent_s"] >= 0.8
    assert 1 < told["bound"] < 3


def test_nothing_can_be_measured_where_nobody_answers(world: RemotePublic, tmp_path: Path) -> None:
    result = run(tmp_path, configured(world, dead=",".join(VENUES)), "bench", "prices", "BTC/USD")
    assert (result.returncode, result.stdout) == (1, "")
    *venues, last = result.stderr.splitlines()
    assert [line.split()[1:3] for line in venues] == [[venue, "UNREACHABLE:"] for venue in VENUES]
    assert last == "quartermaster: nothing was answered in full, so there is nothing to compare"


def test_discrepancies_are_weighed_by_the_order_books(world: RemotePublic, tmp_path: Path) -> None:
    world.control("price", venue="coinbase", symbol="BTC/USD", bid="66000", ask="66001")
    world.control("price", venue="kraken", symbol="BTC/USD", bid="64000", ask="64001")
    result = run(
        tmp_path,
        configured(world),
        "discrepancies",
        "BTC/USD",
        "--venues",
        "coinbase,kraken",
        "--size",
        "500",
        "--json",
    )
    assert (result.returncode, result.stderr) == (0, "")
    (pair,) = json.loads(result.stdout)["items"]
    assert (pair["buy"]["venue"], pair["sell"]["venue"]) == ("kraken", "coinbase")
    assert float(pair["at_size"]["net"]) <= float(pair["net"]) < float(pair["gross"])
    assert 0.014 < float(pair["net"]) < 0.016


# --- a server that watches -------------------------------------------------------------------------------------------


def watched(world: RemotePublic) -> dict[str, str]:
    fee = {"taker_fee": "0.1%"}
    return {
        **configured(world, coinbase=fee, kraken=fee),
        "PRICES__VENUES": "coinbase,kraken",
        "PRICES__EXCHANGES": json.dumps(
            [
                {"id": venue, "rest_url": world.rest_url(venue), "ws_url": world.ws_url(venue), **fee}
                for venue in ("coinbase", "kraken")
            ]
        ),
        "PRICES__SYMBOLS": "BTC/USD",
    }


def level(world: RemotePublic, coinbase: int) -> None:
    """Both venues quote; kraken stands at 64,000."""
    world.control("price", venue="kraken", symbol="BTC/USD", bid="64000", ask="64001")
    world.control("price", venue="coinbase", symbol="BTC/USD", bid=str(coinbase), ask=str(coinbase + 1))


def kinds(server: Server) -> list[str]:
    answer = server.request("GET", "/api/v1/discrepancies/history", headers=bearer())
    assert answer.status == 200, answer.raw
    return [event["kind"] for event in reversed(answer.json["items"])]


def is_watching(server: Server) -> bool:
    """Both venues' prices arrive without being asked for."""
    answer = server.request("GET", "/api/v1/prices?max_age_s=3600", headers=bearer())
    return all(row["streamed"] and not row["labels"] for item in answer.json["items"] for row in item["rows"])


def test_a_discrepancy_is_an_event_at_once_and_not_twice_not_even_after_a_restart(
    world: RemotePublic, tmp_path: Path
) -> None:
    level(world, 64010)
    with running(tmp_path, **watched(world)) as server:
        eventually(lambda: is_watching(server), within_s=30, every_s=0.2)
        assert kinds(server) == []
        began = time.monotonic()
        level(world, 66000)
        eventually(lambda: kinds(server) == ["DiscrepancyFound"], within_s=TOLD_WITHIN_S)
        print(f"told after {time.monotonic() - began:.2f} s")
        level(world, 66100)
        time.sleep(2)
        assert kinds(server) == ["DiscrepancyFound"]
        metrics = server.request("GET", "/metrics").raw.decode()
        assert "quartermaster_discrepancies_open 1.0" in metrics
        assert server.stop() == 0
        server.start()
        eventually(lambda: is_watching(server), within_s=30, every_s=0.2)
        time.sleep(2)
        assert kinds(server) == ["DiscrepancyFound"]
        level(world, 64010)
        eventually(lambda: kinds(server) == ["DiscrepancyFound", "DiscrepancyEnded"], within_s=TOLD_WITHIN_S)
        level(world, 66000)
        time.sleep(2)
        assert kinds(server) == ["DiscrepancyFound", "DiscrepancyEnded"]
        told = run(tmp_path, {"SERVER__PORT": str(server.port)}, "discrepancies", "--history")
        assert "buy kraken, sell coinbase" in told.stdout, told


def test_the_command_line_asks_the_server_that_runs(world: RemotePublic, tmp_path: Path) -> None:
    level(world, 64010)
    environment = watched(world)
    with running(tmp_path, **environment) as server:
        eventually(lambda: is_watching(server), within_s=30, every_s=0.2)
        words = ("--config", str(server.configuration))

        def is_told_by_the_stream() -> bool:
            result = run(tmp_path, {**environment, "SERVER__PORT": str(server.port)}, "prices", *words)
            assert (result.returncode, result.stderr) == (0, "")
            return bool(rows(result)["kraken"][-1] == "stream")

        eventually(is_told_by_the_stream, within_s=30, every_s=0.5)
        found = run(tmp_path, {**environment, "SERVER__PORT": str(server.port)}, "discrepancies", *words, "--json")
        assert json.loads(found.stdout)["size"] == "1000"


def test_the_stream_tells_everything_then_what_changes_and_ends_with_the_server(
    world: RemotePublic, tmp_path: Path
) -> None:
    level(world, 64010)
    with running(tmp_path, **watched(world)) as server:
        connection = server.connection(timeout_s=20)
        connection.request("GET", "/api/v1/prices/stream?symbols=BTC/USD&venues=kraken", headers=bearer())
        response = connection.getresponse()
        assert response.getheader("Content-Type") == "text/event-stream"
        told = server_sent(response)
        name, first = next(told)
        assert name == "snapshot"
        assert [item["symbol"] for item in first["items"]] == ["BTC/USD"]
        next(answer for _, answer in told if answer["complete"])
        world.control("price", venue="kraken", symbol="BTC/USD", bid="65432.1", ask="65432.2")
        name, _ = next((name, one) for name, one in told if bid(one) == "65432.1")
        assert name == "change"
        began = time.monotonic()
        assert server.stop() == 0
        assert list(told) == []
        assert time.monotonic() - began < 5


def test_readers_that_have_gone_leave_nothing_behind(world: RemotePublic, tmp_path: Path) -> None:
    level(world, 64010)
    with running(tmp_path, **watched(world)) as server:
        for _ in range(80):
            connection = server.connection()
            connection.request("GET", "/api/v1/prices/stream?symbols=BTC/USD", headers=bearer())
            assert connection.getresponse().status == 200
            connection.close()
            time.sleep(0.02)
        answer = server.request("GET", "/api/v1/prices", headers=bearer())
        assert answer.status == 200


def server_sent(response: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events as they come: their names and what they say."""
    name = ""
    for raw in response:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def bid(answer: Mapping[str, Any]) -> str | None:
    found: list[str] = [row["bid"] for item in answer["items"] for row in item["rows"]]
    return found[0] if found else None
