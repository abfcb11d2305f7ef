"""What would be taken: the alerts that are garbled."""

import json
from random import Random
from typing import Any

from tests.servers import BTC, ETH

Made = tuple[bytes, set[int]]
"""A body, and the statuses that it may be refused with."""


def alert(random: Random, **fields: Any) -> dict[str, Any]:
    """What would be taken, but for `fields`; one that is ... is left out."""
    good = {
        "id": f"fuzz-{random.getrandbits(64):x}",
        "symbol": random.choice((BTC, ETH, "BTCUSDT.P", "BYBIT:ETHUSDT.P")),
        "strategy": "follow",
        "action": random.choice(("buy", "sell", "long", "short")),
        "quantity": random.choice(("0.01", 0.02, "1", "3%")),
        "price": random.choice(("65000", 64999.5)),
    }
    if random.random() < 0.3:
        good["comment"] = text(random, random.randrange(1, 200))
    return {name: value for name, value in (good | fields).items() if value is not ...}


def written(random: Random, **fields: Any) -> bytes:
    return json.dumps(alert(random, **fields), ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def good_body(random: Random, **fields: Any) -> bytes:
    return json.dumps(alert(random, **fields)).encode()


def text(random: Random, length: int) -> str:
    ranges = ((32, 126), (160, 0x2FF), (0x4E00, 0x4EFF), (0x1F300, 0x1F5FF), (0x200B, 0x202E))
    return "".join(chr(random.randint(*random.choice(ranges))) for _ in range(length))
