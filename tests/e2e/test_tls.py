"""The server speaks TLS by itself, with a certificate that can be renewed, and knows senders by theirs."""

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.certificates import DAY, TRADINGVIEW, Authority, Pair, self_signed
from tests.servers import ROOT, SECRET, Answer, Server, alert_body, bearer, environment_of, eventually

NAME = "desk.example"
FILES = {"SERVER__TLS_CERT": "server.pem", "SERVER__TLS_KEY": "server.key"}


def trusting(authority: Authority, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """A client that asks for desk.example, as an alert's sender does, and may have a certificate of its own."""
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.check_hostname = False
    if client is not None:
        context.load_cert_chain(*client)
    return context


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of `quartermaster` with the server's configuration."""
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments, "--config", str(server.configuration)],
        cwd=ROOT,
        env=environment_of(server.environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def authority() -> Authority:
    return Authority("Server authority")


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[Server]:
    """A server that speaks TLS, ready."""
    authority.server(NAME).write(tmp_path, "server")
    server = Server(tmp_path, FILES, tls=trusting(authority))
    try:
        yield server.start()
    finally:
        server.kill()


def test_alerts_and_questions_go_through_tls(server: Server):
    assert server.alert(id="first").status == 202
    assert server.get("status")["state"] == "ACTIVE"


def test_it_does_not_speak_without_tls_nor_with_an_old_one(server: Server, authority: Authority):
    with pytest.raises(OSError):
        replace(server, tls=None).request("GET", "/healthz")
    old = trusting(authority)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with_warnings(old)
    with pytest.raises(OSError):
        replace(server, tls=old).request("GET", "/healthz")


def with_warnings(context: ssl.SSLContext) -> None:
    """The client speaks TLS 1.1 at most; the standard library warns of that."""
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1


def test_the_command_line_reaches_it_by_its_certificate_whatever_its_name(server: Server):
    done = command(server, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        command(
            server,
            "send",
            "--id",
            "x",
            "--symbol",
            "BTC/USDT:USDT",
            "--action",
            "buy",
            "--quantity",
            "0.01",
            "--price",
            "65000",
        ).returncode
        == 0
    )


def test_check_tells_until_when_the_certificate_is_valid(server: Server):
    done = command(server, "check", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)["tls"]
    assert told["certificate"] == str(server.folder / "server.pem")
    assert datetime.fromisoformat(told["valid_until"]) > datetime.now() + 80 * DAY  # noqa: DTZ005 - a day has no zone


def test_a_stop_does_not_wait_for_clients_that_say_nothing(server: Server, authority: Authority):
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        tls = trusting(authority).wrap_socket(idle, server_hostname=NAME)
        tls.sendall(b"GET /healthz HTTP/1.1\r\nhost: desk\r\n\r\n")
        assert tls.recv(4096).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", server.port)):
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 8


def test_the_command_line_gives_no_secret_to_another_certificate(server: Server, authority: Authority, tmp_path: Path):
    authority.server(NAME).write(tmp_path, "other")
    server.environment = {**FILES, "SERVER__TLS_CERT": "other.pem", "SERVER__TLS_KEY": "other.key"}
    done = command(server, "status")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "shows another certificate than server.tls_cert" in done.stderr


def test_a_renewed_certificate_is_served_and_nobody_is_cut_off(server: Server, tmp_path: Path):
    with contextlib.closing(server.connection()) as open_before:
        open_before.request("GET", "/healthz")
        assert open_before.getresponse().read()
        renewed = Authority("Next authority")
        renewed.server(NAME).write(tmp_path, "server")
        server.tls = trusting(renewed)
        eventually(lambda: server.is_ready)
        open_before.request("POST", "/webhook", alert_body(id="still here"))
        assert open_before.getresponse().status == 202
    assert server.alert(id="after").status == 202


def test_a_broken_renewal_is_told_and_changes_nothing(server: Server, authority: Authority, tmp_path: Path):
    (tmp_path / "server.key").write_bytes(Authority("x").server(NAME).key_pem())
    eventually(lambda: "certificate not renewed" in server.output.read_text())
    assert "server.tls_key" in server.output.read_text()
    assert server.alert(id="still").status == 202
    authority.server(NAME).write(tmp_path, "server")
    eventually(lambda: "certificate renewed" in server.output.read_text())
    assert server.alert(id="again").status == 202


def mismatch(folder: Path) -> None:
    (folder / "server.key").write_bytes(Authority().server(NAME).key_pem())


def encrypt(folder: Path) -> None:
    pair = Authority().server(NAME)
    pair.write(folder, "server")
    (folder / "server.key").write_bytes(pair.key_pem(b"password"))


def expire(folder: Path) -> None:
    now = datetime.now(UTC)
    Authority().server(NAME, begins=now - 9 * DAY, ends=now - DAY).write(folder, "server")


def postpone(folder: Path) -> None:
    now = datetime.now(UTC)
    Authority().server(NAME, begins=now + DAY, ends=now + 9 * DAY).write(folder, "server")


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        (lambda folder: (folder / "server.pem").unlink(), "server.tls_cert", "No such file"),
        (lambda folder: (folder / "server.key").unlink(), "server.tls_key", "No such file"),
        (lambda folder: (folder / "server.pem").write_text("x"), "server.tls_cert", "no PEM certificate"),
        (lambda folder: (folder / "server.key").write_text("x"), "server.tls_key", "no PEM key"),
        (mismatch, "server.tls_key", "is not the key of"),
        (encrypt, "server.tls_key", "is encrypted"),
        (expire, "server.tls_cert", "expired on"),
        (postpone, "server.tls_cert", "is not valid before"),
        (lambda folder: (folder / "clients.pem").write_text("x"), "server.tls_client_ca", "no PEM certificate"),
    ],
)
def test_what_cannot_be_served_is_refused_by_check_and_serve(tmp_path: Path, change, key: str, says: str):
    Authority().server(NAME).write(tmp_path, "server")
    Authority().write(tmp_path, "clients")
    change(tmp_path)
    server = Server(tmp_path, {**FILES, "SERVER__TLS_CLIENT_CA": "clients.pem"})
    server.write_configuration()
    for name in ("check", "serve"):
        done = command(server, name)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done
        assert done.stderr.startswith(f"quartermaster: {key}: ")
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    assert not server.database.exists()


