"""Prices across venues: as an answer, and as a stream of what changes."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal, InvalidOperation
from typing import Any

from quart import Blueprint, Response, request

from app.clock import now_utc
from app.codec import to_json
from app.intake.refusal import FieldError
from app.prices.answers import PricesAnswer
from app.prices.asking import Question, WronglyAsked, symbols_in, venues_in
from app.prices.desk import PriceDesk
from app.prices.items import prices_answer
from app.service import Service
from app.web import filters
from app.web.described import TOKEN, Described
from app.web.problems import Problem
from app.web.responses import json_response

HEARTBEAT_S = 15.0
MOST_STREAMS = 64
OLDEST_S = 3600
_STREAM = "text/event-stream"
_RETRY = b"retry: 2000\n\n"
_HEARTBEAT = b": still there\n\n"
_PRICES: dict[str, Any] = {
    "tag": "prices",
    "security": (TOKEN,),
    "filters": filters.PRICES,
    "problems": (401, 422, 429, 500, 503),
}


def add_prices(blueprint: Blueprint, service: Service) -> None:
    desk = service.prices

    @blueprint.get("/prices")
    @Described(answers={200: PricesAnswer}, **_PRICES)
    async def prices() -> Response:
        """What every venue says now, side by side.

        What is not older than `max_age_s` is told as it is known; for the rest the venues are asked, all at once and
        each for as long as its limit of time. `symbols` and `venues` are lists with commas; left out: as configured.
        """
        view = await desk.ask(question_of_request(desk), with_change=True)
        return json_response(prices_answer(view, now_utc()))

    @blueprint.get("/prices/stream")
    @Described(answers={200: str}, answer_type=_STREAM, **_PRICES)
    async def prices_stream() -> Response:
        """What is known at once, then whatever changes, as server-sent events.

        The event `snapshot` has everything, each `change` only the symbols and venues that changed, both in the shape
        of `/prices`. A reader that is slow misses what was in between, never the newest. A comment every 15 s tells
        that the stream is alive.
        """
        question = question_of_request(desk)
        if desk.followed >= MOST_STREAMS:
            raise Problem(503, "TOO_MANY_STREAMS", f"{MOST_STREAMS} streams of prices are open already")
        response = Response(events(desk, question), content_type=_STREAM)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Accel-Buffering"] = "no"
        response.timeout = None
        return response


async def events(desk: PriceDesk, question: Question, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[bytes]:
    """The views as server-sent events, until the desk stops or the reader has gone."""
    name = b"snapshot"
    yield _RETRY
    async with aclosing(desk.follow(question, heartbeat_s)) as views:
        async for view in views:
            if view.is_silent:
                yield _HEARTBEAT
            else:
                yield b"event: " + name + b"\ndata: " + to_json(prices_answer(view, now_utc())) + b"\n\n"
                name = b"change"


def question_of_request(desk: PriceDesk, known: filters.Filters = filters.PRICES) -> Question:
    """What the query string asks for. Raises a 422 problem that names the parameter."""
    unknown = [name for name in request.args if name not in known]
    if unknown:
        raise wrong(unknown[0], request.args[unknown[0]], f"unknown; known: {', '.join(sorted(known))}")
    try:
        symbols = symbols_in(request.args.get("symbols", "").split(","))
        venues = venues_in(request.args.get("venues", "").split(","), desk.known, "is no venue of this configuration")
    except WronglyAsked as error:
        raise wrong(error.field, error.value, str(error)) from None
    return desk.question(symbols, venues, _max_age_s(request.args.get("max_age_s")))


def _max_age_s(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = Decimal(text) if text.isascii() else Decimal(-1)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= OLDEST_S:
        raise wrong("max_age_s", text, f"expected a number of seconds from 0 to {OLDEST_S}")
    return float(number)


def wrong(field: str, value: str, why: str) -> Problem:
    """A parameter that cannot be."""
    return Problem(422, "INVALID_PARAMETER", f"{field}: {why}", [FieldError.of(field, value, why)])
