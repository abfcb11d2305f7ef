"""Who asks, as far as the network tells."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from quart import Request, g

from app.addresses import TRADINGVIEW, Address, Range, client_address, counted_as, forwarded_hops, is_within
from app.settings import ServerSettings

MOST_REMEMBERED = 256
_SHARED: tuple[Range, ...] = (TRADINGVIEW,)
"""Anybody's alerts come from there: one person's stale secret must not lock out another's right one."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`address` is None where a trusted proxy did not tell it."""

    address: Address | None
    is_unlimited: bool = False

    @property
    def name(self) -> str:
        return str(self.address) if self.address is not None else "unknown"

    @property
    def counted_as(self) -> str:
        return counted_as(self.address)

    @property
    def may_be_locked_out(self) -> bool:
        return not self.is_unlimited and not is_within(self.address, _SHARED)


class Callers:
    """Finds the client of a request, behind trusted proxies or not; the last ones are remembered."""

    def __init__(self, server: ServerSettings) -> None:
        self._server = server
        self._found = lru_cache(MOST_REMEMBERED)(self._find)

    def of(self, request: Request) -> Caller:
        name = self._server.forwarding_header
        return self._found(peer_of(request), *forwarded_hops(name, request.headers.getlist(name)))

    def _find(self, peer: str | None, *hops: str) -> Caller:
        address = client_address(peer, hops, self._server.trusted_proxies)
        return Caller(address, is_within(address, self._server.unlimited_ips))


def current_caller() -> Caller:
    """The caller of the request that is being served; an unknown one before it has come to the door."""
    return cast(Caller, g.get("caller") or Caller(None))


def peer_of(request: Request) -> str | None:
    """The address at the other end of the connection."""
    client = request.scope.get("client")
    return str(client[0]) if client else None
