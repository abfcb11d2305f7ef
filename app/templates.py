"""Messages to paste into TradingView's alerts, one for each way a strategy can be told what to do."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from app.intake.symbols import SymbolMap
from app.settings import StrategySettings
from portfolio.model.identifiers import Symbol

Message: TypeAlias = dict[str, str]

PLACEHOLDER = "PASTE_YOUR_SECRET"
FIRST_QUANTITY = "1%"
PINE = "strategy"
CLOSE_ONLY, REVERSE, TARGET = "close_only", "reverse", "target"
_SYMBOL = "{{exchange}}:{{ticker}}"
_SIDE = "{{strategy.market_position}}"
_BEFORE = {
    "prev_market_position": "{{strategy.prev_market_position}}",
    "prev_position_size": "{{strategy.prev_market_position_size}}",
}
"""What tells that an alert was missed."""
_SIDES = {"buy": "long", "sell": "short"}
_TAG_BYTES = 2


@dataclass(frozen=True, slots=True)
class Template:
    """`name` is unique within the strategy; `about` says which alert the message is for and what it does."""

    strategy: str
    kind: str
    name: str
    about: str
    message: Message


def templates_for(strategy: StrategySettings, secret: str = PLACEHOLDER) -> list[Template]:
    """A message for a Pine strategy, then those of single alerts. Each has a tag of its own, so that no two alerts that
    fire in the same second have one id."""
    return [
        Template(strategy.id, strategy.kind, name, about, _message(strategy.id, name, secret, says))
        for name, about, says in _made(strategy)
    ]


def _made(strategy: StrategySettings) -> Iterator[tuple[str, str, Message]]:
    yield PINE, *_of_pine_strategy(strategy.kind, has_sizing=strategy.sizing is not None)
    if strategy.kind != CLOSE_ONLY:
        for name in _SIDES:
            yield name, *_of_entry(strategy.kind, name, has_sizing=strategy.sizing is not None)
    yield "close", "an alert that closes what the strategy holds of the symbol", {"action": "close"}


def _message(strategy: str, name: str, secret: str, says: Message) -> Message:
    """The whole message; `timenow` alone would be no id, it counts seconds."""
    parts = [name, secrets.token_hex(_TAG_BYTES), _SYMBOL, "{{interval}}", "{{timenow}}"]
    if name == PINE:
        parts += ["{{strategy.order.id}}", "{{strategy.order.action}}", "{{strategy.position_size}}"]
    known = {"secret": secret, "id": " ".join(parts), "strategy": strategy, "symbol": _SYMBOL}
    return {**known, **says, "price": "{{close}}", "time": "{{timenow}}"}


def _of_pine_strategy(kind: str, *, has_sizing: bool) -> tuple[str, Message]:
    """What it is about, and what it says. A side is where the script is once its order is filled."""
    if kind == TARGET:
        return _of_pine_target(has_sizing=has_sizing)
    if kind == REVERSE and has_sizing:
        return "a Pine strategy: the side it is on, as much as the sizing says", {"action": _SIDE, **_BEFORE}
    if kind == REVERSE:
        about = "a Pine strategy: the side it is on; set `quantity` to what you want"
        return about, {"action": _SIDE, "quantity": FIRST_QUANTITY, **_BEFORE}
    about = "a Pine strategy: each of its orders, with the script's own quantity"
    says = {"action": "{{strategy.order.action}}", "quantity": "{{strategy.order.contracts}}"}
    if kind == CLOSE_ONLY:
        return about, says
    return about, {**says, "market_position": _SIDE, "position_size": "{{strategy.position_size}}", **_BEFORE}


def _of_pine_target(*, has_sizing: bool) -> tuple[str, Message]:
    says = {
        "action": "{{strategy.order.action}}",
        "market_position": _SIDE,
        **_BEFORE,
    }
    if has_sizing:
        return "a Pine strategy: the side it is on, as much as the sizing says", says
    says["position_size"] = "{{strategy.position_size}}"
    return "a Pine strategy: the position it has, to the contract", says


def _of_entry(kind: str, name: str, *, has_sizing: bool) -> tuple[str, Message]:
    action = _SIDES[name] if kind in (TARGET, REVERSE) else name
    if has_sizing:
        return f"an alert that means {name}, as much as the sizing says", {"action": action}
    about = f"an alert that means {name}; set `quantity` to what you want"
    return about, {"action": action, "quantity": FIRST_QUANTITY}


# --- as TradingView would fill them ------------------------------------------------------------------------------


def example_values(symbol: Symbol, names: SymbolMap, now: datetime) -> dict[str, str]:
    """A plausible value of every placeholder that a template has, on a chart of `symbol`."""
    pair, colon, _ = symbol.partition(":")
    ticker = pair.replace("/", "") + (".P" if colon else "")
    return {
        "exchange": "BYBIT",
        "ticker": ticker if names.resolve(f"BYBIT:{ticker}") == symbol else symbol,
        "interval": "60",
        "timenow": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "close": "65000" if symbol.startswith("BTC/") else "100",
        "strategy.order.id": "Long",
        "strategy.order.action": "buy",
        "strategy.order.contracts": "0.01" if symbol.startswith("BTC/") else "1",
        "strategy.position_size": "0.01" if symbol.startswith("BTC/") else "1",
        "strategy.market_position": "long",
        "strategy.prev_market_position": "flat",
        "strategy.prev_market_position_size": "0",
    }


def filled(message: Message, values: Mapping[str, str]) -> Message:
    """The message as it would be sent."""
    sent: Message = {}
    for key, text in message.items():
        for name, value in values.items():
            text = text.replace(f"{{{{{name}}}}}", value)  # noqa: PLW2901
        sent[key] = text
    return sent
