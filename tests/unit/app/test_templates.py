"""Every message that is printed is taken, once TradingView has filled it, and does what is said of it."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from app.desk import build_desk, symbols_of
from app.intake.body import parse_body
from app.intake.desk import Desk as IntakeDesk
from app.intake.secrets import take_secret
from app.intake.translate import translate
from app.settings import Settings, load_settings
from app.templates import PINE, PLACEHOLDER, Template, example_values, filled, templates_for
from portfolio.model.decision import Decision, Outcome
from portfolio.model.position import Key
from portfolio.model.signal import Signal
from strategies.registry import BUILT_IN
from tests.fakes import BTC, ETH, NOW, Desk

CONFIGURATION = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
[[accounts]]
id = "main"
venue = "paper"
leverage = 5
balances = {{ USDT = "10000" }}
[[strategies]]
id = "mine"
kind = "{kind}"
{own}
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]
{sizing}
"""
SIZING = 'sizing = { quantity = "10", quantity_type = "units" }'
PLACEHOLDERS = {
    *("ticker", "exchange", "close", "interval", "timenow", "strategy.order.action", "strategy.order.contracts"),
    *("strategy.order.id", "strategy.position_size", "strategy.market_position", "strategy.prev_market_position"),
    "strategy.prev_market_position_size",
}
"""Those of TradingView's that are used."""
OWN = {"bracket": 'stop_loss = "2%"'}
KINDS = [(kind, sizing) for kind in BUILT_IN for sizing in ("", SIZING)]
HELD = Key("main", "mine", BTC)


class Step(NamedTuple):
    """An order of a Pine script, and where the script is after it."""

    action: str
    contracts: str
    position: str


SCRIPT = (Step("buy", "2", "2"), Step("buy", "1", "3"), Step("sell", "1", "2"), Step("sell", "4", "-2"))
SCRIPT += (Step("buy", "2", "0"),)


def configured(tmp_path: Path, kind: str, sizing: str) -> Settings:
    path = tmp_path / "quartermaster.toml"
    path.write_text(CONFIGURATION.format(kind=kind, sizing=sizing, own=OWN.get(kind, "")), encoding="utf-8")
    return load_settings(path, {})


def read(settings: Settings, template: Template, values: Mapping[str, str]) -> Signal:
    """What the intake makes of the message as it would arrive."""
    setup, _ = build_desk(settings)
    body = parse_body(json.dumps(filled(template.message, values)).encode())
    presented, clean = take_secret(body)
    assert presented == (PLACEHOLDER,)
    return translate(clean, IntakeDesk(symbols_of(settings, setup), setup))


def example(settings: Settings, symbol: str = BTC) -> dict[str, str]:
    setup, _ = build_desk(settings)
    return example_values(symbol, symbols_of(settings, setup), NOW)


def side(position: str) -> str:
    return "flat" if position == "0" else "short" if position.startswith("-") else "long"


@pytest.mark.parametrize(("kind", "sizing"), KINDS)
@pytest.mark.parametrize("symbol", [BTC, ETH])
def test_every_message_is_taken_once_it_is_filled(tmp_path: Path, kind: str, sizing: str, symbol: str) -> None:
    settings = configured(tmp_path, kind, sizing)
    made = templates_for(settings.strategies[0])
    assert [item.name for item in made] == [PINE, *([] if kind == "close_only" else ["buy", "sell"]), "close"]
    for template in made:
        found = read(settings, template, example(settings, symbol))
        assert (found.family, found.strategy, found.symbol) == ("canonical", "mine", symbol)
        assert found.time == NOW
        assert found.alert_id is not None
        assert "{{" not in found.content


@pytest.mark.parametrize(("kind", "sizing"), KINDS)
def test_a_message_uses_placeholders_that_there_are(tmp_path: Path, kind: str, sizing: str) -> None:
    settings = configured(tmp_path, kind, sizing)
    for template in templates_for(settings.strategies[0]):
        used = set(re.findall(r"\{\{(.+?)\}\}", json.dumps(template.message)))
        assert used <= PLACEHOLDERS
        assert template.name == PINE or not any(name.startswith("strategy.") for name in used)
    assert example(settings).keys() >= PLACEHOLDERS


