"""Log lines are written at once or lost, follow their file's name, and keep secrets out."""

import io
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from app import logs
from app.logs import configure_logs, log_events
from app.sinks import FileSink
from portfolio.model.event import Event, EventKind


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The test runner's own handlers come back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_line_is_in_the_file_at_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    configure_logs(file=path)
    structlog.get_logger("desk").warning("OrderRejected", order="1")
    (line,) = lines(path)
    assert json.loads(line).items() >= {"event": "OrderRejected", "order": "1", "level": "warning"}.items()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("kind", "level"), [("PositionLiquidated", "warning"), ("StrategyThrottled", "warning"), ("OrderFilled", "info")]
)
def test_what_a_person_should_look_at_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, level: str
) -> None:
    path = tmp_path / "desk.log"
    monkeypatch.setattr(logs, "log", structlog.get_logger("desk"))  # one that has not been used keeps no earlier file
    configure_logs(file=path)
    log_events([Event(kind=EventKind(kind), time=datetime(2026, 3, 2, tzinfo=UTC))])
    (line,) = lines(path)
    assert json.loads(line)["level"] == level


def test_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    path.write_text("before\n", encoding="utf-8")
    FileSink(path).write("after\n")
    assert lines(path) == ["before", "after"]


def test_a_file_that_was_moved_away_gets_a_successor_and_no_line_is_lost(tmp_path: Path) -> None:
    path, rotated = tmp_path / "desk.log", tmp_path / "desk.log.1"
    sink = FileSink(path)
    sink.write("one\n")
    path.rename(rotated)
    sink.write("two\n")
    sink.write("three\n")
    assert (lines(rotated), lines(path)) == (["one"], ["two", "three"])


def test_a_file_that_another_program_put_in_its_place_is_used(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    sink = FileSink(path)
    path.rename(tmp_path / "desk.log.1")
    path.touch()
    sink.write("line\n")
    assert lines(path) == ["line"]


def test_a_file_that_was_cut_off_in_place_is_written_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    sink = FileSink(path)
    sink.write("one\n")
    os.truncate(path, 0)
    sink.write("two\n")
    assert lines(path) == ["two"]


def test_a_folder_that_is_gone_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    sink = FileSink(folder / "desk.log")
    (folder / "desk.log").unlink()
    folder.rmdir()
    sink.write("lost\n")
    folder.mkdir()
    sink.write("kept\n")
    assert lines(folder / "desk.log") == ["kept"]


def test_files_that_come_and_go_leave_no_descriptor_open(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    sink = FileSink(path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        path.unlink()
        sink.write("line\n")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_full_disk_is_not_felt() -> None:
    sink = FileSink(Path("/dev/full"))
    sink.write("lost\n")


def test_after_a_line_that_was_cut_off_the_next_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "desk.log"
    sink = FileSink(path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    sink.write("broken\n")
    monkeypatch.undo()
    sink.write("whole\n")
    sink.write("next\n")
    assert lines(path) == ["bro", "whole", "next"]


def test_a_log_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        configure_logs(file=tmp_path)


def test_the_level_and_the_format_are_as_configured(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    configure_logs(file=path, level="warning", style="text")
    log = structlog.get_logger("desk")
    log.info("quiet")
    log.warning("loud", order="1")
    (line,) = lines(path)
    assert "loud" in line
    assert "order=1" in line
    assert "\x1b" not in line


def test_what_a_library_warns_of_is_in_the_log_without_paths() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    logging.getLogger("quart.app").error("Exception on request POST /webhook/my-own-secret", exc_info=ValueError("x"))
    logging.getLogger("asyncio").info("too quiet")
    (line,) = stream.getvalue().splitlines()
    assert "my-own-secret" not in line
    assert json.loads(line).items() >= {"library": "quart.app", "exception": "ValueError", "level": "error"}.items()
