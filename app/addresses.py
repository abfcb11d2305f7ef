"""Addresses on the network: which a caller has, behind proxies or not, and which ranges a setting means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_IN_BRACKETS = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_FOR = re.compile(r"\s*for\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Preset:
    """Ranges that go by one name in the configuration."""

    name: str
    networks: tuple[Network, ...]

    def __contains__(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def __str__(self) -> str:
        return self.name


Range: TypeAlias = IPv4Network | IPv6Network | Preset

TRADINGVIEW = Preset(
    "tradingview",  # https://www.tradingview.com/support/solutions/43000529348/
    tuple(map(ip_network, ("52.89.214.238", "34.212.75.30", "54.218.53.128", "52.32.178.7"))),
)
LOOPBACK = Preset("loopback", (ip_network("127.0.0.0/8"), ip_network("::1")))
PRESETS = {preset.name: preset for preset in (TRADINGVIEW, LOOPBACK)}


def address_of(text: str) -> Address | None:
    """The address that the text spells, with or without a port; None for anything else.

    An IPv4 address that came mapped into IPv6 is the IPv4 address, and a zone is left out.
    """
    bare = text.strip()
    spelled = _IN_BRACKETS.fullmatch(bare) or _WITH_PORT.fullmatch(bare)
    try:
        found = ip_address(spelled.group(1) if spelled else bare)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or IPv6Address(int(found))
    return found


def is_within(address: Address | None, ranges: Sequence[Range]) -> bool:
    """True where the address is in one of the ranges; no address is in none."""
    return address is not None and any(address in one for one in ranges)


def client_address(peer: str | None, hops: Sequence[str], trusted: Sequence[Range]) -> Address | None:
    """Who asked: the peer, or what trusted proxies say of it, the nearest proxy's word first.

    `hops` are in the order in which proxies added them. None where the last trusted one said nothing readable.
    """
    address = address_of(peer or "")
    for hop in reversed(hops):
        if not is_within(address, trusted):
            break
        address = address_of(hop)
    return address


def forwarded_hops(name: str, values: Sequence[str]) -> list[str]:
    """What a forwarding header says, over all its lines, in order.

    Split at every comma, quoted or not: a quote that a caller opens must not swallow what a proxy adds behind it.
    """
    parts = [part.strip() for part in ",".join(values).split(",")]
    parts = [part for part in parts if part]
    return [_for(part) for part in parts] if name.lower() == "forwarded" else parts


def _for(element: str) -> str:
    """The node in an element of RFC 7239's `Forwarded`, empty where it names none."""
    found = [match.group(1) for match in map(_FOR.fullmatch, element.split(";")) if match]
    return found[0].strip().strip('"') if len(found) == 1 else ""


def counted_as(address: Address | None) -> str:
    """The name a caller is counted under: an IPv6 subscriber has 2^64 addresses and is one caller."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address) if address is not None else "unknown"
