"""Differences between venues: what they are now, and what was told of them."""

from decimal import Decimal, InvalidOperation
from typing import Any

from quart import Blueprint, Response, request

from app.clock import now_utc
from app.prices.answers import DiscrepanciesAnswer
from app.prices.comparing import compare
from app.prices.discrepancy_items import discrepancies_answer
from app.prices.recalling import DISCREPANCIES
from app.service import Service
from app.storage.reading import EVENTS, Page
from app.web import filters
from app.web.answers import EventItem
from app.web.answers import Page as PageAnswer
from app.web.described import TOKEN, Described
from app.web.items import event_item
from app.web.parameters import page_of_request
from app.web.prices import question_of_request, wrong
from app.web.responses import json_response

LARGEST = Decimal("1E12")
_SHARED: dict[str, Any] = {"tag": "prices", "security": (TOKEN,), "problems": (401, 422, 429, 500, 503)}


def add_discrepancies(blueprint: Blueprint, service: Service) -> None:
    desk, settings = service.prices, service.settings.prices.discrepancies

    @blueprint.get("/discrepancies")
    @Described(answers={200: DiscrepanciesAnswer}, filters=filters.DISCREPANCIES, **_SHARED)
    async def discrepancies() -> Response:
        """What it would bring to buy at one venue and sell at another, by their order books, now.

        The best first; those with labels are not to be believed, and say why. `all=true` tells every pair of venues,
        those without a gap too.
        """
        question, size = question_of_request(desk, filters.DISCREPANCIES), _size(settings.size)
        compared = await compare(desk, question, size, every_pair=_is_wished("all"))
        view, is_open = desk.view(question), service.alarms.open
        return json_response(discrepancies_answer(compared, view, size, desk.currency, is_open, now_utc()))

    @blueprint.get("/discrepancies/history")
    @Described(answers={200: PageAnswer[EventItem]}, filters=filters.DISCREPANCY_EVENTS, is_paged=True, **_SHARED)
    async def discrepancies_history() -> Response:
        """The events `DiscrepancyFound` and `DiscrepancyEnded`, newest first."""
        page = page_of_request(filters.DISCREPANCY_EVENTS)
        found = await service.reader.page(
            EVENTS, Page(page.limit, page.before, {**page.filters, "kind": DISCREPANCIES})
        )
        following = str(found.next) if found.next is not None else None
        return json_response({"items": [event_item(row) for row in found.items], "next": following})


def _size(usual: Decimal) -> Decimal:
    """In the portfolio's currency."""
    text = request.args.get("size")
    if text is None:
        return usual
    try:
        number = Decimal(text) if text.isascii() else Decimal(0)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or not 0 < number <= LARGEST:
        raise wrong("size", text, f"expected an amount above 0, at most {LARGEST:f}")
    return number


def _is_wished(name: str) -> bool:
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise wrong(name, text, "expected true or false")
    return text == "true"
