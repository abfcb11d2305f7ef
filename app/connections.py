"""Connections as Hypercorn (0.18) serves them, which end when there is nothing more to wait for.

This file and `app/tls/clients.py` alone know of Hypercorn's inside.
"""

import asyncio
import contextlib

import hypercorn.asyncio.run as hypercorn_run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Event, RawData

FIRST_REQUEST_WITHIN_S = 10.0


class Connection(TCPServer):
    """Hypercorn's connection, which takes a descriptor of the process until it ends.

    A caller that has asked nothing within ten seconds is not waited for as long as one that was answered, and one that
    has gone is not waited for at all: else a stranger could hold all descriptors there are.
    """

    _has_answered = False

    async def protocol_send(self, event: Event) -> None:
        self._has_answered = self._has_answered or isinstance(event, RawData)
        await super().protocol_send(event)

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()

    async def _idle_timeout(self) -> None:
        if self._has_answered:
            await super()._idle_timeout()
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.context.terminated.wait(), FIRST_REQUEST_WITHIN_S)
        await asyncio.shield(self._initiate_server_close())


def accept_as(kind: type[Connection]) -> None:
    """Every connection that Hypercorn accepts from now on is of that kind."""
    setattr(hypercorn_run, TCPServer.__name__, kind)
