"""Asking a server: where it is, and what is said when what answers is wrong, slow, or something else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.client import ask_server
from app.cli.failure import CommandFailed
from app.cli.request import Request
from app.settings import Settings, load_settings
from tests.unit.app.cli.conftest import TOKEN

STATUS = Request(path="/api/v1/status")


@contextmanager
def listening(port: int, answer: bytes, heard: list[bytes] | None = None) -> Iterator[None]:
    """Something that gives every caller the same bytes; none means that it says nothing until asked to stop."""
    stop = threading.Event()

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                if answer:
                    (heard if heard is not None else []).append(caller.recv(65536))
                    caller.sendall(answer)
                else:
                    stop.wait()

    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def http(status: str, content_type: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


@pytest.fixture
def settings(config: Path) -> Settings:
    return load_settings(config, {})


def said(settings: Settings, request: Request = STATUS) -> str:
    with pytest.raises(CommandFailed) as failed:
        ask_server(settings, request)
    assert failed.value.code == 1
    (line,) = failed.value.lines
    return line


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("::1", "http://[::1]:8080"),
        ("desk.example", "http://desk.example:8080"),
    ],
)
def test_the_address_is_one_that_a_client_can_reach(config: Path, host: str, address: str) -> None:
    environ = {"QUARTERMASTER_SERVER__HOST": host, "QUARTERMASTER_SERVER__PORT": "8080"}
    assert load_settings(config, environ).server.address == address


def test_where_nothing_listens_there_is_no_answer(settings: Settings) -> None:
    assert ask_server(settings, STATUS) is None


def test_the_answer_comes_as_it_was_sent(settings: Settings, port: int) -> None:
    heard: list[bytes] = []
    with listening(port, http("200 OK", "application/json", '{"a":  1}'), heard):
        answer = ask_server(settings, STATUS)
    assert answer is not None
    assert (answer.body, answer.data, answer.is_problem) == (b'{"a":  1}', {"a": 1}, False)
    assert f"Authorization: Bearer {TOKEN}".encode() in heard[0]


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", "text/html", "<html>"),
        http("404 Not Found", "application/json", '{"detail": "Not Found"}'),
        http("200 OK", "application/json", "[1]"),
        http("200 OK", "application/json", "{"),
        http("302 Found", "text/html", ""),
    ],
)
def test_another_program_on_the_port_is_told_apart(settings: Settings, port: int, answer: bytes) -> None:
    with listening(port, answer):
        assert "is not Quartermaster (HTTP " in said(settings)


def test_a_program_that_does_not_speak_http_is_told_apart(settings: Settings, port: int) -> None:
    with listening(port, b"SSH-2.0-OpenSSH_9.6\r\n"):
        assert "is it Quartermaster?" in said(settings)


@pytest.mark.parametrize(("is_alert", "name"), [(False, "api_token"), (True, "webhook secret")])
def test_a_secret_that_is_not_accepted_is_named(settings: Settings, port: int, is_alert: bool, name: str) -> None:
    body = '{"detail": "no", "code": "UNAUTHORIZED", "errors": []}'
    with listening(port, http("401 Unauthorized", "application/problem+json", body)):
        line = said(settings, Request(path="/x", is_alert=is_alert))
    assert line == f"the server at http://127.0.0.1:{port} does not accept this configuration's {name}"


def test_a_server_that_says_nothing_is_not_waited_for(settings: Settings, port: int) -> None:
    with listening(port, b""):
        assert (
            said(settings, Request(path="/x", patience_s=0.2))
            == f"the server at http://127.0.0.1:{port} does not answer in time"
        )


def test_a_host_that_cannot_be_found_is_one_line(config: Path) -> None:
    environ = {"QUARTERMASTER_SERVER__HOST": "no-such-host.invalid"}
    assert said(load_settings(config, environ)).startswith("cannot reach the server at http://no-such-host.invalid:")


def test_the_environment_names_no_proxy_for_it(settings: Settings, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with listening(port, http("200 OK", "application/json", "{}")):
        assert ask_server(settings, STATUS) is not None
