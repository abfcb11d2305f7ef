"""An endless, reproducible mix of alerts: every action, with and without ids, market and limit, some too large."""

import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from tests.servers import SECRET

CONFIGURATION = """\
[server]
port = {port}
api_token = "{token}"

[webhook]
secret = "{secret}"
dedup_window_s = 86400

[portfolio.limits]
max_order_notional = "1500"
max_open_orders = 40

[[accounts]]
id = "main"
venue = "paper"
leverage = 5
balances = {{ USDT = "10000" }}

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"]

[[strategies]]
id = "turn"
kind = "reverse"
symbols = ["XRP/USDT:USDT"]
"""
"""A balance that lasts; the window for alerts without an id is longer than any run."""

_MARKETS = {
    "BTC/USDT:USDT": (Decimal(65000), Decimal("0.001"), Decimal("0.1")),
    "ETH/USDT:USDT": (Decimal(3200), Decimal("0.01"), Decimal("0.01")),
    "SOL/USDT:USDT": (Decimal(150), Decimal("0.1"), Decimal("0.01")),
    "XRP/USDT:USDT": (Decimal("2.4"), Decimal(10), Decimal("0.0001")),
}
_ACTIONS = {"buy": 24, "sell": 24, "long": 10, "short": 10, "close": 14, "reverse": 8, "flat": 2, "cancel": 4}
_LIMITABLE = ("buy", "sell", "long", "short", "close")


def alerts(random: Random, sender: int) -> Iterator[bytes]:
    """Bodies that never repeat: what has no id differs in its content."""
    number = 0
    while True:
        number += 1
        yield _alert(random, f"{sender}-{number}")


def _alert(random: Random, name: str) -> bytes:
    symbol = random.choice(list(_MARKETS))
    price, lot, tick = _MARKETS[symbol]
    price = _near(price, random.uniform(-0.005, 0.005), tick)
    action = random.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
    alert = {"secret": SECRET, "symbol": symbol, "action": action}
    alert["id" if random.random() < 0.7 else "comment"] = name
    if action in ("buy", "sell", "long", "short") or random.random() < 0.3:
        alert["quantity"] = str(lot * (random.randint(1, 6) if random.random() < 0.95 else 500))
    if action in _LIMITABLE and random.random() < 0.2:
        alert["order_type"] = "limit"
        away = random.uniform(-0.002, 0.008) * (-1 if action in ("buy", "long") else 1)
        price = _near(price, away, tick)
    alert["price"] = str(price)
    return json.dumps(alert).encode()


def _near(price: Decimal, away: float, tick: Decimal) -> Decimal:
    return (price * (1 + Decimal(away))).quantize(tick)
