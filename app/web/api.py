"""/api/v1: what the desk knows, and what a person may tell it to do. All of it behind the bearer token."""

from collections.abc import Callable, Iterable
from typing import Any

from quart import Blueprint, Response, request

from app.bootstrap import new_id
from app.codec import to_json
from app.service import Service
from app.storage import reading
from app.storage.reading import StoredRow
from app.web import items, standing
from app.web.access import body_of, require_bearer
from app.web.parameters import page_of_request, quote_of_request, scope_of_request
from app.web.preview import preview_item
from app.web.problems import Problem
from portfolio.model.command import CancelOrder, Command, Flatten, Halt, Mark, Resume
from portfolio.model.order import Order
from portfolio.reply import StateChanged

COMMON = ("symbol", "strategy", "account")


def json_response(body: Any, status: int = 200) -> Response:
    return Response(to_json(body), status, content_type="application/json")


def listing(found: list[Any]) -> Response:
    """A collection that is always shown whole."""
    return json_response({"items": found, "next": None})


def api_blueprint(service: Service) -> Blueprint:
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

    @blueprint.before_request
    async def authenticate() -> None:
        require_bearer(request, (service.settings.server.api_token,))

    _add_standing(blueprint, service)
    _add_history(blueprint, service)
    _add_controls(blueprint, service)
    _add_preview(blueprint, service)
    return blueprint


def _add_standing(blueprint: Blueprint, service: Service) -> None:
    @blueprint.get("/status")
    async def status() -> Response:
        return json_response(standing.status_item(service))

    @blueprint.get("/account")
    async def account() -> Response:
        return listing(standing.account_items(service))

    @blueprint.get("/positions")
    async def positions() -> Response:
        wanted = page_of_request(COMMON).filters
        found = standing.position_items(service)
        return listing([item for item in found if all(item[name] == value for name, value in wanted.items())])

    @blueprint.get("/limits")
    async def limits() -> Response:
        return listing(standing.limit_items(service))

    @blueprint.get("/strategies")
    async def strategies() -> Response:
        return listing(standing.strategy_items(service))


def _add_history(blueprint: Blueprint, service: Service) -> None:
    async def show(
        table: reading.Collection, filters: Iterable[str], item: Callable[[StoredRow], dict[str, Any]]
    ) -> Response:
        found = await service.reader.page(table, page_of_request(tuple(filters)))
        following = str(found.next) if found.next is not None else None
        return json_response({"items": [item(row) for row in found.items], "next": following})

    @blueprint.get("/signals")
    async def signals() -> Response:
        return await show(reading.SIGNALS, (*COMMON, "status", "action", "family"), items.signal_item)

    @blueprint.get("/signals/<path:wanted>")
    async def signal(wanted: str) -> Response:
        trail = await service.reader.trail(wanted)
        if trail is None:
            raise Problem(404, "UNKNOWN_SIGNAL", "no signal has this id, and no alert had it")
        return json_response(items.trail_item(trail))

    @blueprint.get("/orders")
    async def orders() -> Response:
        return await show(reading.ORDERS, (*COMMON, "status", "side", "signal_id"), items.order_item)

    @blueprint.get("/orders/<client_order_id>")
    async def order(client_order_id: str) -> Response:
        found = await service.reader.order(client_order_id)
        if found is None:
            raise _unknown_order()
        row, transitions, fills = found
        story = {
            "transitions": [items.transition_item(step) for step in transitions],
            "fills": [items.fill_item(fill) for fill in fills],
        }
        return json_response({**items.order_item(row), **story})

    @blueprint.get("/fills")
    async def fills() -> Response:
        return await show(reading.FILLS, (*COMMON, "side", "client_order_id"), items.fill_item)

    @blueprint.get("/events")
    async def events() -> Response:
        return await show(reading.EVENTS, (*COMMON, "kind", "origin"), items.event_item)


def _add_controls(blueprint: Blueprint, service: Service) -> None:
    async def change(command: Command) -> Response:
        reply = await service.engine.execute(command)
        assert isinstance(reply, StateChanged)
        still = [{"scope": scope, "state": state} for scope, state in reply.still]
        return json_response({"state": reply.status, "still": still})

    @blueprint.post("/halt")
    async def halt() -> Response:
        return await change(Halt(await scope_of_request(service.setup)))

    @blueprint.post("/resume")
    async def resume() -> Response:
        return await change(Resume(await scope_of_request(service.setup)))

    @blueprint.post("/flatten")
    async def flatten() -> Response:
        return await change(Flatten(new_id(), await scope_of_request(service.setup)))

    @blueprint.post("/orders/<client_order_id>/cancel")
    async def cancel(client_order_id: str) -> Response:
        reply = await service.engine.execute(CancelOrder(client_order_id))
        if isinstance(reply, Order):
            return json_response({"client_order_id": client_order_id, "status": reply.status}, 202)
        if await service.reader.order(client_order_id) is None:
            raise _unknown_order()
        raise Problem(409, "NOTHING_TO_CANCEL", "the order has ended already")

    @blueprint.post("/quotes")
    async def quotes() -> Response:
        quote = await quote_of_request(service.setup)
        for account in quote.accounts:
            service.quotes.put(account, quote.symbol, quote.bid, quote.ask)
        await service.engine.execute(Mark())
        return json_response({"symbol": quote.symbol, "accounts": quote.accounts}, 202)


def _add_preview(blueprint: Blueprint, service: Service) -> None:
    @blueprint.post("/preview")
    async def preview() -> Response:
        return json_response(await preview_item(service, await body_of(request)))


def _unknown_order() -> Problem:
    return Problem(404, "UNKNOWN_ORDER", "no order has this client_order_id")
