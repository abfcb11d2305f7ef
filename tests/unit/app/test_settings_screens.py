"""What [[screens]] may say, and what there is to say where it cannot be."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.settings import ConfigurationError, Settings, load_settings

DESK = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
[[accounts]]
id = "main"
venue = "paper"
balances = { USDT = 1000 }
[[strategies]]
id = "trend"
kind = "follow"
symbols = ["BTC/USDT:USDT"]
"""
MOVERS = '[[screens]]\nid = "movers"\nrules = [{ kind = "change", at_least = "5%" }]\n'


def loaded(folder: Path, text: str, **environment: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text(DESK + text, encoding="utf-8")
    return load_settings(path, {f"QUARTERMASTER_SCREENS__{name}": value for name, value in environment.items()})


def faults_of(folder: Path, text: str, **environment: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text, **environment)
    return caught.value.faults


def test_there_need_be_no_screen(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").screens == ()


def test_a_screen_needs_an_id_and_a_rule(tmp_path: Path) -> None:
    (screen,) = loaded(tmp_path, MOVERS).screens
    assert (screen.venues, screen.quote, screen.symbols) == ((), None, ())
    assert (screen.every_s, screen.again_after_s, screen.max_age_s) == (60, 3600, 60)
    assert screen.rules[0].kind == "change"
    assert screen.rules[0].parameters == {"at_least": "5%"}


def test_screens_from_the_environment_are_merged_by_id(tmp_path: Path) -> None:
    rules = '[{"kind": "volume", "at_least": 1000000}, {"kind": "change", "over": "7d", "at_least": 0.05}]'
    first, second = loaded(
        tmp_path,
        MOVERS,
        MOVERS__QUOTE="EUR",
        MOVERS__EVERY_S="30",
        MOVERS__VENUES="okx,kraken",
        MOVERS__RULES=rules,
        LOWS__RULES='[{"kind": "new_low", "over": "20d"}]',
    ).screens
    assert (first.id, first.quote, first.every_s, first.venues) == ("movers", "EUR", 30, ("okx", "kraken"))
    assert [rule.kind for rule in first.rules] == ["volume", "change"]
    assert first.rules[1].parameters == {"over": "7d", "at_least": Decimal("0.05")}
    assert (second.id, second.rules[0].kind) == ("lows", "new_low")


def test_a_venue_of_a_screen_can_have_an_address_of_its_own(tmp_path: Path) -> None:
    text = f'{MOVERS}venues = ["okx"]\n[prices]\n[[prices.exchanges]]\nid = "okx"\ntimeout_s = 2\n'
    assert loaded(tmp_path, text).prices.exchanges[0].id == "okx"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[screens]]\nid = "a"', 'screens.a.rules: required, such as [{ kind = "change", at_least = "5%" }]'),
        (f"{MOVERS}{MOVERS}", 'screens.movers.id: used twice, got "movers"'),
        (f"{MOVERS}evry_s = 60", "screens.movers.evry_s: unknown key, the nearest known one is screens.movers.every_s"),
        (f"{MOVERS}every_s = 9", "screens.movers.every_s: expected a number of seconds from 10 to 86400, got 9"),
        (
            f'{MOVERS}venues = ["krakan"]',
            'screens.movers.venues.#1: unknown venue, the nearest known one is "kraken", got "krakan"',
        ),
        (f'{MOVERS}venues = ["okx", "okx"]', 'screens.movers.venues.#2: listed twice, got "okx"'),
        (
            f'{MOVERS}symbols = ["AVAXUSDT"]',
            'screens.movers.symbols.#1: not a unified symbol such as "BTC/USDT", got "AVAXUSDT"',
        ),
        (
            f'{MOVERS}quote = "EUR"\nsymbols = ["AVAX/USDT"]',
            'screens.movers.symbols.#1: is not in EUR, the screen\'s quote, got "AVAX/USDT"',
        ),
        (
            '[[screens]]\nid = "a"\nrules = [{ kind = "chnge", at_least = "5%" }]',
            'screens.a.rules.#1.kind: unknown kind, the nearest known one is "change", got "chnge"',
        ),
        ('[[screens]]\nid = "a"\nrules = [{ at_least = "5%" }]', "screens.a.rules.#1.kind: required"),
        (
            '[[screens]]\nid = "a"\nrules = [{ kind = "change", at_least = "5" }]',
            'screens.a.rules.#1.at_least: expected a share above 0 such as "5%" or "0.05", got "5"',
        ),
        (
            '[[screens]]\nid = "a"\nrules = [{ kind = "change", at_least = "5%" }, { kind = "new_low" }]',
            "screens.a.rules.#2.over: required",
        ),
        (
            '[[screens]]\nid = "a"\nrules = [{ kind = "spread" }]',
            "screens.a.rules.#1: at_most or at_least is needed",
        ),
    ],
)
def test_what_cannot_be_is_one_line_that_names_the_key(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == (fault,)


def test_an_unknown_parameter_names_the_nearest(tmp_path: Path) -> None:
    text = '[[screens]]\nid = "a"\nrules = [{ kind = "change", at_leest = "5%" }]'
    assert faults_of(tmp_path, text) == (
        "screens.a.rules.#1.at_leest: unknown key, the nearest known one is screens.a.rules.#1.at_least",
        "screens.a.rules.#1.at_least: required",
    )


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("MOVERS__RULES", "change", "QUARTERMASTER_SCREENS__MOVERS__RULES: expected a JSON list"),
        (
            "MOVERS__RULE",
            "change",
            "QUARTERMASTER_SCREENS__MOVERS__RULE: unknown variable, the nearest known one is "
            "QUARTERMASTER_SCREENS__MOVERS__RULES",
        ),
    ],
)
def test_a_variable_that_sets_no_rule_is_told(tmp_path: Path, variable: str, value: str, fault: str) -> None:
    assert faults_of(tmp_path, MOVERS, **{variable: value}) == (fault,)
