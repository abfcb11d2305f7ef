"""A thousand alerts at once at the edge of the limits: the venue never sees more than they allow."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from tests.crash.books import Books
from tests.crash.venue.alerts import MARKETS
from tests.crash.venue.books import NEVER_THERE, VenueBooks, not_sent
from tests.crash.venue.desk import venue_desk
from tests.crash.venue.nursery import Nursery
from tests.crash.venue.posting import post_all
from tests.servers import SECRET

ALERTS = 1000
MAX_POSITION = Decimal(700)
MAX_EXPOSURE = Decimal(2200)
CONNECTIONS = 200
NEARLY = Decimal("0.93")
"""What is on its way counts at a price that is 1 % worse, and the next order would be too much."""
SHORT = ("ETH/USDT:USDT", "XRP/USDT:USDT")


@pytest.mark.timeout(180)
async def test_of_a_thousand_alerts_at_once_no_more_is_sent_than_the_limits_allow(tmp_path: Path, nursery: Nursery):
    with venue_desk(tmp_path, nursery, max_open_orders=1000, max_exposure=MAX_EXPOSURE) as desk:
        desk.start()
        answers = await post_all(desk.server.port, bodies(Random(7)), CONNECTIONS)
        books, venue = desk.settle()
        denied = Counter(reason["code"] for answer in answers for reason in answer["reasons"])
        assert len(books.signals) == ALERTS
        assert denied["MAX_POSITION"] > 50, denied
        assert denied["MAX_EXPOSURE"] > 100, denied
        assert not breaches(venue)
        assert Decimal(venue.told["exposure"]["worst_total_value"]) > MAX_EXPOSURE * NEARLY
        assert accepted(books) == set(venue.orders)


def bodies(random: Random) -> list[bytes]:
    """Orders that add to positions, at the market and at prices that are never reached."""
    return [json.dumps(_alert(random, number)).encode() for number in range(ALERTS)]


def _alert(random: Random, number: int) -> dict[str, str]:
    symbol = random.choice(list(MARKETS))
    market, is_short = MARKETS[symbol], symbol in SHORT
    alert = {"secret": SECRET, "id": str(number), "symbol": symbol, "action": "sell" if is_short else "buy"}
    alert["quantity"] = str(market.quantity * random.randint(1, 2))
    if random.random() < 0.4:
        alert |= {"order_type": "limit", "price": str(market.near(0.004 if is_short else -0.004))}
    return alert


def breaches(venue: VenueBooks) -> list[str]:
    """Prices stand: no limit is exceeded by a cent."""
    seen = venue.told["exposure"]
    worst = {symbol: Decimal(figures["worst_value"]) for symbol, figures in seen["symbols"].items()}
    faults = [f"{symbol}: {value}" for symbol, value in worst.items() if value > MAX_POSITION]
    total = Decimal(seen["worst_total_value"])
    return faults if total <= MAX_EXPOSURE else [*faults, f"{total} altogether"]


def accepted(books: Books) -> set[str]:
    """What was decided and not taken back."""
    return {o["client_order_id"] for o in books.orders if o["status"] not in NEVER_THERE} - not_sent(books)
