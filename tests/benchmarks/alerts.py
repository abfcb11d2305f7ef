"""Alerts as the bytes that travel: the same for the desk and for the route that does nothing."""

import json
from dataclasses import dataclass
from itertools import cycle, islice
from secrets import token_hex

SYMBOL = "BTC/USDT:USDT"
_TRADES = (("buy", "65000.1"), ("sell", "65000.2"))


@dataclass(frozen=True, slots=True)
class Alerts:
    """Requests ready to be written to a socket, and the ids in them. Ids are random: the worst case for an index."""

    ids: tuple[str, ...]
    requests: tuple[bytes, ...]


def market_alerts(count: int, secret: str) -> Alerts:
    """Buys and sells in turn, so that the position stays near zero."""
    ids = tuple(token_hex(16) for _ in range(count))
    trades = islice(cycle(_TRADES), count)
    bodies = ({"id": one, "action": action, "price": price} for one, (action, price) in zip(ids, trades, strict=True))
    return Alerts(ids, tuple(_request(body, secret) for body in bodies))


def resting_alerts(count: int, secret: str) -> Alerts:
    """Limit orders that the market does not reach."""
    ids = tuple(token_hex(16) for _ in range(count))
    bodies = ({"id": one, "action": "buy", "price": "64500", "order_type": "limit"} for one in ids)
    return Alerts(ids, tuple(_request(body, secret) for body in bodies))


def _request(body: dict[str, str], secret: str) -> bytes:
    content = json.dumps({"secret": secret, "symbol": SYMBOL, "quantity": "0.001", **body}).encode()
    head = (
        "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
