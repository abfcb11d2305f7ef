"""Whatever is asked wrongly is answered as a problem, by the same rules on every path."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.create import BODY_WITHIN_S
from tests.desks import desk_in
from tests.servers import SECRET, Answer, Server, bearer, running

PROBLEM = "application/problem+json"
PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/webhook", "/api/v1/orders", "/api/v1/halt")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("problems")) as server:
        yield server


def code_of(answer: Answer) -> str:
    """The code of a problem that has every member it must have."""
    assert answer.headers["content-type"] == PROBLEM, answer
    problem = answer.json
    assert problem.keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert problem["status"] == answer.status
    return str(problem["code"])


@pytest.mark.parametrize("path", ["/", "/x", "/api", "/api/v1", "/api/v1/nothing", "/docs/../x", "//", "/%00"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_unknown_path_is_404(server: Server, method: str, path: str):
    answer = server.request(method, path, headers=bearer())
    assert (answer.status, code_of(answer)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/webhook/", "/healthz/", "/api/v1//orders", "/api/v1/orders/"])
def test_a_path_that_is_nearly_right_is_not_redirected(server: Server, path: str):
    answer = server.request("POST", path, b"{}", bearer())
    assert (answer.status, code_of(answer)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PURGE"])
def test_a_method_that_a_path_does_not_know_is_405(server: Server, method: str, path: str):
    answer = server.request(method, path, headers=bearer())
    assert (answer.status, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert "OPTIONS" in answer.headers["allow"]


@pytest.mark.parametrize("path", PATHS)
def test_options_are_told_without_a_body(server: Server, path: str):
    answer = server.request("OPTIONS", path, headers=bearer())
    assert (answer.status, answer.raw) == (200, b"")
    assert ("POST" if path in ("/webhook", "/api/v1/halt") else "GET") in answer.headers["allow"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/webhook", "/api/v1/halt")])
def test_head_is_get_without_its_body(server: Server, path: str):
    head, got = (server.request(method, path, headers=bearer()) for method in ("HEAD", "GET"))
    assert (head.status, head.raw) == (got.status, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":  # which has changed since
        assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/webhook", f"/webhook/{SECRET}", "/api/v1/halt", "/api/v1/quotes"])
def test_too_much_is_413(server: Server, path: str):
    token = {} if path.startswith("/webhook/") else bearer(SECRET) if path == "/webhook" else bearer()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the end was sent
        answer = server.request("POST", path, b"{" + b" " * 70_000 + b"}", token)
        assert (answer.status, code_of(answer)) == (413, "REQUEST_ENTITY_TOO_LARGE")
    assert server.is_ready


@pytest.mark.parametrize("path", ["/webhook", "/api/v1/halt"])
def test_a_body_that_does_not_come_is_408(server: Server, path: str):
    token = SECRET if path == "/webhook" else bearer()["Authorization"].split()[1]
    head = f"POST {path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", server.port), timeout=BODY_WITHIN_S + 5) as raw:
        raw.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"}"):
            answer += raw.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 408")
    assert PROBLEM.encode() in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "REQUEST_TIMEOUT"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\n\r\n{}",
        b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_is_refused_or_dropped(server: Server, sent: bytes):
    """Below the application there are no problems to tell; 501 is for a transfer coding that nobody has."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw, contextlib.suppress(OSError):
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        answer = raw.recv(10_000)
        assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), answer
    assert server.is_ready


async def test_a_fault_of_the_desk_is_500_and_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with desk_in(tmp_path) as desk:

        def broken(_: object) -> None:
            raise RuntimeError(f"the secret is {SECRET}")

        monkeypatch.setattr("app.web.standing.status_item", broken)
        reply = await desk.ask("GET", "/api/v1/status", headers=bearer())
        assert (reply.status, reply.headers["content-type"]) == (500, PROBLEM)
        assert reply.json["code"] == "INTERNAL_ERROR"
        assert b"secret" not in reply.raw
        assert (await desk.ask("GET", "/healthz")).status == 200
        shown = (await desk.ask("GET", "/metrics")).raw.decode()
        assert 'code="INTERNAL_ERROR",route="api",status="500"' in shown


async def test_a_caller_that_goes_away_leaves_no_trace(server: Server):
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        writer.close()
    assert server.is_ready
    assert server.count("signals") == 0
