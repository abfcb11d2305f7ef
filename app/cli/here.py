"""The desk inside this process, for the time of one request: what the command line uses while no server runs."""

import asyncio
import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import structlog

from app.bootstrap import build_service
from app.cli.configuration import require_writable
from app.cli.failure import DONE, CommandFailed, complain
from app.cli.request import Answer, Request, answer_of
from app.connecting import connect
from app.queueing import NotStored
from app.service import Service
from app.settings import Settings
from app.settings.model import DatabaseSettings
from app.storage.database import DatabaseLock, is_current
from app.storage.errors import DatabaseRefused, StorageError
from app.storage.preparing import Upgrade, prepare
from app.venues import SymbolsUnknown, VenueUnknown
from app.web import create_app

READY_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.01
NOTE = "no server is running: this is {file} itself"
OLDER = "{file} was written by an older Quartermaster: start `quartermaster serve` once, which brings it up to date"
EMPTY_NOTE = "there is no database yet: this is what a new desk would do"


def ask_here(settings: Settings, request: Request) -> Answer:
    """The answer of a desk that is over when this returns. Raises DatabaseLocked, or CommandFailed."""
    path = settings.database_path
    if request.is_rehearsal and (not path.exists() or not path.stat().st_size):
        return _ask_empty(settings, request)
    if request.is_read and not path.exists():
        raise CommandFailed("no database yet: start with `quartermaster serve`")
    require_writable(settings)
    lock = DatabaseLock(path)
    try:
        lock.acquire()
        if request.is_rehearsal and not is_current(path):
            raise CommandFailed(OLDER.format(file=path))
        _tell(prepare(path))
        return _answer(settings, request)
    except DatabaseRefused as error:
        raise CommandFailed(str(error)) from None
    finally:
        lock.release()


def _ask_empty(settings: Settings, request: Request) -> Answer:
    """The answer of a desk that has just been configured: its database is elsewhere, and gone when this returns."""
    with tempfile.TemporaryDirectory(prefix="quartermaster-") as folder:
        path = Path(folder) / "empty.db"
        empty = settings.model_copy(update={"database": DatabaseSettings(url=f"sqlite+aiosqlite:///{path}")})
        prepare(path)
        return replace(_answer(empty, request), note=EMPTY_NOTE)


def _tell(upgrade: Upgrade | None) -> None:
    if upgrade is not None:
        complain([f"upgraded the database to schema {upgrade.after}; it was {upgrade.backup.file} before"], DONE)


def _answer(settings: Settings, request: Request) -> Answer:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    serve = _read if request.is_read else _change
    try:
        response = asyncio.run(serve(settings, request))
    except ExceptionGroup as group:
        raise CommandFailed(f"the desk failed: {_first(group)}") from None
    except (VenueUnknown, SymbolsUnknown) as error:
        raise CommandFailed(str(error)) from None
    except (StorageError, NotStored) as error:
        raise CommandFailed(f"the desk failed: {error}") from None
    except TimeoutError:
        raise CommandFailed("the desk did not answer in time") from None
    note = NOTE.format(file=settings.database_path)
    answer = answer_of(response.status_code, response.headers.get("Content-Type", ""), response.content, note)
    assert answer is not None, response
    return answer


async def _read(settings: Settings, request: Request) -> httpx.Response:
    """The book as it was last written; nothing runs, so nothing can change."""
    service = build_service(settings)
    try:
        await service.engine.load()
        return await _response(service, request)
    finally:
        await service.close()


async def _change(settings: Settings, request: Request) -> httpx.Response:
    """The desk runs until what was asked, and all that follows from it, is on disk."""
    service = build_service(settings, connections=await connect(settings))
    try:
        async with asyncio.TaskGroup() as tasks:
            started = asyncio.Event()
            running = tasks.create_task(service.run(started), name="desk")
            await started.wait()
            await _until_ready(service)
            response = await _response(service, request)
            await service.drain()
            running.cancel()
        return response
    finally:
        await service.close()


async def _until_ready(service: Service) -> None:
    """A desk that does not get ready answers what it still can: a halt needs no reconciled account."""
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while asyncio.get_running_loop().time() < deadline:
        if service.engine.is_ready:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _response(service: Service, request: Request) -> httpx.Response:
    transport = httpx.ASGITransport(app=cast(Any, create_app(service)))
    async with (
        asyncio.timeout(request.patience_s),
        httpx.AsyncClient(transport=transport, base_url="http://desk", trust_env=False) as client,
    ):
        return await client.request(
            request.method,
            request.path,
            params=dict(request.params) or None,
            content=request.body,
            headers=request.headers(service.settings),
        )


def _first(group: BaseExceptionGroup[BaseException]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
