"""A look into a database that changes nothing in it."""

import asyncio
from pathlib import Path

from app.storage.database import reader_engine
from app.storage.errors import StorageUnavailable
from app.storage.reading import EVENTS, Page, Reader


def why_not_readable(path: Path) -> str | None:
    """What is wrong with the database; None where it opens, and where there is none or an empty file yet."""
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        asyncio.run(_read(path))
    except StorageUnavailable as error:
        return f"{path} does not open: {error}"
    return None


async def _read(path: Path) -> None:
    reader = Reader(reader_engine(path))
    try:
        await reader.page(EVENTS, Page(limit=1))
    finally:
        await reader.close()
