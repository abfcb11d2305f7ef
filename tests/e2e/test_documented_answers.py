"""The examples of docs/http-api.md have the keys that real answers have, each of them and no others."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, Server, running

PAGE = (ROOT / "docs/http-api.md").read_text(encoding="utf-8")
_SHOWN = re.compile(
    r"^### `GET /api/v1/([^`]+)`(?:, `GET /api/v1/([^`]+)`)?\n(?:(?!^###? ).)*?^```json\n(.*?)^```",
    re.MULTILINE | re.DOTALL,
)
_REST = "…"
_OF_ITS_OWN = {"detail", "body", "balances"}
"""What is below these is not the API's but the alert's, the event's or the account's own."""
NOBODY = {"PRICES__EXCHANGES": '[{"id": "binance", "rest_url": "http://127.0.0.1:9"}]'}
EXAMPLES = {second or first: read for first, second, read in _SHOWN.findall(PAGE)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk with a position, a resting order and a denial, and a venue at an address where nobody listens."""
    environment = {"PORTFOLIO__LIMITS__MAX_ORDER_NOTIONAL": "2000", "PRICES__VENUES": "binance", **NOBODY}
    with running(Path(tmp_path_factory.mktemp("answers")), **environment) as server:
        assert server.alert(id="first").status == 202
        assert server.alert(id="resting", order_type="limit", price="60000").status == 202
        assert server.alert(id="large", quantity="1").json["status"] == "denied"
        yield server


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_has_the_keys_of_an_answer(path: str, server: Server) -> None:
    placed = server.get("orders?limit=1000")["items"][-1]["client_order_id"]
    answer = server.get(path.replace("<id>", "first").replace("<client_order_id>", placed))
    shown = json.loads(_completed(EXAMPLES[path]))
    told = shown if "items" in shown or "items" not in answer else {"items": [shown], "next": None}
    assert differences(told, answer, is_part="<id>" in path) == [], "as docs/http-api.md shows it"


def test_the_denial_of_the_front_page_is_one(server: Server) -> None:
    (shown,) = re.findall(
        r"```json\n(\{\n  \"signal_id\".*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    answer = server.alert(quantity="0.05").json
    assert differences(json.loads(shown), answer) == []
    assert [reason | {"value": "3282.5"} for reason in answer["reasons"]] == json.loads(shown)["reasons"]


def _completed(text: str) -> str:
    """The example as JSON: a shortened list is as long as it is shown, a shortened object has a key that says so."""
    shortened = text.replace(f", {_REST}}}", f', "{_REST}": 0}}').replace(f", {_REST}, ", f', "{_REST}": 0, ')
    return shortened.replace(f"{_REST}]", "]").replace(", ]", "]")


def differences(shown: Any, real: Any, where: str = "", *, is_part: bool = False) -> list[str]:
    """Keys on one side only. Of a list the first items are compared; a dict with the ellipsis may have more."""
    if isinstance(shown, list) and isinstance(real, list):
        return differences(shown[0], real[0], f"{where}[]") if shown and real else []
    if not isinstance(shown, Mapping) or not isinstance(real, Mapping):
        return []
    missing = set() if is_part or _REST in shown else set(real) - set(shown)
    found = [f"{where}.{key}" for key in sorted(missing | (set(shown) - set(real) - {_REST}))]
    for key in shown.keys() & real.keys() - _OF_ITS_OWN:
        found += differences(shown[key], real[key], f"{where}.{key}")
    return found


def test_a_key_too_many_or_too_few_is_noticed() -> None:
    assert differences({"a": 1, "b": [{"c": 1}]}, {"a": 1, "b": [{"d": 1}], "e": 1}) == [".e", ".b[].c", ".b[].d"]
