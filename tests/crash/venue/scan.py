"""Whether anything that must stay secret was written or told anywhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.servers import SECRET, TOKEN, Server, bearer
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

_HEX = re.compile(rb"\b[0-9a-f]{64}\b")
SECRETS = (API_KEY, API_SECRET, SECRET, TOKEN)
ROUTES = (
    *("status", "signals", "orders", "fills", "positions", "account", "limits", "strategies", "events"),
    *("orders/none", "signals/none", "nonsense"),
)


def leaks(server: Server, venue: RemoteBybit) -> list[str]:
    """Each place where a key, a secret or a signature of the wire can be read: files, and what the server answers."""
    signatures = {sign.encode() for sign in venue.control("signatures")["signatures"]}
    assert signatures, "nothing was ever signed"
    said = [*_written(server.folder), *_answered(server)] if server.is_running else _written(server.folder)
    return [f"{where}: {what}" for where, text in said for what in _found(text, signatures)]


def _found(text: bytes, signatures: set[bytes]) -> Iterator[str]:
    yield from (secret[:4] + "…" for secret in SECRETS if secret.encode() in text)
    if signatures & set(_HEX.findall(text)):
        yield "a signature"


def _written(folder: Path) -> Iterable[tuple[str, bytes]]:
    """The database with all that belongs to it, what was logged, and every traceback."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    assert any(path.suffix == ".db" for path in files)
    assert any(path.name == "output.txt" and path.stat().st_size for path in files)
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in files]


def _answered(server: Server) -> Iterator[tuple[str, bytes]]:
    for route in ROUTES:
        path = f"/api/v1/{route}" + ("?limit=1000" if "/" not in route else "")
        yield path, _whole(server, path, bearer())
    for path in ("/metrics", "/openapi.json", "/healthz", "/readyz", "/api/v1/status"):
        yield path, _whole(server, path, {})
    for body in (b"{", b'{"secret": "wrong"}', b"\xff"):
        answer = server.request("POST", "/webhook", body)
        yield "/webhook", answer.raw


def _whole(server: Server, path: str, headers: dict[str, str]) -> bytes:
    answer = server.request("GET", path, headers=headers)
    return repr(answer.headers).encode() + answer.raw
