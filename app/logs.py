"""Structured logs: lines for people on a terminal, JSON otherwise; a log that cannot be written stops nothing."""

import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import orjson
import structlog

from app.codec import to_json
from app.sinks import FileSink, StreamSink
from portfolio.model.event import Event, EventKind

log = structlog.get_logger("desk")
_PATH = re.compile(r"\S*/\S*")
_WARNINGS = frozenset(
    {
        EventKind.SIGNAL_CONFLICTED,
        EventKind.ORDER_REJECTED,
        EventKind.ORDER_BECAME_UNKNOWN,
        EventKind.ORDER_EXPIRED_UNSENT,
        EventKind.LATE_FILL,
        EventKind.ORDER_UNRESOLVED,
        EventKind.ORDER_MISMATCHED,
        EventKind.ORDER_ADOPTED,
        EventKind.ENDED_ORDER_FOUND,
        EventKind.POSITION_ADJUSTED,
        EventKind.BALANCE_ADJUSTED,
        EventKind.FOREIGN_POSITION_FOUND,
        EventKind.VENUE_STATE_CHANGED,
        EventKind.FOREIGN_ORDER_REPORTED,
        EventKind.STRATEGY_FAILED,
        EventKind.STRATEGY_THROTTLED,
        EventKind.POSITION_LIQUIDATED,
        EventKind.POSITION_UNPROTECTED,
        EventKind.FOREIGN_TRADE_BOOKED,
        EventKind.PROTECTION_TRADED,
        EventKind.LOSS_LIMIT_BREACHED,
        EventKind.FLATTEN_GAVE_UP,
        EventKind.RECONCILIATION_FAILED,
    }
)


def say(text: str) -> None:
    """The text is on standard output, for the person who started this, or nowhere if it cannot be written there."""
    try:
        print(text, flush=True)  # noqa: T201 - the first thing a user reads
    except OSError:  # what is left in its buffer must not fail again when the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def configure_logs(
    stream: IO[str] | None = None, *, file: Path | None = None, level: str = "info", style: str | None = None
) -> None:
    """Every logger writes to the file, else to `stream`, else to standard error; so do the libraries' warnings.

    Raises OSError where the file cannot be opened.
    """
    target = stream or sys.stderr
    sink = FileSink(file) if file else StreamSink(target)
    on_terminal = file is None and target.isatty()
    as_text = style == "text" if style else on_terminal
    renderer: Any = structlog.dev.ConsoleRenderer(colors=on_terminal) if as_text else _as_json
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(sink),  # type: ignore[arg-type]
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


class _FromLibraries(logging.Handler):
    """What a library warns of, as a line of this log: its first line, without paths, since an alert's has a secret."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        write = log.error if record.levelno >= logging.ERROR else log.warning
        says = _PATH.sub("…", str(record.msg).partition("\n")[0])
        write("a library says", library=record.name, says=says, **({"exception": kind} if kind else {}))


def log_events(events: Sequence[Event]) -> None:
    """One line an event, all lines of a signal with its id as `id`."""
    for event in events:
        write = log.warning if event.kind in _WARNINGS else log.info
        subject = {"id": event.origin, "order": event.client_order_id, "strategy": event.strategy}
        subject |= {"account": event.account, "symbol": event.symbol}
        known = {name: value for name, value in subject.items() if value is not None}
        write(event.kind.value, **{**event.detail, **known})


def _as_json(_: object, __: str, fields: Any) -> str:
    try:
        return to_json(fields).decode()
    except (TypeError, orjson.JSONEncodeError):
        return to_json({name: str(value) for name, value in fields.items()}).decode()
