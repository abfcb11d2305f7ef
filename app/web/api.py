"""/api/v1: what the desk knows, and what a person may tell it to do. All of it behind the bearer token."""

from collections.abc import Callable, Mapping
from typing import Any

from quart import Blueprint, Response, request

from app.bootstrap import new_id
from app.service import Service
from app.storage import reading
from app.storage.reading import StoredRow
from app.web import filters, items, standing
from app.web.access import body_of, require_bearer
from app.web.answers import (
    AccountItem,
    CancelAnswer,
    EventItem,
    FillItem,
    LimitItem,
    OrderItem,
    OrderStory,
    Page,
    PositionItem,
    PreviewAnswer,
    QuoteAnswer,
    SignalItem,
    SignalTrail,
    StateAnswer,
    StatusAnswer,
    StrategyItem,
)
from app.web.described import JSON, TEXT, TOKEN, Described
from app.web.discrepancies import add_discrepancies
from app.web.parameters import account_of_request, page_of_request, quote_of_request, scope_of_request
from app.web.preview import preview_item
from app.web.prices import add_prices
from app.web.problems import Problem
from app.web.reconciling import reconcile_answer
from app.web.reconciling_answers import ReconcileAnswer
from app.web.requests import ACCOUNTS, ALERTS, QUOTES, SCOPES, AccountBody, Alert, QuoteBody, ScopeBody
from app.web.responses import json_response, listing
from app.web.screens import add_screens
from app.web.wallet import add_wallet
from portfolio.model.command import CancelOrder, Command, Flatten, Halt, Mark, Resume
from portfolio.model.order import Order
from portfolio.reply import StateChanged

_OURS: dict[str, Any] = {"security": (TOKEN,)}
_STANDING: dict[str, Any] = {"tag": "standing", **_OURS, "problems": (401, 429, 500, 503)}
_LIST: dict[str, Any] = {"tag": "history", **_OURS, "problems": (401, 422, 429, 500, 503), "is_paged": True}
_ONE: dict[str, Any] = {"tag": "history", **_OURS, "problems": (401, 404, 429, 500, 503)}
_TOLD: dict[str, Any] = {"tag": "controls", **_OURS, "problems": (400, 401, 404, 408, 413, 422, 429, 500, 503)}
_OF_SCOPE: dict[str, Any] = {
    **_TOLD,
    "answers": {200: StateAnswer},
    "body": ScopeBody,
    "is_body_required": False,
    "examples": SCOPES,
}


def api_blueprint(service: Service) -> Blueprint:
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

    @blueprint.before_request
    async def authenticate() -> None:
        require_bearer(request, service)

    _add_standing(blueprint, service)
    _add_history(blueprint, service)
    _add_controls(blueprint, service)
    _add_venues(blueprint, service)
    _add_preview(blueprint, service)
    add_prices(blueprint, service)
    add_screens(blueprint, service)
    add_discrepancies(blueprint, service)
    add_wallet(blueprint, service)
    return blueprint


def _add_standing(blueprint: Blueprint, service: Service) -> None:
    @blueprint.get("/status")
    @Described(answers={200: StatusAnswer}, **_STANDING)
    async def status() -> Response:
        """The whole desk at a glance."""
        return json_response(standing.status_item(service))

    @blueprint.get("/account")
    @Described(answers={200: Page[AccountItem]}, **_STANDING)
    async def account() -> Response:
        """Each account with its equity and exposure."""
        return listing(standing.account_items(service))

    @blueprint.get("/positions")
    @Described(
        answers={200: Page[PositionItem]},
        filters=filters.POSITIONS,
        is_paged=True,
        **_STANDING | {"problems": (401, 422, 429, 500, 503)},
    )
    async def positions() -> Response:
        """What each strategy and each account holds."""
        wanted = page_of_request(filters.POSITIONS).filters
        found = standing.position_items(service)
        return listing([item for item in found if all(item.get(name) == value for name, value in wanted.items())])

    @blueprint.get("/limits")
    @Described(answers={200: Page[LimitItem]}, **_STANDING)
    async def limits() -> Response:
        """Every configured limit."""
        return listing(standing.limit_items(service))

    @blueprint.get("/strategies")
    @Described(answers={200: Page[StrategyItem]}, **_STANDING)
    async def strategies() -> Response:
        """Each strategy with its state and profit."""
        return listing(standing.strategy_items(service))


