"""What a test may do to the venue from another process: `/control/…`, unsigned, on loopback."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.simulators.bitmex.simulator import BitmexSimulator


def state(simulator: "BitmexSimulator") -> dict[str, Any]:
    """Every client order id with how often it arrived and was accepted, and what the account holds."""
    venue = simulator.venue
    ids = {*venue.arrived, *venue.accepted}
    return {
        "orders": {
            client_id: {"arrived": venue.arrived.get(client_id, 0), "accepted": venue.accepted.get(client_id, 0)}
            for client_id in sorted(ids)
        },
        "open": [placed.document() for placed in venue.orders.values() if placed.is_open],
        "positions": {symbol: str(position.quantity) for symbol, position in venue.state.positions.items()},
        "wallets": {currency: str(amount) for currency, amount in venue.state.wallets.items()},
        "executions": venue.executions,
        "faults": simulator.faults.happened,
        "refused_by_pace": simulator.pace.refused,
        "switch_fired": simulator.desk.switch.fired,
    }


def add_to(app: web.Application, simulator: "BitmexSimulator") -> None:
    """The routes: GET state; POST price, fault, terms, transfer, close."""

    async def tell_state(request: web.Request) -> web.Response:
        return web.json_response(state(simulator))

    async def set_price(request: web.Request) -> web.Response:
        body = await request.json()
        simulator.set_price(body["symbol"], str(body["bid"]), str(body.get("ask", body["bid"])))
        return web.json_response({})

    async def set_fault(request: web.Request) -> web.Response:
        body = await request.json()
        endpoint = body.get("endpoint", "POST /order")
        if "rate" in body:
            simulator.faults.rate(body["fault"], float(body["rate"]), endpoint)
        else:
            simulator.faults.next(body["fault"], int(body.get("times", 1)), endpoint)
        return web.json_response({})

    async def set_terms(request: web.Request) -> web.Response:
        body = await request.json()
        simulator.venue.change_terms(**{name: Decimal(str(value)) for name, value in body.items()})
        return web.json_response({})

    async def transfer(request: web.Request) -> web.Response:
        body = await request.json()
        simulator.venue.cash.transfer(body["currency"], Decimal(str(body["amount"])))
        return web.json_response({})

    async def close(request: web.Request) -> web.Response:
        simulator.close_contract((await request.json())["symbol"])
        return web.json_response({})

    app.router.add_get("/control/state", tell_state)
    for name, handler in (
        ("price", set_price),
        ("fault", set_fault),
        ("terms", set_terms),
        ("transfer", transfer),
        ("close", close),
    ):
        app.router.add_post(f"/control/{name}", handler)
