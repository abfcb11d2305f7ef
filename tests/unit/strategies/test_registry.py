"""Kinds of strategies by name, with parameters that are checked before anything trades."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from portfolio.model.intent import Wishes
from portfolio.model.order import Order
from portfolio.model.signal import Signal
from portfolio.parameters import ParameterError
from portfolio.ports import Strategy, View
from strategies import registry
from strategies.follow import Follow
from strategies.registry import StrategyLoadError, build_strategy, create_strategy, strategy_types


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Plugin:
    period: int
    threshold: Decimal = Decimal("0.5")
    eager: bool = False
    colour: Colour = Colour.RED
    note: str | None = None

    def __post_init__(self) -> None:
        if self.period > 100:
            raise ValueError("a period beyond 100 says nothing")

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()


@dataclass
class Mute:
    period: int = 1


NOT_A_CLASS = 5


def install(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.GROUP) for name, value in points]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == registry.GROUP else [])


@pytest.fixture(autouse=True)
def _only_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.attr] if self.module == "here" else _broken())


def _broken() -> None:
    raise RuntimeError("no luck")


def test_the_built_in_kinds_are_there() -> None:
    assert set(strategy_types()) == {"follow", "target", "reverse", "scale_in", "bracket", "close_only"}


@pytest.mark.parametrize("kind", ["follow", "target", "reverse", "scale_in", "close_only"])
def test_each_built_in_kind_can_be_made_without_parameters(kind: str) -> None:
    assert isinstance(create_strategy(kind, {}), Strategy)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="nearest known one is 'follow'"):
        create_strategy("folow", {})


def test_a_plug_in_is_a_kind_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("mine", "here:Plugin"))
    assert create_strategy("mine", {"period": 3}) == Plugin(3)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("follow", "here:Plugin", "a built-in strategy has this name"),
        ("mine", "elsewhere:Plugin", "RuntimeError: no luck"),
        ("mine", "here:NOT_A_CLASS", "is no dataclass"),
        ("mine", "here:Mute", "no method on_signal"),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    install(monkeypatch, (name, value))
    with pytest.raises(StrategyLoadError, match=why) as caught:
        strategy_types()
    assert f"{name!r} ({value})" in str(caught.value)


def test_two_plug_ins_cannot_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("mine", "here:Plugin"), ("mine", "here:Plugin"))
    with pytest.raises(StrategyLoadError, match="another plug-in"):
        strategy_types()


def test_parameters_become_what_the_fields_declare() -> None:
    given = {"period": "7", "threshold": 1, "eager": "true", "colour": "blue", "note": "x"}
    assert build_strategy(Plugin, given) == Plugin(7, Decimal(1), True, Colour.BLUE, "x")


def test_all_wrong_parameters_are_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        build_strategy(Plugin, {"perod": 1, "threshold": True, "eager": 1, "colour": "green", "note": 5})
    assert caught.value.faults == {
        "perod": "unknown parameter, the nearest known one is 'period'",
        "period": "required",
        "threshold": "expected a number",
        "eager": "expected true or false",
        "colour": "expected one of red, blue",
        "note": "expected text",
    }


@pytest.mark.parametrize("period", [True, "x", Decimal("1.5"), Decimal("NaN"), Decimal("1e99"), [], None])
def test_a_whole_number_is_nothing_else(period: object) -> None:
    with pytest.raises(ParameterError, match="period: expected a whole number"):
        build_strategy(Plugin, {"period": period})


def test_what_the_class_itself_refuses_is_a_fault() -> None:
    with pytest.raises(ParameterError, match="a period beyond 100"):
        build_strategy(Plugin, {"period": 101})


def test_a_kind_without_parameters_takes_none() -> None:
    with pytest.raises(ValueError, match="foo: unknown parameter"):
        build_strategy(Follow, {"foo": 1})
