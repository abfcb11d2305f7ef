"""Addresses of a venue: what carries a key over a network is encrypted."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator

from app.addresses import LOOPBACK, address_of, is_within
from app.settings.values import stated, wrong


def _url(plain: str, encrypted: str) -> Callable[[Any], str]:
    """A reader of an address that begins with one of the two schemes."""

    def read(value: Any) -> str:
        parts = _parts(value)
        if parts is None or parts.scheme not in (plain, encrypted) or not parts.hostname:
            wrong(f'expected an address such as "{encrypted}://example.com" or "{plain}://127.0.0.1:9000"')
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            stated("expected an address without a user, a query or a fragment")
        if parts.scheme == plain and not is_loopback(parts.hostname):
            wrong(f"expected {encrypted}://: {plain}:// is for this machine only")
        return str(value).rstrip("/")

    return read


def _parts(value: Any) -> SplitResult | None:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(str(value))
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    return host == "localhost" or is_within(address_of(host), (LOOPBACK,))


RestUrl = Annotated[str, BeforeValidator(_url("http", "https"))]
StreamUrl = Annotated[str, BeforeValidator(_url("ws", "wss"))]
