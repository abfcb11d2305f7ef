"""What a venue says of an account, as a person has to hear it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import checkups
from app.checkups import Findings, check_up_venues
from app.settings import load_settings
from exchange.address import Addresses
from exchange.checkup import KeyRights, Trouble, VenueCheckup
from exchange.connection import VenueAccess
from exchange.errors import VenueError
from portfolio.model.venue import Balance, Condition
from tests.unit.app.test_settings_venues import BYBIT, DESK, KEY, LIVE, SECRET, STRATEGY

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD = VenueCheckup(
    skew_s=0.03,
    key=KeyRights(can_trade=True, can_withdraw=False, read_only=False, expires_at=NOW + timedelta(days=90)),
    hedge_mode=False,
    margin_mode="cross",
    balances=(Balance(currency="USDT", amount=Decimal("1000.50")), Balance(currency="BTC", amount=Decimal(0))),
)


class FakeVenue:
    """Answers as it was told to, and notes what it was asked and that it was closed."""

    def __init__(self, answer: VenueCheckup | Trouble | None) -> None:
        self.answer = answer
        self.asked: list[Any] = []
        self.is_closed = False

    def connect(self, access: VenueAccess, addresses: Addresses) -> "FakeVenue":
        self.asked.append(access)
        return self

    async def check_up(self, symbols: frozenset[str]) -> VenueCheckup | Trouble:
        self.asked.append(symbols)
        if self.answer is None:
            await asyncio.sleep(60)
        assert self.answer is not None
        return self.answer

    async def close(self) -> None:
        self.is_closed = True


def check(folder: Path, answer: VenueCheckup | Trouble | None, account: str = BYBIT) -> Findings:
    path = folder / "quartermaster.toml"
    path.write_text(DESK + account + STRATEGY)
    venue = FakeVenue(answer)
    (found,) = asyncio.run(check_up_venues(load_settings(path, {}), NOW, venue.connect))
    assert venue.asked[1:] == [{"BTC/USDT:USDT"}]
    assert venue.is_closed
    return found


def test_a_sound_account_is_told_by_facts_alone(tmp_path: Path) -> None:
    found = check(tmp_path, GOOD)
    assert (found.account, found.place, found.faults, found.warnings) == ("main", "bybit (testnet)", (), ())
    assert found.facts == (
        "reachable, clocks 0.03 s apart",
        "the key may trade and not withdraw",
        "the key expires on 2027-02-19 12:00 UTC",
        "one-way mode",
        "margin mode cross",
        "every symbol can be traded",
        "balance 1000.5 USDT",
    )
    assert found.balances == {"USDT": Decimal("1000.50"), "BTC": Decimal(0)}


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (KeyRights(can_trade=True, can_withdraw=True), "the key may withdraw: make one"),
        (KeyRights(can_trade=True, read_only=True), "the key is read-only"),
        (KeyRights(can_trade=False, can_withdraw=False), "the key may not trade"),
        (KeyRights(can_trade=True, can_withdraw=False, expires_at=NOW), "the key expired on 2026-11-21 12:00 UTC"),
    ],
)
def test_a_key_that_may_too_much_or_too_little_is_refused(tmp_path: Path, key: KeyRights, fault: str) -> None:
    (told,) = check(tmp_path, replace(GOOD, key=key)).faults
    assert told.startswith(fault)


@pytest.mark.parametrize(
    ("key", "warning"),
    [
        (KeyRights(), "the venue does not tell whether the key may trade or withdraw: look it up there"),
        (KeyRights(can_trade=True), "the venue does not tell whether the key may withdraw: look it up there"),
        (
            KeyRights(can_trade=True, can_withdraw=False, expires_at=NOW + timedelta(days=3)),
            "the key expires on 2026-11-24 12:00 UTC",
        ),
    ],
)
def test_what_is_not_told_or_ends_soon_is_a_warning(tmp_path: Path, key: KeyRights, warning: str) -> None:
    found = check(tmp_path, replace(GOOD, key=key))
    assert (found.faults, found.warnings) == ((), (warning,))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"skew_s": 6.0}, "this machine's clock is 6.0 s behind the venue's: have it set by NTP"),
        ({"skew_s": -3600.0}, "this machine's clock is 3600.0 s ahead of the venue's: have it set by NTP"),
        ({"hedge_mode": True}, "the account is in hedge mode: switch it to one-way mode at the venue"),
        (
            {"missing": {"BTC/USDT:USDT": ("BTC/USDC:USDC", "BTC/USDT")}},
            "has no BTC/USDT:USDT; the nearest it has: BTC/USDC:USDC, BTC/USDT",
        ),
        ({"missing": {"BTC/USDT:USDT": ()}}, "has no BTC/USDT:USDT"),
    ],
)
def test_what_keeps_an_account_from_trading_is_a_fault(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    assert check(tmp_path, replace(GOOD, **changes)).faults == (fault,)


def test_a_margin_mode_that_will_be_changed_is_told(tmp_path: Path) -> None:
    found = check(tmp_path, replace(GOOD, margin_mode="isolated"))
    assert "margin mode isolated; serve sets cross" in found.facts


def test_an_empty_account_and_real_money_are_warned_of(tmp_path: Path) -> None:
    assert check(tmp_path, replace(GOOD, balances=())).warnings == ("the account holds nothing yet",)
    found = check(tmp_path, GOOD, BYBIT + LIVE)
    assert (found.place, found.warnings) == ("bybit (live)", ("this is real money",))


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (Trouble(Condition.UNREACHABLE, "nothing was sent: ConnectionRefusedError"), "cannot be reached: nothing was"),
        (Trouble(Condition.KEY_REFUSED, "API key is invalid (10003)"), "does not accept the key: API key is invalid"),
        (Trouble(Condition.MAINTENANCE, "503"), "is under maintenance: 503"),
        (Trouble(Condition.WORKING, "no such symbol"), "does not work: no such symbol"),
        (Trouble(Condition.CLOSED, "bitmex closed on 2026-09-23"), "bitmex closed on 2026-09-23"),
    ],
)
def test_a_venue_that_does_not_answer_as_it_should_is_one_line(tmp_path: Path, trouble: Trouble, fault: str) -> None:
    (told,) = check(tmp_path, trouble).faults
    assert told.startswith(fault)


def test_a_venue_that_keeps_silent_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkups, "CHECK_WITHIN_S", 0.01)
    assert check(tmp_path, None).faults == ("cannot be reached: no answer within 0.01 s",)


def test_what_a_venue_repeats_of_a_key_is_not_told(tmp_path: Path) -> None:
    trouble = Trouble(Condition.KEY_REFUSED, f"error sign! origin_string[1{KEY}5000 {SECRET}]")
    assert check(tmp_path, trouble).faults == ("does not accept the key: error sign! origin_string[1…5000 …]",)


def test_a_venue_that_closed_is_named_and_nothing_is_sent_there(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(DESK + BYBIT.replace("bybit", "bitmex") + STRATEGY)
    venue = FakeVenue(GOOD)
    (found,) = asyncio.run(check_up_venues(load_settings(path, {}), NOW, venue.connect))
    assert found.faults == ('bitmex closed on 2026-09-23; use venue = "bybit" instead',)
    assert venue.asked == []


def test_a_simulator_of_a_closed_venue_can_be_checked(tmp_path: Path) -> None:
    account = BYBIT.replace("bybit", "bitmex") + 'rest_url = "http://127.0.0.1:9000"\n'
    found = check(tmp_path, GOOD, account)
    assert (found.faults, found.warnings) == ((), ('bitmex closed on 2026-09-23; use venue = "bybit" instead',))


def test_a_venue_that_ccxt_does_not_know_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(DESK + BYBIT + STRATEGY)

    def connect(_: VenueAccess, __: Addresses) -> FakeVenue:
        raise VenueError("ccxt 4.5.90 has no venue bybit")

    (found,) = asyncio.run(check_up_venues(load_settings(path, {}), NOW, connect))
    assert found.faults == ("cannot be reached: ccxt 4.5.90 has no venue bybit",)
