"""A part of the price side that must not take trading down with it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

log = structlog.get_logger("prices")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


async def supervised(what: str, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """The work is done until cancelled: when it fails it is begun again, later each time that it fails at once."""
    pause_s, loop = FIRST_PAUSE_S, asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
            log.warning(f"{what} ended by itself and is begun again", in_s=pause_s)
        except Exception as error:
            log.error(f"{what} failed and is begun again", in_s=pause_s, error=repr(error), exc_info=error)
        pause_s = FIRST_PAUSE_S if loop.time() - began > LONGEST_PAUSE_S else pause_s
        await asyncio.sleep(pause_s)
        pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
