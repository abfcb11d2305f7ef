"""A file that somebody replaces is noticed once, when the change is over."""

import asyncio
from pathlib import Path

from app.watching import changes

SOON_S = 0.02


async def seen(files: list[Path], hurry: asyncio.Event, within_s: float) -> int:
    """How many changes are told in that time."""
    told = 0
    try:
        async with asyncio.timeout(within_s):
            async for _ in changes(lambda: files, hurry, SOON_S):
                told += 1
    except TimeoutError:
        pass
    return told


async def test_nothing_is_told_where_nothing_changes(tmp_path: Path):
    assert await seen([tmp_path / "a", tmp_path], asyncio.Event(), 0.2) == 0


async def test_changes_that_follow_each_other_are_told_once(tmp_path: Path):
    file = tmp_path / "a"

    async def write() -> None:
        for number in range(10):
            await asyncio.sleep(SOON_S / 4)
            file.write_text("x" * number)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        told = tasks.create_task(seen([file], asyncio.Event(), 0.5))
    assert 1 <= told.result() <= 2


async def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path):
    link, old, new = tmp_path / "live", tmp_path / "1", tmp_path / "2"
    old.write_text("x")
    new.write_text("y")
    link.symlink_to(old)

    async def turn() -> None:
        await asyncio.sleep(0.1)
        link.unlink()
        link.symlink_to(new)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(turn())
        told = tasks.create_task(seen([link], asyncio.Event(), 0.4))
    assert told.result() == 1


async def test_who_hurries_is_told_at_once_whether_or_not_anything_changed(tmp_path: Path):
    hurry = asyncio.Event()
    hurry.set()
    assert await seen([tmp_path / "a"], hurry, 0.1) == 1
