"""Who may ask: addresses, and the secrets of webhook and API."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeAlias

from quart import Request

from app.intake.secrets import Secret, secret_matches
from app.web.problems import Problem

Network: TypeAlias = IPv4Network | IPv6Network


def client_address(request: Request, trusted: Sequence[Network]) -> str:
    """The address the request came from; behind trusted proxies, the last one in X-Forwarded-For that is not theirs."""
    address = request.remote_addr or ""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while forwarded and is_within(address, trusted):
        address = forwarded.pop()
    return address


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """True where the address is one of the networks'; text that is no address is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)


async def body_of(request: Request) -> bytes:
    """The body as it came. Raises 413 for one above the limit, 408 for one that does not arrive in time."""
    raw = await request.get_data(cache=False)
    return raw if isinstance(raw, bytes) else raw.encode()


def bearer_of(request: Request) -> str | None:
    """The token of `Authorization: Bearer <token>`, None where there is no such header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def require_bearer(request: Request, expected: Sequence[Secret]) -> None:
    """Raises a 401 problem unless the request carries the token."""
    token = bearer_of(request)
    if token is None or not secret_matches(token, expected):
        raise Problem(401, "UNAUTHORIZED", "send the api_token as `Authorization: Bearer <token>`")