def _add_history(blueprint: Blueprint, service: Service) -> None:
    async def show(
        table: reading.Collection, known: filters.Filters, item: Callable[[StoredRow], Mapping[str, Any]]
    ) -> Response:
        found = await service.reader.page(table, page_of_request(known))
        following = str(found.next) if found.next is not None else None
        return json_response({"items": [item(row) for row in found.items], "next": following})

    @blueprint.get("/signals")
    @Described(answers={200: Page[SignalItem]}, filters=filters.SIGNALS, **_LIST)
    async def signals() -> Response:
        """Alerts and what was decided, newest first."""
        return await show(reading.SIGNALS, filters.SIGNALS, items.signal_item)

    @blueprint.get("/signals/<path:wanted>")
    @Described(answers={200: SignalTrail}, **_ONE)
    async def signal(wanted: str) -> Response:
        """The whole trail of one signal, by its `signal_id` or by the alert's own id."""
        trail = await service.reader.trail(wanted)
        if trail is None:
            raise Problem(404, "UNKNOWN_SIGNAL", "no signal has this id, and no alert had it")
        return json_response(items.trail_item(trail))

    @blueprint.get("/orders")
    @Described(answers={200: Page[OrderItem]}, filters=filters.ORDERS, **_LIST)
    async def orders() -> Response:
        """Orders, newest first, those that were denied included."""
        return await show(reading.ORDERS, filters.ORDERS, items.order_item)

    @blueprint.get("/orders/<client_order_id>")
    @Described(answers={200: OrderStory}, **_ONE)
    async def order(client_order_id: str) -> Response:
        """One order with its transitions and its fills."""
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
    @Described(answers={200: Page[FillItem]}, filters=filters.FILLS, **_LIST)
    async def fills() -> Response:
        """Executions, newest first."""
        return await show(reading.FILLS, filters.FILLS, items.fill_item)

    @blueprint.get("/events")
    @Described(answers={200: Page[EventItem]}, filters=filters.EVENTS, **_LIST)
    async def events() -> Response:
        """What happened, newest first."""
        return await show(reading.EVENTS, filters.EVENTS, items.event_item)


def _add_controls(blueprint: Blueprint, service: Service) -> None:
    async def change(command: Command) -> Response:
        reply = await service.engine.execute(command)
        assert isinstance(reply, StateChanged)
        still = [{"scope": scope, "state": state} for scope, state in reply.still]
        return json_response({"state": reply.status, "still": still})

    @blueprint.post("/halt")
    @Described(**_OF_SCOPE)
    async def halt() -> Response:
        """Refuse and cancel what would add risk; closing works."""
        return await change(Halt(await scope_of_request(service.setup)))

    @blueprint.post("/resume")
    @Described(**_OF_SCOPE)
    async def resume() -> Response:
        """End a halt of the scope and what tripped by itself inside it."""
        return await change(Resume(await scope_of_request(service.setup)))

    @blueprint.post("/flatten")
    @Described(**_OF_SCOPE)
    async def flatten() -> Response:
        """Halt, cancel every order of the scope and close every position."""
        return await change(Flatten(new_id(), await scope_of_request(service.setup)))

    @blueprint.post("/orders/<client_order_id>/cancel")
    @Described(answers={202: CancelAnswer}, **{**_TOLD, "problems": (401, 404, 409, 429, 500, 503)})
    async def cancel(client_order_id: str) -> Response:
        """Ask for the end of an order; the venue has the last word."""
        reply = await service.engine.execute(CancelOrder(client_order_id))
        if isinstance(reply, Order):
            return json_response({"client_order_id": client_order_id, "status": reply.status}, 202)
        if await service.reader.order(client_order_id) is None:
            raise _unknown_order()
        raise Problem(409, "NOTHING_TO_CANCEL", "the order has ended already")

    @blueprint.post("/quotes")
    @Described(
        answers={202: QuoteAnswer},
        body=QuoteBody,
        examples=QUOTES,
        **{**_TOLD, "problems": (400, 401, 404, 408, 409, 413, 422, 429, 500, 503)},
    )
    async def quotes() -> Response:
        """Tell a price: it values positions and fills resting orders that it reaches."""
        quote = await quote_of_request(service.setup)
        for account in quote.accounts:
            service.quotes.put(account, quote.symbol, quote.bid, quote.ask)
        await service.engine.execute(Mark())
        return json_response({"symbol": quote.symbol, "accounts": quote.accounts}, 202)


def _add_venues(blueprint: Blueprint, service: Service) -> None:
    @blueprint.post("/reconcile")
    @Described(answers={200: ReconcileAnswer}, body=AccountBody, is_body_required=False, examples=ACCOUNTS, **_TOLD)
    async def reconcile() -> Response:
        """Compare accounts with their venues now, and book what differs."""
        return json_response(await reconcile_answer(service, await account_of_request(service.setup)))


def _add_preview(blueprint: Blueprint, service: Service) -> None:
    @blueprint.post("/preview")
    @Described(
        tag="alerts",
        answers={200: PreviewAnswer},
        problems=(401, 408, 413, 429, 500, 503),
        security=(TOKEN,),
        body=Alert,
        body_types=(JSON, TEXT),
        examples=ALERTS,
    )
    async def preview() -> Response:
        """What the webhook would answer to an alert, and why, step by step; nothing comes of it."""
        return json_response(await preview_item(service, await body_of(request)))


def _unknown_order() -> Problem:
    return Problem(404, "UNKNOWN_ORDER", "no order has this client_order_id")
