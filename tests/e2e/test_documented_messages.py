"""The messages for TradingView that the pages show are accepted once TradingView has filled them in."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers import CONFIGURATION, ROOT, SECRET, Server

TEMPLATE = CONFIGURATION.replace('symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]', 'symbols = ["ETH/USDT:USDT"]').replace(
    'id = "other"\nkind = "follow"\naccount = "main"\nsymbols = ["SOL/USDT:USDT"]',
    'id = "trend"\nkind = "target"\naccount = "main"\nsymbols = ["BTC/USDT:USDT"]',
)
MESSAGES = [
    pytest.param(message, id=f"{page}-{number}")
    for page in ("README.md", "docs/tradingview.md")
    for number, message in enumerate(
        re.findall(r"^```json\n(\{[^`]*\{\{[^`]*)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    )
]
FILLED = {
    "exchange": "BYBIT",
    "close": "3000.5",
    "strategy.order.action": "buy",
    "strategy.order.contracts": "0.1",
    "strategy.order.id": "Long",
    "strategy.market_position": "long",
    "strategy.position_size": "0.1",
    "strategy.prev_market_position": "flat",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(Path(tmp_path_factory.mktemp("messages")), template=TEMPLATE)
    try:
        yield server.start()
    finally:
        server.kill()


def filled(message: str) -> bytes:
    """As TradingView sends it: whole seconds, numbers as text where they stand in quotes."""
    ticker = "BTCUSDT.P" if '"trend"' in message else "ETHUSDT.P"
    known = {**FILLED, "ticker": ticker, "timenow": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    text = re.sub(r"\{\{([^}]+)\}\}", lambda found: known[found[1]], message)
    return json.dumps({**json.loads(text), "secret": SECRET}).encode()


def test_there_are_messages() -> None:
    assert len(MESSAGES) >= 3


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_accepted(message: str, server: Server) -> None:
    answer = server.request("POST", "/webhook", filled(message))
    assert (answer.status, answer.json.get("status")) == (202, "accepted"), answer
