"""A desk at the simulated venue with limits that bite, and an endless, reproducible mix of alerts for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tests.servers import SECRET
from tests.simulators.bybit import API_KEY, API_SECRET

MAX_POSITION = Decimal(700)
MAX_EXPOSURE = Decimal(1800)
CONFIGURATION = """\
[server]
port = {port}
api_token = "{token}"

[webhook]
secret = "{secret}"
dedup_window_s = 86400

[log]
level = "debug"

[[accounts]]
id = "main"
venue = "bybit"
api_key = "{key}"
api_secret = "{api_secret}"
rest_url = "{rest_url}"
ws_url = "{ws_url}"
leverage = 10
reconcile_every_s = {reconcile_every_s}

[accounts.limits]
max_position = "{max_position}"
max_exposure = "{max_exposure}"
max_open_orders = {max_open_orders}
max_quote_age_s = 5

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "XRP/USDT:USDT"]

[[strategies]]
id = "swing"
kind = "follow"
symbols = ["LTC/USDT:USDT"]

[[strategies]]
id = "turn"
kind = "reverse"
symbols = ["BTC/USD:BTC"]
"""


def configuration(
    *,
    port: int,
    token: str,
    rest_url: str,
    ws_url: str,
    max_position: Decimal = MAX_POSITION,
    max_exposure: Decimal = MAX_EXPOSURE,
    max_open_orders: int = 40,
    reconcile_every_s: int = 5,
) -> str:
    return CONFIGURATION.format(
        port=port,
        token=token,
        secret=SECRET,
        key=API_KEY,
        api_secret=API_SECRET,
        rest_url=rest_url,
        ws_url=ws_url,
        max_position=max_position,
        max_exposure=max_exposure,
        max_open_orders=max_open_orders,
        reconcile_every_s=reconcile_every_s,
    )


@dataclass(frozen=True, slots=True)
class Market:
    """`quantity` is about fifty in the quote currency."""

    centre: Decimal
    tick: Decimal
    quantity: Decimal

    def near(self, away: float) -> Decimal:
        return (self.centre * (1 + Decimal(away))).quantize(self.tick)


MARKETS = {
    "BTC/USDT:USDT": Market(Decimal(65000), Decimal("0.1"), Decimal("0.001")),
    "ETH/USDT:USDT": Market(Decimal(3200), Decimal("0.01"), Decimal("0.02")),
    "SOL/USDT:USDT": Market(Decimal(150), Decimal("0.01"), Decimal("0.3")),
    "XRP/USDT:USDT": Market(Decimal("0.6"), Decimal("0.0001"), Decimal(80)),
    "BTC/USD:BTC": Market(Decimal(65000), Decimal("0.1"), Decimal(50)),
    "LTC/USDT:USDT": Market(Decimal(80), Decimal("0.01"), Decimal("0.6")),
}
BRACKETS = "LTC/USDT:USDT"
"""Traded with stops that are soon reached, so that its entries are often alone and find nothing held."""
_ACTIONS = {"buy": 24, "sell": 24, "long": 8, "short": 8, "close": 14, "reverse": 8, "flat": 3, "cancel": 5}
_ENTRIES = ("buy", "sell", "long", "short")
_RISING = ("buy", "long")
_AWAY = {"market": (0.0005, 0.003), "limit": (0.001, 0.004), "stop": (0.0005, 0.004)}
"""How far protection lies from the centre: prices come there, now and then before the entry does."""


def alerts(random: Random, sender: int) -> Iterator[bytes]:
    """Bodies that never repeat: what has no id differs in its content."""
    number = 0
    while True:
        number += 1
        yield json.dumps(_alert(random, f"{sender}-{number}")).encode()


def _alert(random: Random, name: str) -> dict[str, Any]:
    symbol = random.choice([*MARKETS, BRACKETS])
    market = MARKETS[symbol]
    if symbol == BRACKETS:
        return {"secret": SECRET, "symbol": symbol, "id": name, **_bracket(random, market)}
    action = random.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
    alert = {"secret": SECRET, "symbol": symbol, "action": action}
    alert["id" if random.random() < 0.7 else "comment"] = name
    if action in _ENTRIES or (action != "flat" and random.random() < 0.3):
        alert["quantity"] = str(market.quantity * random.randint(1, 5))
    if action in _ENTRIES:
        alert |= _how(random, market, up=1 if action in _RISING else -1)
    return alert


def _bracket(random: Random, market: Market) -> dict[str, Any]:
    """An entry with a stop near by, which may fill later or in parts, or the end of what came before."""
    if (other := random.random()) < 0.3:
        return {"action": "cancel" if other < 0.1 else "flat"}
    action, away = random.choice(("buy", "sell")), random.uniform(0, 0.0012)
    alert: dict[str, Any] = {"action": action, "quantity": str(market.quantity * random.randint(1, 3))}
    if random.random() < 0.6:
        price = market.near(-away if action == "buy" else away)
        alert |= {"order_type": "limit", "price": str(price)}
    alert["stop_loss"] = f"{random.choice((0.03, 0.06, 0.1, 0.2))}%"
    goals = [f"{random.choice((0.04, 0.08, 0.15))}%" for _ in range(random.choice((0, 1, 1, 2)))]
    if len(goals) == 2:
        alert["take_profits"] = [{"price": goal, "share": "50%"} for goal in goals]
    elif goals:
        alert["take_profit"] = goals[0]
    return alert


def _how(random: Random, market: Market, up: int) -> dict[str, str]:
    """At the market, or at a price that is reached at once, later or not at all; some with protection."""
    kind = random.choices(("market", "limit", "stop"), (60, 28, 12))[0]
    how = {} if kind == "market" else {"order_type": kind}
    if kind == "limit":
        how["price"] = str(market.near(-up * random.uniform(-0.001, 0.003)))
    elif kind == "stop":
        how["stop_price"] = str(market.near(up * random.uniform(0.001, 0.004)))
    if random.random() < 0.3:
        how["stop_loss"] = str(market.near(-up * random.uniform(*_AWAY[kind])))
    if random.random() < 0.12:
        how["take_profit"] = str(market.near(up * random.uniform(*_AWAY[kind])))
    return how
