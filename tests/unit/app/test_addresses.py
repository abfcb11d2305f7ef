"""Who asked is found from the peer and from what trusted proxies say, and from nothing else."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.addresses import LOOPBACK, TRADINGVIEW, address_of, client_address, counted_as, forwarded_hops, is_within

PROXIES = (ip_network("10.0.0.0/8"), LOOPBACK)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4 ", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[::1]:99", "::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read_with_or_without_port_and_mapping(text: str, address: str) -> None:
    assert address_of(text) == ip_address(address)


@pytest.mark.parametrize(
    "text",
    ["", "unknown", "_hidden", "1.2.3", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4, 5.6.7.8", "::1:99999x", "[::1", "<local>"],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert address_of(text) is None


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    found = address_of(text)
    assert found is None or ip_address(str(found)) == found


def test_tradingviews_four_addresses_go_by_one_name() -> None:
    assert is_within(ip_address("52.89.214.238"), [TRADINGVIEW])
    assert is_within(ip_address("52.32.178.7"), [TRADINGVIEW])
    assert not is_within(ip_address("52.32.178.8"), [TRADINGVIEW])
    assert not is_within(ip_address("::1"), [TRADINGVIEW])
    assert not is_within(None, [TRADINGVIEW, *PROXIES])


@pytest.mark.parametrize(
    ("peer", "hops", "client"),
    [
        ("1.1.1.1", [], "1.1.1.1"),
        ("1.1.1.1", ["52.89.214.238"], "1.1.1.1"),  # forged: the peer is no proxy of ours
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["2.2.2.2"], "2.2.2.2"),
        ("::ffff:10.0.0.1", ["2.2.2.2"], "2.2.2.2"),
        ("10.0.0.1", ["52.89.214.238", "2.2.2.2"], "2.2.2.2"),  # what the client claimed itself is left of it
        ("127.0.0.1", ["9.9.9.9", "2.2.2.2", "10.0.0.7"], "2.2.2.2"),
        ("127.0.0.1", ["10.0.0.9", "10.0.0.7"], "10.0.0.9"),
        ("127.0.0.1", ["2.2.2.2:443"], "2.2.2.2"),
        ("127.0.0.1", ["[2001:db8::5]:443"], "2001:db8::5"),
        ("127.0.0.1", ["garbage"], None),
        ("127.0.0.1", ["2.2.2.2", "garbage"], None),
        ("127.0.0.1", ["garbage", "2.2.2.2"], "2.2.2.2"),
        (None, ["2.2.2.2"], None),
        ("<local>", [], None),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_no_trusted_proxy(
    peer: str | None, hops: list[str], client: str | None
) -> None:
    assert client_address(peer, hops, PROXIES) == (ip_address(client) if client else None)


def test_every_line_of_the_header_counts() -> None:
    assert forwarded_hops("X-Forwarded-For", ["1.1.1.1, 2.2.2.2", " ,3.3.3.3,"]) == ["1.1.1.1", "2.2.2.2", "3.3.3.3"]


@pytest.mark.parametrize(
    ("value", "hops"),
    [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", ["192.0.2.60"]),
        ('For="[2001:db8:cafe::17]:4711"', ["[2001:db8:cafe::17]:4711"]),
        ("for=1.1.1.1, for=2.2.2.2;proto=https", ["1.1.1.1", "2.2.2.2"]),
        ("proto=https", [""]),
        ("for=1.1.1.1;for=2.2.2.2", [""]),
        ('for="9.9.9.9, for=2.2.2.2', ["9.9.9.9", "2.2.2.2"]),  # an open quote hides nothing behind it
    ],
)
def test_the_standards_header_is_read_too(value: str, hops: list[str]) -> None:
    assert forwarded_hops("Forwarded", [value]) == hops


def test_neighbours_in_one_ipv6_network_are_one_caller() -> None:
    assert counted_as(ip_address("2001:db8::1")) == counted_as(ip_address("2001:db8::ffff"))
    assert counted_as(ip_address("2001:db8::1")) != counted_as(ip_address("2001:db8:0:1::1"))
    assert counted_as(ip_address("1.2.3.4")) == "1.2.3.4"
    assert counted_as(None) == "unknown"
