"""Structured logs: lines for people on a terminal, JSON otherwise; a log that cannot be written stops nothing."""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, Any

import orjson
import structlog

from app.codec import to_json
from portfolio.model.event import Event, EventKind

log = structlog.get_logger("desk")
_WARNINGS = frozenset(
    {
        EventKind.SIGNAL_CONFLICTED,
        EventKind.ORDER_REJECTED,
        EventKind.ORDER_BECAME_UNKNOWN,
        EventKind.ORDER_EXPIRED_UNSENT,
        EventKind.LATE_FILL,
        EventKind.FOREIGN_ORDER_REPORTED,
        EventKind.STRATEGY_FAILED,
        EventKind.LOSS_LIMIT_BREACHED,
        EventKind.FLATTEN_GAVE_UP,
        EventKind.RECONCILIATION_FAILED,
    }
)


class _Forgiving:
    """Writes past every buffer, and may fail without harm: on a full disk, or when the reader has gone."""

    def __init__(self, stream: IO[str]) -> None:
        try:
            self._write: Callable[[bytes], object] = os.fdopen(os.dup(stream.fileno()), "wb", buffering=0).write
        except OSError:  # a stream in memory has no descriptor
            self._write = lambda data: stream.write(data.decode())

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._write(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Nothing is ever held back."""


def say(text: str) -> None:
    """The text is on standard output, for the person who started this, or nowhere if it cannot be written there."""
    try:
        print(text, flush=True)  # noqa: T201 - the first thing a user reads
    except OSError:  # what is left in its buffer must not fail again when the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def configure_logs(stream: IO[str] | None = None) -> None:
    """Every logger writes to standard error, or to `stream`."""
    target = stream or sys.stderr
    on_terminal = target.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if on_terminal else _as_json
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(_Forgiving(target)),  # type: ignore[arg-type]
        wrapper_class=structlog.make_filtering_bound_logger(20),
        cache_logger_on_first_use=True,
    )


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
