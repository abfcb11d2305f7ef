"""Who asks, as far as the network tells: found once for each request."""

from dataclasses import dataclass
from typing import cast

from quart import Request, g

from app.addresses import TRADINGVIEW, Address, Range, client_address, counted_as, forwarded_hops, is_within
from app.settings import ServerSettings

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


def caller_of(request: Request, server: ServerSettings) -> Caller:
    """The client of the request, behind trusted proxies or not."""
    hops = forwarded_hops(server.forwarding_header, request.headers.getlist(server.forwarding_header))
    address = client_address(peer_of(request), hops, server.trusted_proxies)
    return Caller(address, is_within(address, server.unlimited_ips))


def current_caller() -> Caller:
    """The caller of the request that is being served; an unknown one before it has come to the door."""
    return cast(Caller, g.get("caller") or Caller(None))


def peer_of(request: Request) -> str | None:
    """The address at the other end of the connection."""
    client = request.scope.get("client")
    return str(client[0]) if client else None
