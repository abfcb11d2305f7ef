"""A person at the command line with an account at a venue: the commands against a simulated Bybit."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import BTC, ROOT, Server, environment_of, eventually
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

CONFIGURATION = """\
[server]
port = {{port}}
api_token = "{{token}}"

[webhook]
secret = "{{secret}}"

[portfolio.limits]
max_order_notional = "3000"

[[accounts]]
id = "main"
venue = "bybit"
api_key_file = "bybit.key"
api_secret_file = "bybit.secret"
rest_url = "{rest}"
ws_url = "{ws}"

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT"]
"""


@pytest.fixture(scope="module")
def venue() -> Iterator[RemoteBybit]:
    with RemoteBybit(balances={"USDT": "10000"}, lifetime_s=600) as venue:
        venue.control("price", symbol=BTC, bid="64000", ask="64000.5")
        yield venue


@pytest.fixture(scope="module")
def desk(venue: RemoteBybit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("commands")
    for name, text in (("bybit.key", API_KEY), ("bybit.secret", API_SECRET)):
        (folder / name).write_text(text + "\n")
        (folder / name).chmod(0o600)
    server = Server(folder, template=CONFIGURATION.format(rest=venue.rest_url, ws=venue.ws_url))
    try:
        yield server.start()
    finally:
        server.kill()


def run(desk: Server, *arguments: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    environment = environment_of(desk.environment) | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    configured = [*command, "--config", str(config or desk.configuration)]
    done = subprocess.run(configured, env=environment, capture_output=True, text=True, timeout=60, check=False)
    for secret in (API_KEY, API_SECRET):
        assert secret not in done.stdout + done.stderr
    return done


def told(desk: Server, *arguments: str) -> Any:
    return json.loads(run(desk, *arguments, "--json").stdout)


def test_check_tells_what_the_venue_says(desk: Server) -> None:
    done = run(desk, "check")
    shown = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")
    for fact in ("reachable", "the key may trade and not withdraw", "one-way mode", "balance 10000 USDT"):
        assert f"✓ {fact}" in shown
    assert "At most, in USDT" in shown
    assert told(desk, "check")["at_most"][0]["order"] == "3000"


@pytest.mark.parametrize(
    ("key", "faults"),
    [
        ({"may_withdraw": True, "read_only": True}, ("the key may withdraw", "the key is read-only")),
        ({"expired": True}, ("does not accept the key",)),
    ],
)
def test_check_refuses_a_key_that_is_not_fit(
    desk: Server, venue: RemoteBybit, key: dict[str, bool], faults: tuple[str, ...]
) -> None:
    venue.control("key", **key)
    try:
        done = run(desk, "check")
    finally:
        venue.control("key", **dict.fromkeys(key, False))
    assert done.returncode == 1
    assert [fault for fault in faults if f"account main: bybit (testnet): {fault}" not in done.stderr] == []


def test_check_names_a_symbol_that_is_not_there(desk: Server) -> None:
    other = desk.folder / "other.toml"
    other.write_text(desk.configuration.read_text().replace("BTC/USDT:USDT", "BTC/USDX:USDX"))
    other.chmod(0o600)
    done = run(desk, "check", config=other)
    assert done.returncode == 1
    assert "bybit (testnet): has no BTC/USDX:USDX; the nearest it has: BTC/USDT:USDT" in done.stderr


def test_status_tells_where_the_account_is_and_how_it_works(desk: Server, venue: RemoteBybit) -> None:
    eventually(lambda: desk.get("status")["ready"])
    assert "bybit (testnet) WORKING RECONCILED" in " ".join(run(desk, "status").stdout.split())
    venue.control("maintenance", mode="code")
    try:
        eventually(lambda: desk.get("status")["accounts"][0]["condition"] == "MAINTENANCE", 20)
        shown = " ".join(run(desk, "status").stdout.split())
        done = run(desk, "reconcile")
    finally:
        venue.control("maintenance", mode="off")
    assert "main MAINTENANCE" in shown
    assert (done.returncode, "account main is not settled: " in done.stderr) == (1, True)
    eventually(lambda: desk.get("status")["accounts"][0]["condition"] == "WORKING", 20)


def test_reconcile_books_what_happened_at_the_venue_and_tells_it(desk: Server, venue: RemoteBybit) -> None:
    eventually(lambda: told(desk, "reconcile")["accounts"][0]["settled"])
    venue.control("transfer", coin="USDT", amount="-1000")
    resting = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit"}
    foreign = venue.control("order", **resting, qty="0.03", price="40000")
    (account,) = told(desk, "reconcile")["accounts"]
    assert (account["account"], account["venue"], account["environment"]) == ("main", "bybit", "testnet")
    assert (account["settled"], account["reason"], account["differences"]) == (True, None, [])
    assert [(item["name"], item["amount"]) for item in account["adjusted"]] == [("USDT", "-1000")]
    assert [order["venue_order_id"] for order in account["foreign"]] == [foreign["orderId"]]
    done = run(desk, "reconcile", "--account", "main")
    assert done.returncode == 0
    assert "account main bybit (testnet) settled RECONCILED" in " ".join(done.stdout.split())


def test_where_no_server_runs_the_commands_ask_the_venue_themselves(desk: Server) -> None:
    desk.kill()
    try:
        (account,) = told(desk, "reconcile")["accounts"]
        assert account["settled"]
        assert run(desk, "positions").returncode == 0
    finally:
        desk.start()


def test_an_account_that_moved_to_another_place_is_refused(desk: Server) -> None:
    desk.kill()
    text = desk.configuration.read_text()
    paper = text[: text.index("[[accounts]]")] + '[[accounts]]\nid = "main"\nvenue = "paper"\nbalances = { USDT = 1 }\n'
    try:
        desk.configuration.write_text(paper + text[text.index("[[strategies]]") :])
        done = run(desk, "serve")
        assert done.returncode == 1
        assert "account main is at bybit (testnet) in the database, and at paper in the configuration" in done.stderr
    finally:
        desk.configuration.write_text(text)
        desk.start()
