"""Kinds of rules by name, with parameters that are checked before any venue is asked."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest

from portfolio.parameters import ParameterError, parameters_of
from portfolio.plugins import PluginError
from portfolio.prices.screening import registry
from portfolio.prices.screening.change import Change, Direction
from portfolio.prices.screening.registry import RULES, create_rule, rule_of, rule_types, text_of
from portfolio.prices.screening.units import Share, Span


def test_the_built_in_kinds_are_there() -> None:
    assert set(RULES) == {"change", "volume", "spread", "distance", "new_high", "new_low"}


def test_a_rule_is_made_from_a_table_as_from_text() -> None:
    rule = Change(at_least=Share(Decimal("0.05")), over=Span(timedelta(days=7)), direction=Direction.UP)
    assert create_rule("change", {"at_least": "5%", "over": "7d", "direction": "up"}) == rule
    assert create_rule("change", {"at_least": Decimal("0.05"), "over": "1w", "direction": "up"}) == rule
    assert rule_of("change: over = 7d , at_least=5%, direction=up") == rule


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("chnge:at_least=5%", "unknown kind of rule 'chnge', the nearest known one is 'change'"),
        ("change:at_leest=5%", "at_leest: unknown parameter, the nearest known one is 'at_least'; at_least: required"),
        ("change", "at_least: required"),
        ("change:at_least", "expected each parameter once as name=value, got 'at_least'"),
        ("change:at_least=5%,at_least=6%", "expected each parameter once"),
        ("change:at_least=5", 'at_least: expected a share above 0 such as "5%" or "0.05"'),
        ("change:at_least=-5%", "at_least: expected a share above 0"),
        ("change:at_least=NaN", "at_least: expected a share above 0"),
        ("change:at_least=5%,over=24", "over: expected a length of time"),
        ("change:at_least=5%,over=1m", 'from "5m" to "365d"'),
        ("change:at_least=5%,over=366d", 'from "5m" to "365d"'),
        ("change:at_least=5%,direction=sideways", "direction: expected one of up, down, either"),
        ("volume:at_least=many", 'at_least: expected an amount such as "1000000"'),
        ("volume:at_least=0", "at_least: expected an amount above 0"),
        ("volume:at_least=1,currency=usdt", 'currency: expected a currency in capitals such as "USDT"'),
    ],
)
def test_a_rule_that_cannot_be_is_one_line_that_names_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        rule_of(text)
    assert str(caught.value).startswith(f"rule {text!r}: ")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parameter_of_a_table_may_be_a_number() -> None:
    assert create_rule("volume", {"at_least": 1000}) == create_rule("volume", {"at_least": "1000"})
    with pytest.raises(ParameterError, match="expected a number"):
        create_rule("volume", {"at_least": True})


@pytest.mark.parametrize("kind", RULES)
def test_a_kind_is_registered_by_its_own_name(kind: str) -> None:
    assert RULES[kind].kind == kind  # type: ignore[attr-defined]
    assert "kind" not in parameters_of(RULES[kind])


@pytest.mark.parametrize(
    "text",
    [
        "change:at_least=5%,over=7d,direction=up",
        "change:at_least=150%,over=24h,direction=either",
        "volume:at_least=1000000,currency=EUR",
        "volume:at_least=0.5",
        "spread:at_most=0.05%",
        "distance:of=low,at_most=2.5%,over=45m",
        "new_high:over=20d",
    ],
)
def test_a_rule_is_written_as_it_is_read(text: str) -> None:
    assert text_of(rule_of(text)) == text


@dataclass(frozen=True)
class Plugin:
    kind: ClassVar[str] = "mine"
    at_least: Share

    def needs(self) -> None: ...

    def judge(self) -> None: ...


@dataclass(frozen=True)
class Misnamed(Plugin):
    kind: ClassVar[str] = "yours"


@dataclass
class Mute:
    period: int = 1


def install(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint("mine", value, group)])
    monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.attr])


def test_a_plug_in_is_a_kind_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "here:Plugin")
    assert rule_of("mine:at_least=5%") == Plugin(Share(Decimal("0.05")))


def test_a_plug_in_goes_by_the_name_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "here:Misnamed")
    with pytest.raises(PluginError, match="'mine': its class must say `kind: ClassVar"):
        rule_types()


def test_a_plug_in_that_is_no_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "here:Mute")
    with pytest.raises(PluginError, match=r"rule plug-in 'mine' \(here:Mute\) has no method needs and no judge"):
        rule_types()
