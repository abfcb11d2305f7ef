"""Where prices come from: the server of the configuration where one runs, else the venues, asked by this process."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any, TypeAlias

import httpx
import structlog

from app.cli.client import CONNECT_WITHIN_S, is_caused_by, verification
from app.cli.failure import CommandFailed
from app.cli.perform import problem_lines
from app.cli.price_question import Asked
from app.cli.weighing import weighed_by_server, weighed_here
from app.clock import now_utc
from app.codec import to_json
from app.prices.asking import Question
from app.prices.desk import PriceDesk
from app.prices.items import prices_answer
from app.settings import Settings

Answer: TypeAlias = dict[str, Any]
"""As the API tells it: the whole first, then what has changed."""

SILENT_AT_MOST_S = 40.0
REFRESH_S = 1.0
_DATA = "data: "


class NoServer(Exception):
    """Nothing listens where the configuration says."""


async def answers(asked: Asked, *, is_watched: bool, size: Decimal | None = None) -> AsyncGenerator[Answer]:
    """What is known, then whatever changes; with a `size` the last is complete and has what the order books bear of it,
    as `at_size`. Raises CommandFailed."""
    if asked.settings is not None and asked.is_for_server:
        with contextlib.suppress(NoServer):
            async with contextlib.aclosing(_from_server(asked.settings, asked.question)) as told:
                async for answer in told:
                    if answer["complete"] and size is not None:
                        yield answer | {"at_size": weighed_by_server(asked.settings, asked.question, size)}
                    else:
                        yield answer
            return
    async with contextlib.aclosing(_from_venues(asked, size, is_watched=is_watched)) as told:
        async for answer in told:
            yield answer


def desk_here(asked: Asked) -> PriceDesk:
    """A desk of this process, which has no log: what goes wrong is told as the state of a venue."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return PriceDesk(asked.here, currency=asked.question.sized_in or "")


async def _from_server(settings: Settings, question: Question) -> AsyncGenerator[Answer]:
    """Raises NoServer, or CommandFailed."""
    where = settings.server.address
    timeout = httpx.Timeout(SILENT_AT_MOST_S, connect=CONNECT_WITHIN_S)
    secret = settings.server.api_token.get_secret_value()
    params = {
        "symbols": ",".join(question.symbols),
        "venues": ",".join(question.venues),
        "max_age_s": format(question.max_age_s, "f"),
    }
    client = httpx.AsyncClient(base_url=where, timeout=timeout, trust_env=False, verify=verification(settings))
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        async with client, client.stream("GET", "/api/v1/prices/stream", params=params, headers=headers) as response:
            await _require_stream(response, where)
            async for line in response.aiter_lines():
                if line.startswith(_DATA):
                    yield json.loads(line.removeprefix(_DATA))
    except httpx.ConnectError as error:
        if is_caused_by(error, ConnectionRefusedError):
            raise NoServer from None
        raise CommandFailed(f"cannot reach the server at {where}: {error}") from None
    except httpx.TransportError as error:
        raise CommandFailed(f"the server at {where} broke off: {str(error) or type(error).__name__}") from None
    raise CommandFailed(f"the server at {where} is stopping")


async def _require_stream(response: httpx.Response, where: str) -> None:
    """Raises CommandFailed for anything else."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if response.status_code == httpx.codes.OK and kind == "text/event-stream":
        return
    if kind == "application/problem+json":
        raise CommandFailed(*problem_lines(json.loads(await response.aread())))
    raise CommandFailed(f"what answers at {where} tells no prices (HTTP {response.status_code})")


async def _from_venues(asked: Asked, size: Decimal | None, *, is_watched: bool) -> AsyncGenerator[Answer]:
    """This process asks, and goes on watching while somebody reads."""
    desk = desk_here(asked)
    running = asyncio.create_task(desk.run()) if is_watched else None
    try:
        async with contextlib.aclosing(desk.follow(asked.question, REFRESH_S)) as views:
            async for view in views:
                answer: dict[str, Any] = {**prices_answer(view, now_utc())}
                if view.is_complete and size is not None:
                    answer["at_size"] = await weighed_here(desk, asked.question, size, every_pair=True)
                yield json.loads(to_json(answer))
    finally:
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await desk.close()
