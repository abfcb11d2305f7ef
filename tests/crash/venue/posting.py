"""Many alerts at once, over many connections, each sent again until somebody answers it."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

from tests.crash.senders import Line

AGAIN_AFTER_S = 0.2


async def post_all(port: int, bodies: Sequence[bytes], connections: int) -> list[dict[str, Any]]:
    """The answers, in the order of the bodies."""
    answers: list[dict[str, Any]] = [{} for _ in bodies]

    async def post(first: int) -> None:
        line = Line(port)
        for number in range(first, len(bodies), connections):
            answers[number] = await post_one(line, bodies[number])
        line.close()

    async with asyncio.TaskGroup() as tasks:
        for first in range(min(connections, len(bodies))):
            tasks.create_task(post(first))
    return answers


async def post_one(line: Line, body: bytes) -> dict[str, Any]:
    while True:
        with contextlib.suppress(OSError, EOFError):
            status, answer = await line.post(body)
            if status < 500:
                assert status in (200, 202), (status, answer)
                told: dict[str, Any] = json.loads(answer)
                return told
        await asyncio.sleep(AGAIN_AFTER_S)
