"""A whole desk in this process: the real service on a database of its own, asked through Quart's test client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quart import Quart
from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers

from app.bootstrap import build_service
from app.connecting import Connections
from app.prices.reaching import OpenFeed
from app.service import Service
from app.settings import load_settings
from app.storage.preparing import prepare
from app.web import create_app
from tests.prices import usual_world
from tests.servers import CONFIGURATION, SECRET, TOKEN, alert_body, bearer


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Headers
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True, slots=True)
class Desk:
    service: Service
    app: Quart
    client: TestClientProtocol

    async def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        response = await self.client.open(path, method=method, data=body, headers=headers)
        raw = await response.get_data(as_text=False)
        return Reply(response.status_code, response.headers, raw)

    async def alert(self, **fields: Any) -> Reply:
        return await self.ask("POST", "/webhook", alert_body(SECRET, **fields))

    async def get(self, path: str) -> Reply:
        return await self.ask("GET", path, headers=bearer())

    async def settled(self) -> None:
        """What was accepted has been sent and booked."""
        async with asyncio.timeout(10):
            senders = self.service.senders.values()
            while not self.service.engine.is_idle or not all(sender.is_idle for sender in senders):
                await asyncio.sleep(0.005)


@asynccontextmanager
async def desk_in(
    folder: Path, open_feed: OpenFeed | None = None, connections: Connections | None = None, **environment: str
) -> AsyncIterator[Desk]:
    """A desk that is ready; its configuration is the server's of `tests.servers`, changed by variables. Prices come by
    `open_feed`; without one three venues say something of bitcoin."""
    path = folder / "quartermaster.toml"
    path.write_text(CONFIGURATION.format(port=8080, token=TOKEN, secret=SECRET))
    settings = load_settings(path, {f"QUARTERMASTER_{name}": value for name, value in environment.items()})
    prepare(settings.database_path)
    service = build_service(settings, connections=connections, open_feed=open_feed or usual_world().open)
    app = create_app(service)
    started = asyncio.Event()
    running = asyncio.create_task(service.run(started))
    try:
        async with asyncio.timeout(10):
            while not service.engine.is_ready:
                await asyncio.sleep(0.005)
        yield Desk(service, app, app.test_client())
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await service.close()
