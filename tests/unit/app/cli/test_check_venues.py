"""`quartermaster check` on accounts at real venues."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.checkup import Trouble, VenueCheckup
from portfolio.model.venue import Condition
from tests.unit.app.cli.conftest import Run
from tests.unit.app.test_checkups import GOOD, FakeVenue
from tests.unit.app.test_settings_venues import KEY, SECRET

Venue = Callable[[VenueCheckup | Trouble], FakeVenue]
PAPER = 'venue = "paper"\nbalances = { USDT = "10000" }\n'
BYBIT = f'venue = "bybit"\napi_key = "{KEY}"\napi_secret = "{SECRET}"\n'


@pytest.fixture
def venue(config: Path, monkeypatch: pytest.MonkeyPatch) -> Venue:
    """The account is at a venue that answers so."""
    config.write_text(config.read_text().replace(PAPER, BYBIT))

    def answering(answer: VenueCheckup | Trouble) -> FakeVenue:
        made = FakeVenue(answer)
        monkeypatch.setattr("app.cli.check.connect_gateway", made.connect)
        return made

    return answering


def test_it_asks_the_venue_and_tells_what_may_be_done_at_most(run: Run, venue: Venue) -> None:
    venue(GOOD)
    result = run("check")
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert shown.startswith("ok ")
    assert "account main bybit (testnet) ✓ reachable, clocks 0.03 s apart" in shown
    assert "At most, in USDT" in shown
    assert "trend 2000 no limit no limit no limit" in shown


def test_offline_it_asks_nobody(run: Run, venue: Venue) -> None:
    asked = venue(GOOD)
    result = run("check", "--offline")
    assert (result.exit_code, asked.asked) == (0, [])
    assert "main bybit (testnet)" in " ".join(result.stdout.split())


def test_a_refusal_is_one_line_and_code_one(run: Run, venue: Venue) -> None:
    venue(Trouble(Condition.KEY_REFUSED, "API key is invalid (10003)"))
    result = run("check")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line == "quartermaster: account main: bybit (testnet): does not accept the key: API key is invalid (10003)"
    assert result.stdout.startswith("not ready ")


def test_its_json_has_facts_warnings_and_faults(run: Run, venue: Venue) -> None:
    venue(GOOD)
    found = json.loads(run("check", "--json").stdout)
    assert (found["ok"], found["venues"][0]["balances"]) == (True, {"USDT": "1000.5", "BTC": "0"})
    assert found["at_most"][0]["order"] == "2000"
    venue(Trouble(Condition.UNREACHABLE, "no answer"))
    refused = json.loads(run("check", "--json").stdout)
    assert (refused["ok"], refused["faults"]) == (
        False,
        ["account main: bybit (testnet): cannot be reached: no answer"],
    )


def test_no_credential_is_shown(run: Run, venue: Venue) -> None:
    venue(Trouble(Condition.KEY_REFUSED, f"{KEY} {SECRET}"))
    output = run("check").output + run("check", "--json").output + run("check", "--offline").output
    assert KEY not in output
    assert SECRET not in output


def test_key_files_that_others_can_read_are_warned_of(run: Run, venue: Venue, config: Path) -> None:
    venue(GOOD)
    secret = config.with_name("secret")
    secret.write_text(SECRET)
    secret.chmod(0o644)
    config.write_text(config.read_text().replace(f'api_secret = "{SECRET}"', 'api_secret_file = "secret"'))
    assert "accounts.main.api_secret_file: " in run("check").stderr
    secret.chmod(0o600)
    assert run("check").stderr == ""


def test_a_closed_venue_is_refused_with_what_to_use_instead(run: Run, venue: Venue, config: Path) -> None:
    asked = venue(GOOD)
    config.write_text(config.read_text().replace('"bybit"', '"bitmex"'))
    result = run("check")
    assert (result.exit_code, asked.asked) == (1, [])
    assert 'bitmex closed on 2026-09-23; use venue = "bybit" instead' in result.stderr
