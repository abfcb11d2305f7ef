"""Prices as server-sent events."""

import asyncio
import json
from contextlib import aclosing

from app.prices.desk import PriceDesk
from app.settings.prices import PriceSettings
from app.web.prices import events
from tests.prices import usual_world


async def test_a_snapshot_then_changes_and_a_comment_where_nothing_happens() -> None:
    places = usual_world()
    desk = PriceDesk(PriceSettings(), places.open)
    async with asyncio.timeout(10), aclosing(events(desk, desk.question(["BTC/USD"]), heartbeat_s=0.5)) as told:
        assert await anext(told) == b"retry: 2000\n\n"
        seen = [await anext(told)]
        while not seen[-1].startswith(b":"):
            seen.append(await anext(told))
        names = [block.split(b"\n")[0] for block in seen]
        assert names[0] == b"event: snapshot"
        assert set(names[1:-1]) == {b"event: change"}
        assert names[-1] == b": still there"
        assert all(block.endswith(b"\n\n") and block.count(b"\n\n") == 1 for block in seen)
        answers = [json.loads(block.split(b"data: ")[1]) for block in seen[:-1]]
        assert [answer["complete"] for answer in answers].count(True) >= 1
    assert desk.followed == 0
    assert places.feed.watched == {}
