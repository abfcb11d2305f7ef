"""Who is heard: addresses, proxies, guessers, and secrets that change while the server runs."""

import contextlib
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.servers import ROOT, SECRET, TOKEN, Answer, Server, alert_body, bearer, environment_of, eventually, running

TRADINGVIEW = "52.89.214.238"
SOMEBODY = "203.0.113.9"
OTHER = "203.0.113.10"
PROXY = {"SERVER__TRUSTED_PROXIES": "127.0.0.2/32"}
"""The proxy of these tests is 127.0.0.2; whoever comes from 127.0.0.1 is none."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        yield server


def ask(server: Server, body: bytes, headers: Mapping[str, str], source: str = "127.0.0.2") -> Answer:
    """An alert from an address of this machine."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request("POST", "/webhook", body, dict(headers))
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


def through_proxy(server: Server, client: str, secret: str | None = SECRET, **fields: str) -> Answer:
    return ask(server, alert_body(secret, **fields), {"X-Forwarded-For": client})


def test_an_address_that_is_not_allowed_is_refused_before_its_body_is_read(tmp_path: Path):
    with running(tmp_path, WEBHOOK__ALLOWED_IPS="tradingview,10.0.0.0/8") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=2) as caller:
            caller.sendall(b"POST /webhook HTTP/1.1\r\nhost: desk\r\ncontent-length: 60000\r\n\r\n")
            assert caller.recv(4096).startswith(b"HTTP/1.1 403")
        assert {server.alert().code for _ in range(50)} == {"ADDRESS_NOT_ALLOWED"}
        assert server.output.read_text().count("ADDRESS_NOT_ALLOWED") == 1
        assert server.get("status")["state"] == "ACTIVE"


def test_tradingview_is_let_in_through_a_trusted_proxy_and_a_forger_is_not(tmp_path: Path):
    with running(tmp_path, WEBHOOK__ALLOWED_IPS="tradingview", **PROXY) as server:
        assert through_proxy(server, TRADINGVIEW, id="1").status == 202
        assert through_proxy(server, f"{SOMEBODY}, {TRADINGVIEW}", id="2").status == 202
        assert through_proxy(server, f"{TRADINGVIEW}, {SOMEBODY}").status == 403
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "Remote-Addr"):
            forged = {header: f"for={TRADINGVIEW}" if header == "Forwarded" else TRADINGVIEW}
            assert ask(server, alert_body(), forged, source="127.0.0.1").status == 403
            if header != "X-Forwarded-For":
                assert ask(server, alert_body(), forged).status == 403
        assert server.count("signals") == 2


def test_two_clients_behind_one_proxy_are_two(tmp_path: Path):
    with running(tmp_path, WEBHOOK__MAX_REQUESTS_PER_MINUTE="3", **PROXY) as server:
        assert [through_proxy(server, SOMEBODY, id=f"a{n}").status for n in range(4)] == [202, 202, 202, 429]
        assert [through_proxy(server, OTHER, id=f"b{n}").status for n in range(4)] == [202, 202, 202, 429]
        refused = through_proxy(server, SOMEBODY, id="a9")
        assert refused.code == "TOO_MANY_REQUESTS"
        assert 1 <= int(refused.headers["retry-after"]) <= 20


def test_a_guesser_is_locked_out_and_nobody_else_is(tmp_path: Path):
    with running(tmp_path, SERVER__MAX_WRONG_SECRETS="5", **PROXY) as server:
        guesses = [through_proxy(server, SOMEBODY, f"my-guess-{n}").status for n in range(7)]
        assert guesses == [401] * 5 + [429] * 2
        held = through_proxy(server, SOMEBODY, id="right at last")
        assert (held.status, held.code) == (429, "TOO_MANY_REQUESTS")
        assert 800 < int(held.headers["retry-after"]) <= 900
        assert through_proxy(server, OTHER, id="other").status == 202
        assert through_proxy(server, TRADINGVIEW, id="tv").status == 202
        assert server.alert(id="here").status == 202
        said = server.output.read_text()
        assert said.count("locked out after wrong secrets") == 1
        assert SOMEBODY in said
        assert "my-guess" not in said


