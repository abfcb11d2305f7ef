"""Screens: what each looks for, and what it found the last time."""

from quart import Blueprint, Response

from app.prices.screen_answers import ScreenItem
from app.prices.screen_items import screen_item
from app.service import Service
from app.web import filters
from app.web.answers import Page
from app.web.described import TOKEN, Described
from app.web.parameters import page_of_request
from app.web.responses import listing


def add_screens(blueprint: Blueprint, service: Service) -> None:
    desk = service.screens

    @blueprint.get("/screens")
    @Described(
        tag="prices",
        answers={200: Page[ScreenItem]},
        filters=filters.SCREENS,
        security=(TOKEN,),
        problems=(401, 422, 429, 500, 503),
    )
    async def screens() -> Response:
        """Each screen with its last look at every venue, and the matches of that; `id` for one of them alone."""
        wanted = page_of_request({"id": [screen.id for screen in desk.screens]}).filters.get("id")
        return listing([screen_item(each, desk.looks_of(each)) for each in desk.screens if wanted in (None, each.id)])
