"""A bracket from its first fill to its end, through the front door, with the process killed in between."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from docs.uml.generate import ROOT
from tests.servers import BTC, CONFIGURATION, Server, eventually

PAGE = (ROOT / "docs/how-to/protect-a-position.md").read_text(encoding="utf-8")
BRACKET = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(\{\"symbol\".*?)```", PAGE, re.DOTALL)]
LEGS = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\d.]+) \| (\d+) \|$", PAGE, re.MULTILINE)
FOREIGN = re.findall(r"^\| `(\"[^|]*)` \| ", PAGE, re.MULTILINE)
STRATEGIES = (
    BRACKET.replace("{", "{{").replace("}", "}}").replace("entry_expires_s = 3600", "entry_expires_s = {expires}")
)
HEAD = CONFIGURATION.partition("[[strategies]]")[0]


def serving(folder: Path, *, fill_ratio: str = "0.25", expires_s: int = 3600) -> Server:
    template = HEAD + STRATEGIES.replace("{expires}", str(expires_s))
    return Server(folder, {"ACCOUNTS__MAIN__FILL_RATIO": fill_ratio}, template)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = serving(tmp_path)
    try:
        yield server.start()
    finally:
        server.kill()


def placed(server: Server, **fields: object) -> list[str]:
    answer = server.alert(**fields)
    assert answer.status == 202, answer
    return [order["client_order_id"] for order in answer.json["orders"]]


def quote(server: Server, price: str) -> None:
    assert server.post("quotes", symbol=BTC, bid=price, ask=price).status == 202


def order(server: Server, order_id: str) -> tuple[str, Decimal, Decimal]:
    """Status, quantity and what is filled."""
    known = server.get(f"orders/{order_id}")
    return known["status"], Decimal(known["quantity"]), Decimal(known["filled"])


def filled(server: Server, order_id: str) -> Decimal:
    return order(server, order_id)[2]


def cover(server: Server, legs: list[str], *quantities: str) -> None:
    """The legs rest at the venue, each for so much."""
    expected = [("OPEN", Decimal(quantity)) for quantity in quantities]
    eventually(lambda: [order(server, leg)[:2] for leg in legs] == expected)


def test_a_bracket_follows_its_fills_through_crashes_to_its_end(server: Server) -> None:
    quote(server, "65000")
    entry, *legs = placed(server, order_type="limit", price="64000", quantity="0.04")
    assert [order(server, leg)[0] for leg in legs] == ["PENDING"] * 3
    quote(server, "64000")
    cover(server, legs, "0.01", "0.005", "0.005")
    quote(server, "64000")
    eventually(lambda: filled(server, entry) == Decimal("0.02"), every_s=0.001)
    server.kill()
    server.start()
    cover(server, legs, "0.02", "0.01", "0.01")
    server.kill()
    server.start()
    for expected in ("0.03", "0.04"):
        quote(server, "64000")
        eventually(lambda so_far=Decimal(expected): filled(server, entry) == so_far)
    cover(server, legs, "0.04", "0.02", "0.02")
    stop, near, far = legs
    quote(server, "65300")
    eventually(lambda: order(server, near)[0] == "FILLED")
    cover(server, [stop, far], "0.02", "0.02")
    quote(server, "62700")
    eventually(lambda: order(server, stop)[0] == "FILLED")
    eventually(lambda: not server.rows("SELECT client_order_id FROM orders WHERE live"))
    assert order(server, far)[0] == "CANCELED"
    assert [row for row in server.get("positions")["items"] if row["symbol"] == BTC] == []


def test_an_entry_that_rests_too_long_is_cancelled(tmp_path: Path) -> None:
    server = serving(tmp_path, expires_s=1)
    try:
        server.start()
        quote(server, "65000")
        entry, *legs = placed(server, order_type="limit", price="64000", quantity="0.04")
        eventually(lambda: order(server, entry)[0] == "CANCELED")
        eventually(lambda: {order(server, leg)[0] for leg in legs} == {"EXPIRED_UNSENT"})
        assert [event["kind"] for event in server.get("events?kind=OrderLapsed")["items"]] == ["OrderLapsed"]
    finally:
        server.kill()


def test_what_the_page_shows_is_what_comes_of_it(server: Server) -> None:
    assert LEGS
    for number, example in enumerate(EXAMPLES):
        _, *legs = placed(server, **{**example, "id": f"example-{number}"})
        eventually(lambda legs=legs: {order(server, leg)[0] for leg in legs} == {"OPEN"})
    told = [server.get(f"orders/{leg}") for leg in legs]
    assert [(leg["type"], leg["side"], leg["quantity"], leg["stop_price"]) for leg in told] == LEGS


@pytest.mark.parametrize("fields", FOREIGN)
def test_the_words_of_other_services_are_taken(server: Server, fields: str) -> None:
    told = json.loads("{" + fields.replace("`, `", ", ") + "}")
    assert len(placed(server, **told)) > 1