def test_a_stale_alert_at_tradingview_locks_nobody_out(tmp_path: Path):
    with running(tmp_path, SERVER__MAX_WRONG_SECRETS="3", **PROXY) as server:
        assert {through_proxy(server, TRADINGVIEW, "the-secret-of-last-year").status for _ in range(10)} == {401}
        assert through_proxy(server, TRADINGVIEW, id="mine").status == 202


def test_a_burst_at_the_close_of_a_bar_passes(tmp_path: Path):
    with running(tmp_path, **PROXY) as server:
        assert {through_proxy(server, TRADINGVIEW, id=f"{n}", quantity="0.001").status for n in range(400)} == {202}


def test_a_proxy_that_is_not_trusted_is_told_of_once(server: Server):
    for number in range(3):
        assert ask(server, alert_body(id=f"{number}"), {"X-Forwarded-For": SOMEBODY}).status == 202
    assert server.output.read_text().count("not in server.trusted_proxies") == 1


# --- secrets that change ------------------------------------------------------------------------------------------


def rotate(server: Server, *arguments: str) -> str:
    """What `quartermaster rotate` printed; it must have succeeded."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "rotate", *arguments, "--config", str(server.configuration)],
        cwd=ROOT,
        env=environment_of({}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def written(server: Server) -> dict[str, dict[str, str]]:
    return tomllib.loads(server.configuration.read_text())


def test_the_webhooks_secret_changes_without_a_restart_or_a_lost_alert(server: Server):
    printed = rotate(server, "webhook")
    new = written(server)["webhook"]["secret"]
    assert new != SECRET
    assert new not in printed
    assert SECRET not in printed
    assert stat.S_IMODE(server.configuration.stat().st_mode) == 0o600
    eventually(lambda: server.alert(new, id="new").status in (200, 202))
    assert server.alert(SECRET, id="old").status == 202
    rotate(server, "webhook", "--finish")
    eventually(lambda: server.alert(SECRET, id="old again").status == 401)
    assert server.alert(new, id="new again").status == 202
    said = server.output.read_text()
    assert new not in said
    assert SECRET not in said
    assert "restart" not in said


def test_the_apis_token_changes_and_the_command_line_goes_on(server: Server):
    rotate(server, "api")
    new = written(server)["server"]["api_token"]
    statuses = {token: server.request("GET", "/api/v1/status", headers=bearer(token)).status for token in (new, TOKEN)}
    assert statuses == {new: 200, TOKEN: 200}
    rotate(server, "api", "--now")
    newest = written(server)["server"]["api_token"]
    for token, status in ((newest, 200), (new, 401), (TOKEN, 401)):
        assert server.request("GET", "/api/v1/status", headers=bearer(token)).status == status


def test_a_hangup_has_the_file_read_at_once_and_only_its_secrets_count(server: Server):
    text = server.configuration.read_text()
    server.configuration.write_text(text.replace(SECRET, "another-secret-4711").replace("leverage = 5", "leverage = 1"))
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.alert("another-secret-4711", id="new").status in (200, 202), within_s=0.9)
    assert server.alert(SECRET, id="old").status == 401
    eventually(lambda: "restart to apply the rest" in server.output.read_text())
    assert server.is_running


def test_a_secret_that_counts_no_longer_is_still_masked(server: Server):
    server.configuration.write_text(server.configuration.read_text().replace(SECRET, "another-secret-4711"))
    eventually(lambda: server.alert(SECRET, id="x").status == 401)
    refused = server.alert("another-secret-4711", symbol=SECRET)
    assert refused.status == 422
    assert SECRET not in refused.raw.decode() + server.output.read_text()


def test_a_file_that_is_broken_leaves_the_secrets_as_they_are(server: Server):
    server.configuration.write_text('[webhook]\nsecret = "short"\n')
    eventually(lambda: "not sound" in server.output.read_text())
    assert server.alert(id="still").status == 202
    assert "short" not in server.output.read_text().replace("shorter", "")
