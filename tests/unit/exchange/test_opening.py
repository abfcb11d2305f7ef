"""A closed venue is a state with a name and a way out, not a traceback."""

from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.checkup import Trouble
from exchange.closed import ClosedVenue
from exchange.connection import Credential, Environment, VenueAccess
from exchange.gateway import Gateway
from exchange.opening import open_account
from exchange.quotes import QuoteBoard
from portfolio.model.order import OrderStatus
from portfolio.model.venue import Condition, Survey, VenueCondition
from portfolio.ports import Exchange, Unknown
from tests.fakes import order

CLOSED_TEXT = 'bitmex closed on 2026-09-23; use venue = "bybit" instead'


def access(**fields: Any) -> VenueAccess:
    known: dict[str, Any] = {
        "account": "main",
        "venue": "bitmex",
        "environment": Environment.TESTNET,
        "api_key": Credential("key"),
        "api_secret": Credential("secret"),
        **fields,
    }
    return VenueAccess(**known)


def closed(**fields: Any) -> ClosedVenue:
    opened = open_account(access(**fields), QuoteBoard())
    assert isinstance(opened, ClosedVenue)
    return opened


def test_it_is_an_exchange() -> None:
    port: Exchange = closed()
    assert port.at_once == 1


async def test_an_open_venue_is_reached_through_the_gateway() -> None:
    opened = open_account(access(venue="bybit"), QuoteBoard())
    assert isinstance(opened, Gateway)
    await opened.close()


async def test_a_closed_one_says_since_when_and_what_to_use_instead() -> None:
    venue = closed()
    assert await venue.reach() == Trouble(Condition.CLOSED, CLOSED_TEXT)
    assert await venue.check_up(frozenset()) == Trouble(Condition.CLOSED, CLOSED_TEXT)
    heard: list[bool] = []
    await venue.run(lambda: heard.append(True))
    assert heard == [True]
    assert venue.collect() == [VenueCondition(condition=Condition.CLOSED, detail=CLOSED_TEXT)]
    assert venue.collect() == []


async def test_nothing_is_sent_to_it_and_nothing_proves_what_became_of_what_was() -> None:
    venue = closed()
    refused = await venue.send(order())
    assert (refused.status, refused.reason) == (OrderStatus.REJECTED, f"not sent: {CLOSED_TEXT}")
    for answer in (await venue.look_up(order()), await venue.cancel(order()), await venue.amend(order())):
        assert answer == Unknown(CLOSED_TEXT)


async def test_its_books_stay_as_they_are() -> None:
    venue = closed()
    assert await venue.survey() == Survey(orders=())
    assert await venue.history(datetime(2026, 1, 1, tzinfo=UTC)) == []
    await venue.close()


def test_an_address_of_ones_own_does_not_help_where_ccxt_has_dropped_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.opening.driver_class", lambda venue: None)
    venue = closed(rest_url="http://127.0.0.1:1")
    assert venue.detail == f"{CLOSED_TEXT}; the ccxt that is installed does not know it any more"
