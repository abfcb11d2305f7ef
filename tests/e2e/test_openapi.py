"""The OpenAPI description says what the desk does: every route, and every answer as it comes."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from quart import Quart
from quart.json.provider import DefaultJSONProvider

from app.intake.canonical import FIELDS
from app.web.described import Described
from app.web.openapi import RouteNotDescribed, describe
from tests.descriptions import Contract
from tests.desks import Desk, Reply, desk_in
from tests.servers import BTC, ETH, SECRET, alert_body, bearer

SOL = "SOL/USDT:USDT"
NOT_MADE_HERE = {408, 429, 500, 503}
"""A body that comes too late, a fault of the desk, a store that does not work: shown with the real server elsewhere."""
LONG = b'{"comment": "' + b"x" * 70_000 + b'"}'


async def contract_of(desk: Desk) -> Contract:
    return Contract((await desk.ask("GET", "/openapi.json")).json)


class Caller:
    """Asks the desk, and holds each answer against the contract."""

    def __init__(self, desk: Desk, contract: Contract) -> None:
        self._desk, self._contract = desk, contract

    async def ask(self, method: str, path: str, body: object = b"", token: str | None = None) -> Reply:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = bearer() if token is None else bearer(token) if token else {}
        reply = await self._desk.ask(method, path, raw, headers)
        self._contract.check(
            method, path, reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.raw
        )
        return reply

    async def post_to_fed_account(self, path: str, body: object) -> Reply:
        """As if the account took its prices from a venue."""
        accounts = self._desk.service.setup.accounts
        assert isinstance(accounts, dict)
        main = accounts["main"]
        accounts["main"] = replace(main, trusts_signal_price=False, feed="binance")
        try:
            return await self.post(path, body)
        finally:
            accounts["main"] = main

    async def get(self, path: str, **said: str) -> Reply:
        return await self.ask("GET", f"/api/v1/{path}", **said)

    async def post(self, path: str, body: object = b"", **said: str) -> Reply:
        return await self.ask("POST", f"/api/v1/{path}", body, **said)

    async def alert(self, path: str = "/webhook", **fields: object) -> Reply:
        return await self.ask("POST", path, alert_body(SECRET, **fields), token="")

    async def settled(self) -> None:
        await self._desk.settled()


async def test_every_answer_is_as_described_and_every_answer_described_occurs(tmp_path: Path):
    limits = {"PORTFOLIO__LIMITS__MAX_ORDER_NOTIONAL": "2000"}
    rules = '[{"kind": "change", "at_least": "1%"}, {"kind": "spread", "at_most": "1%"}]'
    async with desk_in(tmp_path, **limits, SCREENS__CALM__RULES=rules) as desk:
        contract = await contract_of(desk)
        caller = Caller(desk, contract)
        await trade(caller)
        await be_refused(caller)
        await look(caller)
        await preview(caller)
        await control(caller)
        await read_what_is_open(caller)
        await compare_prices(caller)
        await screen_markets(caller)
        await value_the_wallet(caller)
        desk.service.prices.let_go()
        await caller.get("prices/stream?symbols=BTC/USD")
        desk.service.engine.stop_accepting()
        await caller.ask("GET", "/readyz")
        await caller.alert(id="late")
    (tmp_path / "elsewhere").mkdir()
    async with desk_in(tmp_path / "elsewhere", WEBHOOK__ALLOWED_IPS="203.0.113.7") as desk:
        for path in ("/webhook", "/webhook/x"):
            await Caller(desk, contract).alert(path)
    missing = {
        operation: statuses - contract.seen.get(operation, set()) - NOT_MADE_HERE
        for operation, statuses in contract.told.items()
    }
    assert {operation: statuses for operation, statuses in missing.items() if statuses} == {}


async def trade(caller: Caller) -> None:
    await caller.alert(id="filled")
    await caller.alert(id="filled")
    await caller.alert(id="denied", quantity="5")
    await caller.alert(id="ignored", symbol=SOL, action="close", quantity=None, price="150")
    await caller.alert(id="resting", symbol=ETH, order_type="limit", price="2900", quantity="0.1")
    await caller.alert(id="share", symbol=ETH, quantity="5%", price="3000")
    await caller.settled()
    await caller.alert(id="reverse", action="reverse", price="64000", quantity="0.02")
    await caller.settled()


async def be_refused(caller: Caller) -> None:
    for path in ("/webhook", f"/webhook/{SECRET}"):
        await caller.alert(path, id=f"path {len(path)}")
        await caller.alert(path, id=f"path {len(path)}")
        await caller.alert(path, id=f"path {len(path)}", quantity="0.02")
        await caller.alert(path, id="bye", action="bye")
        await caller.alert(path, id="nobody", strategy="nobody")
        await caller.ask("POST", path, b"{", token="")
        await caller.ask("POST", path, LONG, token="")
        await caller.ask("POST", path + "x" if path != "/webhook" else path, b"{}", token="wrong")


async def look(caller: Caller) -> None:
    trail = (await caller.get("signals/reverse")).json
    await caller.get(f"signals/{trail['signal_id']}")
    await caller.get(f"orders/{trail['orders'][0]['client_order_id']}")
    for path in ("signals", "orders", "fills", "events"):
        first = (await caller.get(f"{path}?limit=2")).json
        await caller.get(f"{path}?limit=1000&before={first['next']}")
        await caller.get(f"{path}?limit=0")
        await caller.get(path, token="wrong")
    for path in ("signals/none", "orders/none"):
        await caller.get(path)
        await caller.get(path, token="wrong")
    for path in ("status", "account", "positions", "limits", "strategies"):
        await caller.get(path)
        await caller.get(path, token="wrong")
    await caller.get("positions?colour=red")
    await caller.ask("GET", "/metrics")
    await caller.ask("GET", "/metrics", token="wrong")


async def compare_prices(caller: Caller) -> None:
    """BTC/USD at one venue has to be converted, and another does not answer."""
    compared = (await caller.get("prices?symbols=BTC/USD,btc-usdt&max_age_s=0")).json
    assert [item["symbol"] for item in compared["items"]] == ["BTC/USD", "BTC/USDT"]
    assert [row["rate"] is None for row in compared["items"][0]["rows"]] == [False, True, True]
    await caller.get("prices")
    (pair,) = (await caller.get("discrepancies?symbols=BTC/USD&size=500")).json["items"]
    assert pair["at_size"]["size"] == "499.925"
    assert len((await caller.get("discrepancies?symbols=BTC/USD&all=true")).json["items"]) == 2
    await caller.get("discrepancies?size=0")
    await caller.get("discrepancies?all=yes")
    await caller.get("discrepancies/history?limit=2&symbol=BTC/USD")
    for path in ("prices", "prices/stream", "discrepancies", "discrepancies/history"):
        await caller.get(path, token="wrong")
        await caller.get(f"{path}?colour=red")


async def screen_markets(caller: Caller) -> None:
    """Two venues answer, and one does not."""
    async with asyncio.timeout(10):
        while len((await caller.get("screens?id=calm")).json["items"][0]["looks"]) < 3:
            await asyncio.sleep(0.005)
    (item,) = (await caller.get("screens")).json["items"]
    assert {match["symbol"] for match in item["matches"]} == {"BTC/USDT", "BTC/USD", "USDT/USD"}
    assert [len(look["faults"]) for look in item["looks"]] == [0, 0, 1]
    await caller.get("screens", token="wrong")
    await caller.get("screens?id=none")


async def value_the_wallet(caller: Caller) -> None:
    for ask, path in ((caller.get, "wallet"), (caller.post, "wallet/snapshots"), (caller.get, "wallet")):
        assert (await ask(path)).json["currency"] == "USDT"
        assert (await ask(f"{path}?currency=USD&account=main")).json["currency"] == "USD"
        await ask(f"{path}?currency=%20")
        await ask(f"{path}?account=nobody")
        await ask(path, token="wrong")
    assert (await caller.get("wallet/snapshots?limit=1")).json["items"][0]["currency"] == "USDT"
    await caller.get("wallet/snapshots?limit=0")
    await caller.get("wallet/snapshots", token="wrong")


async def control(caller: Caller) -> None:
    (resting,) = (await caller.get("orders?status=OPEN")).json["items"]
    cancel = f"orders/{resting['client_order_id']}/cancel"
    await caller.post(cancel)
    await caller.settled()
    await caller.post(cancel)
    await caller.post(cancel, token="wrong")
    await caller.post("orders/none/cancel")
    await caller.post("quotes", {"symbol": ETH, "bid": "2999", "ask": "3001"})
    await caller.post("quotes", {"symbol": ETH, "bid": "3001", "ask": "2999"})
    await caller.post("quotes", {"symbol": "NO/NO:NO", "bid": "1", "ask": "1"})
    await caller.post_to_fed_account("quotes", {"symbol": ETH, "bid": "2999", "ask": "3001"})
    for path in ("halt", "flatten", "resume"):
        await caller.post(path, {"strategy": "other"})
        await caller.post(path)
        await caller.post(path, {"account": "nobody"})
        await caller.post(path, {"colour": "red"})
    for body in (b"", {"account": "main"}, {"account": "nobody"}, {"colour": "red"}):
        await caller.post("reconcile", body)
    for path in ("halt", "flatten", "resume", "quotes", "reconcile"):
        await caller.post(path, b"{")
        await caller.post(path, LONG)
        await caller.post(path, b"{}", token="wrong")
    await caller.settled()
    await caller.get("status")


async def preview(caller: Caller) -> None:
    alerts = [
        alert_body(SECRET, id="previewed"),
        alert_body(None, id="filled"),
        alert_body("wrong", id="filled", quantity="3"),
        alert_body(SECRET, id="denied too", quantity="5"),
        alert_body(SECRET, action="reverse"),
        alert_body(SECRET, action="bye"),
        b"{",
        LONG,
    ]
    for alert in alerts:
        await caller.post("preview", alert)
    await caller.post("preview", b"{}", token="wrong")


async def read_what_is_open(caller: Caller) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/page.js", "/docs/none"):
        await caller.ask("GET", path, token="")


# --- the routes ----------------------------------------------------------------------------------------------------


async def test_every_route_is_described(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        contract = await contract_of(desk)
        routes = {
            (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
            for rule in desk.app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
    assert set(contract.told) == routes
    operations = [operation for path in contract.description["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)


def test_a_route_that_says_nothing_of_itself_is_refused():
    app = Quart("desk", static_folder=None)

    @app.get("/told")
    @Described(tag="operations", answers={200: str}, answer_type="text/plain")
    async def told() -> str:
        """Told."""
        return ""

    assert "/told" in describe(app)["paths"]
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(RouteNotDescribed, match="/silent"):
        describe(app)


async def test_the_fields_of_an_alert_are_those_that_are_read(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        description = (await contract_of(desk)).description
    content = description["paths"]["/webhook"]["post"]["requestBody"]["content"]
    assert set(content["application/json"]["schema"]["properties"]) == FIELDS | {"secret"}


async def test_its_examples_are_accepted(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        paths = (await contract_of(desk)).description["paths"]
        for kind in ("application/json", "text/plain"):
            await desk.alert(id=f"to close, {kind}", symbol=BTC, quantity="0.02")
            await desk.settled()
            for name, example in paths["/webhook"]["post"]["requestBody"]["content"][kind]["examples"].items():
                value = json.loads(example["value"]) if kind == "text/plain" else example["value"]
                body = json.dumps({**value, "id": f"{kind} {name}"}).replace("<secret>", SECRET)
                reply = await desk.ask("POST", "/webhook", body.encode(), {"Content-Type": kind})
                assert reply.status == 202, (name, reply)
                await desk.settled()
        for path in ("quotes", "halt", "flatten", "resume"):
            content = paths[f"/api/v1/{path}"]["post"]["requestBody"]["content"]["application/json"]
            for example in content["examples"].values():
                reply = await desk.ask("POST", f"/api/v1/{path}", json.dumps(example["value"]).encode(), bearer())
                assert reply.status in (200, 202), (path, reply)


async def test_describing_leaves_the_application_as_it_was(tmp_path: Path):
    plain = Quart("plain")
    async with desk_in(tmp_path) as desk:
        await contract_of(desk)
        app = desk.app
        assert type(app.json) is DefaultJSONProvider
        assert app.make_response.__func__ is plain.make_response.__func__  # type: ignore[attr-defined]
        assert (app.test_client_class, app.websocket_class) == (plain.test_client_class, plain.websocket_class)
        assert "QUART_SCHEMA" not in app.extensions


# --- the page to try it --------------------------------------------------------------------------------------------


async def test_the_page_loads_nothing_from_elsewhere_and_runs_no_script_in_its_text(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        page = await desk.ask("GET", "/docs")
        parts = re.findall(r'(?:src|href)="([^"]+)"', page.raw.decode())
        assert sorted(parts) == ["docs/page.css", "docs/page.js", "openapi.json"]
        answers = [await desk.ask("GET", f"/{part}") for part in parts]
    text = page.raw.decode()
    assert [answer.status for answer in answers] == [200] * 3
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", text)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_page_keeps_nothing_and_writes_text_only(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        script = (await desk.ask("GET", "/docs/page.js")).raw.decode()
    dangerous = (
        "localStorage",
        "sessionStorage",
        "cookie",
        "innerHTML",
        "outerHTML",
        "eval(",
        "document.write",
        "http",
    )
    assert [word for word in dangerous if word in script] == []
