"""Accounts at one address share what the venue holds against the address, and nothing else."""

import asyncio
from dataclasses import replace

import pytest

from exchange.address import Address, Addresses
from exchange.bucket import Rate
from exchange.connection import Credential, Environment, VenueAccess
from exchange.errors import Crowded, Throttled
from exchange.limiter import Allowance, Group, Limiter
from tests.unit.exchange.test_limiter import RATES, Time, admitted, clock

__all__ = ["clock"]
ACCESS = VenueAccess(
    account="main",
    venue="bybit",
    environment=Environment.TESTNET,
    api_key=Credential("key"),
    api_secret=Credential("secret"),
)


def two(clock: Time, rate: Rate | None = None, most_errors: int = 100) -> tuple[Limiter, Limiter]:
    address = Address(rate, most_errors, clock)
    return Limiter(RATES, address, clock), Limiter(RATES, address, clock)


async def test_a_ban_told_to_one_account_is_kept_by_all(clock: Time):
    first, second = two(clock)
    first.pause(60, clock.now_s, by_address=True)
    for limiter in (first, second):
        with pytest.raises(Throttled):
            await limiter.admit(Group.QUERY, urgent=True, within_s=5)
    assert await admitted(second, clock, urgent=True) == pytest.approx(60)


async def test_what_one_account_is_told_of_its_own_limits_slows_no_other(clock: Time):
    first, second = two(clock)
    first.pause(60, clock.now_s, by_address=False)
    first.learn(Group.TRADE, Allowance(left=0, reset_in_s=30, per_second=1))
    times = [await admitted(second, clock, urgent=True) for _ in range(5)]
    assert times == [0, 0, 0, 0, 0]


async def test_all_accounts_together_ask_no_more_than_one_address_may(clock: Time):
    accounts = two(clock, Rate(per_second=10, burst=10, reserve=2))
    times = [await admitted(accounts[number % 2], clock, Group.QUERY) for number in range(16)]
    assert times[:8] == [0] * 8
    assert min(times[8:]) >= 1.1


async def test_an_address_keeps_a_reserve_for_what_is_urgent(clock: Time):
    first, second = two(clock, Rate(per_second=10, burst=4, reserve=2))
    for _ in range(2):
        await admitted(first, clock, Group.QUERY)
    with pytest.raises(Crowded):
        await second.admit(Group.QUERY, urgent=False, within_s=0.05)
    assert [await admitted(second, clock, urgent=True) for _ in range(2)] == [0, 0]


async def test_errors_of_all_accounts_count_together(clock: Time):
    first, second = two(clock, most_errors=3)
    for limiter in (first, first, second):
        limiter.count_error()
    with pytest.raises(Throttled):
        await second.admit(Group.QUERY, urgent=False, within_s=5)
    await first.admit(Group.QUERY, urgent=True, within_s=5)


async def test_accounts_that_wait_for_one_address_each_get_their_turn(clock: Time):
    accounts = two(clock, Rate(per_second=1, burst=1))
    left: list[int] = []

    async def ask(number: int) -> None:
        await admitted(accounts[number % 2], clock, Group.QUERY)
        left.append(number)

    await asyncio.gather(*map(ask, range(6)))
    assert sorted(left) == list(range(6))


def test_one_address_is_one_venue_at_one_host():
    addresses = Addresses()
    first = addresses.of(ACCESS, None)
    assert addresses.of(replace(ACCESS, account="second"), None) is first
    assert addresses.of(replace(ACCESS, venue="bitmex"), None) is not first
    assert addresses.of(replace(ACCESS, environment=Environment.LIVE), None) is not first
    elsewhere = addresses.of(replace(ACCESS, rest_url="http://127.0.0.1:9000"), None)
    assert elsewhere is not first
    assert addresses.of(replace(ACCESS, rest_url="http://127.0.0.1:9000/"), None) is elsewhere