# --- senders known by their certificate ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def senders() -> Authority:
    return Authority("Senders' authority")


@pytest.fixture(scope="module")
def asking(tmp_path_factory, senders: Authority) -> Iterator[Server]:
    """A server that asks its clients for a certificate of that authority."""
    folder, authority = tmp_path_factory.mktemp("asking"), Authority("Server authority")
    authority.server(NAME).write(folder, "server")
    senders.write(folder, "clients")
    server = Server(folder, {**FILES, "SERVER__TLS_CLIENT_CA": "clients.pem"}, tls=trusting(authority))
    try:
        yield server.start()
    finally:
        server.kill()


def alert_as(server: Server, client: Pair, folder: Path, secret: str | None = None, **fields: str) -> Answer:
    """An alert over a connection whose client holds that certificate. Raises OSError where that ends it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*client.write(folder, "sender"))
    return replace(server, tls=context).alert(secret, **fields)


def test_tradingviews_certificate_stands_for_the_secret(asking: Server, senders: Authority, tmp_path: Path):
    assert alert_as(asking, senders.client(TRADINGVIEW), tmp_path, id="tv").status == 202


def test_it_does_so_by_the_older_tls_too(asking: Server, senders: Authority, tmp_path: Path):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*senders.client(TRADINGVIEW).write(tmp_path, "sender"))
    assert replace(asking, tls=context).alert(None, id="tls 1.2").status == 202


def test_it_does_so_over_http_2_too(asking: Server, senders: Authority, tmp_path: Path):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*senders.client(TRADINGVIEW).write(tmp_path, "sender"))
    with httpx.Client(http2=True, verify=context, trust_env=False) as client:
        url = f"https://127.0.0.1:{asking.port}/webhook"
        answers = [client.post(url, content=alert_body(None, id=f"http/2 {number}")) for number in range(2)]
    assert [(answer.status_code, answer.http_version) for answer in answers] == [(202, "HTTP/2")] * 2


def test_the_certificate_opens_the_webhook_alone(asking: Server, senders: Authority, tmp_path: Path):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*senders.client(TRADINGVIEW).write(tmp_path, "sender"))
    known = replace(asking, tls=context)
    assert known.request("GET", "/api/v1/status").status == 401
    assert known.request("GET", "/api/v1/status", headers=bearer()).status == 200


def test_who_has_the_secret_needs_no_certificate(asking: Server):
    assert asking.alert(id="by secret").status == 202
    assert asking.alert(None, id="by nothing").status == 401
    assert command(asking, "status").returncode == 0


def test_a_wrong_secret_is_wrong_whatever_the_certificate(asking: Server, senders: Authority, tmp_path: Path):
    assert alert_as(asking, senders.client(TRADINGVIEW), tmp_path, "stale", id="x").status == 401


@pytest.mark.parametrize(
    "subject",
    [
        {**TRADINGVIEW, "CN": "TradingView Webhook"},
        {**TRADINGVIEW, "CN": "tradingview webhooks"},
        {**TRADINGVIEW, "O": "Somebody else"},
        {"CN": "TradingView Webhooks"},
        {**TRADINGVIEW, "OU": "TradingView Webhooks", "CN": "x"},
    ],
)
def test_another_subject_counts_as_none(asking: Server, senders: Authority, tmp_path: Path, subject: dict[str, str]):
    client = senders.client(subject)
    assert alert_as(asking, client, tmp_path, id="x").status == 401
    assert alert_as(asking, client, tmp_path, SECRET, id=f"{sorted(subject.items())}"[:128]).status == 202


def expired(senders: Authority) -> Pair:
    now = datetime.now(UTC)
    return senders.client(TRADINGVIEW, begins=now - 9 * DAY, ends=now - DAY)


@pytest.mark.parametrize(
    "client",
    [
        lambda senders: self_signed(TRADINGVIEW),
        lambda senders: Authority("Senders' authority").client(TRADINGVIEW),
        expired,
    ],
    ids=["self-signed", "another authority of the same name", "expired"],
)
def test_a_certificate_that_nobody_vouches_for_ends_the_connection_and_the_log_tells(
    asking: Server, senders: Authority, tmp_path: Path, client
):
    before = asking.output.read_text().count("certificate was refused")
    with pytest.raises(OSError):
        alert_as(asking, client(senders), tmp_path, id="nobody")
    eventually(lambda: asking.output.read_text().count("certificate was refused") > before)
    assert asking.rows("SELECT count(*) FROM signals WHERE alert_id = 'nobody'") == [(0,)]


def test_a_certificate_that_expires_counts_no_longer_on_a_connection_that_is_open(
    asking: Server, senders: Authority, tmp_path: Path
):
    client = senders.client(TRADINGVIEW, ends=datetime.now(UTC) + timedelta(seconds=3))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*client.write(tmp_path, "sender"))
    with contextlib.closing(replace(asking, tls=context).connection()) as connection:

        def status(number: int) -> int:
            connection.request("POST", "/webhook", alert_body(None, id=f"expiring {number}"))
            response = connection.getresponse()
            response.read()
            return response.status

        assert status(0) == 202
        eventually(lambda: status(1) == 401, every_s=0.3)


def test_a_header_that_claims_a_certificate_is_nothing(asking: Server):
    claims = {
        "X-Client-Cert": "anything",
        "X-SSL-Client-Verify": "SUCCESS",
        "X-SSL-Client-S-DN": "CN=TradingView Webhooks,O=TradingView\\, Inc.,L=Westerville,ST=Ohio,C=US",
        "Client-Cert": ":MIIB:",
    }
    assert asking.request("POST", "/webhook", alert_body(None), claims).status == 401


def test_half_a_handshake_holds_nobody_up(asking: Server):
    with socket.create_connection(("127.0.0.1", asking.port)) as silent:
        silent.sendall(b"\x16\x03\x01")
        assert asking.alert(id="meanwhile").status == 202


def test_another_sender_can_be_named(tmp_path: Path, senders: Authority):
    authority = Authority()
    authority.server(NAME).write(tmp_path, "server")
    senders.write(tmp_path, "clients")
    subject = {"WEBHOOK__CLIENT_SUBJECT__CN": "my relay"}
    server = Server(tmp_path, {**FILES, "SERVER__TLS_CLIENT_CA": "clients.pem", **subject}, tls=trusting(authority))
    try:
        server.start()
        mine = senders.client({"CN": "my relay", "O": "Me"})
        assert alert_as(server, mine, tmp_path, id="mine").status == 202
        assert alert_as(server, senders.client(TRADINGVIEW), tmp_path, id="theirs").status == 401
    finally:
        server.kill()