@pytest.mark.parametrize(
    ("kind", "sizing", "positions"),
    [
        ("follow", "", "2 3 2 -2 0"),
        ("follow", SIZING, "2 3 2 -2 0"),
        ("target", "", "2 3 2 -2 0"),
        ("target", SIZING, "10 10 10 -10 0"),
        ("reverse", "", "1 1 1 -1 0"),
        ("reverse", SIZING, "10 10 10 -10 0"),
        ("close_only", "", "0 0 0 0 0"),
    ],
)
def test_a_pine_strategy_leads_the_position_as_was_said(tmp_path: Path, kind: str, sizing: str, positions: str) -> None:
    """An addition, a part that is closed, a reversal and an exit; at a price of 100 and an equity of 10,000."""
    settings = configured(tmp_path, kind, sizing)
    setup, _ = build_desk(settings)
    desk = Desk(*setup.accounts.values(), *setup.strategies.values())
    template = templates_for(settings.strategies[0])[0]
    held, before = [], "0"
    for step in SCRIPT:
        values = example(settings) | {
            "close": "100",
            "timenow": desk.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "strategy.order.action": step.action,
            "strategy.order.contracts": step.contracts,
            "strategy.position_size": step.position,
            "strategy.market_position": side(step.position),
            "strategy.prev_market_position": side(before),
            "strategy.prev_market_position_size": before.lstrip("-"),
        }
        decision = desk.receive(read(settings, template, values))
        assert isinstance(decision, Decision)
        assert decision.gap is None
        trade_all(desk)
        held.append(f"{desk.position(HELD).quantity.normalize():f}")
        before = step.position
    assert " ".join(held) == positions


def trade_all(desk: Desk) -> None:
    """Everything that can leave is filled, and what waited for it after that."""
    while ready := [order for order in desk.book.live_orders(HELD) if not order.is_waiting]:
        desk.fill(ready[0].client_order_id)


@pytest.mark.parametrize("kind", ["follow", "target", "reverse"])
def test_single_alerts_open_and_close(tmp_path: Path, kind: str) -> None:
    settings = configured(tmp_path, kind, SIZING)
    setup, _ = build_desk(settings)
    desk = Desk(*setup.accounts.values(), *setup.strategies.values())
    made = {item.name: item for item in templates_for(settings.strategies[0])}
    for name, expected in (("buy", "10"), ("close", "0"), ("sell", "-10"), ("close", "0")):
        desk.wait(seconds=1)
        values = example(settings) | {"close": "100", "timenow": desk.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        decision = desk.receive(read(settings, made[name], values))
        assert isinstance(decision, Decision)
        assert decision.status is Outcome.ACCEPTED
        trade_all(desk)
        assert desk.position(HELD).quantity == Decimal(expected)


def test_no_two_alerts_of_a_second_share_an_id(tmp_path: Path) -> None:
    """Of a script: two orders at once lead to two positions. Of single alerts: each message has a tag of its own."""
    settings = configured(tmp_path, "follow", "")
    strategy, values = settings.strategies[0], example(settings)
    printed = [item for _ in range(5) for item in templates_for(strategy)]
    ids = [filled(item.message, values)["id"] for item in printed]
    assert len(set(ids)) == len(printed)
    pine = templates_for(strategy)[0]
    sizes = {filled(pine.message, values | {"strategy.position_size": size})["id"] for size in ("1", "2", "3")}
    assert len(sizes) == 3
    hour_later = example_values(BTC, symbols_of(settings, build_desk(settings)[0]), NOW + timedelta(hours=1))
    assert filled(pine.message, hour_later)["id"] != filled(pine.message, values)["id"]
    assert max(map(len, ids)) < 100


def test_a_secret_that_is_given_is_in_every_message(tmp_path: Path) -> None:
    settings = configured(tmp_path, "follow", "")
    assert {item.message["secret"] for item in templates_for(settings.strategies[0], "s3cret")} == {"s3cret"}
