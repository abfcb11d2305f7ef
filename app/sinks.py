"""Where log lines go: written past every buffer, and what cannot be written is lost without harm."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class StreamSink:
    """A stream of the process; a full disk or a reader that has gone is not felt."""

    def __init__(self, stream: IO[str]) -> None:
        try:
            self._write: Callable[[bytes], object] = os.fdopen(os.dup(stream.fileno()), "wb", buffering=0).write
        except OSError:  # a stream in memory has no descriptor
            self._write = lambda data: stream.write(data.decode())

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._write(_encoded(text))

    def flush(self) -> None:
        """Nothing is ever held back."""


class FileSink:
    """A file that may be moved away or deleted at any time: the next line goes into a new one of that name.

    The name is looked at before every line, which needs no signal and costs two microseconds.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._path = path
        self._descriptor = os.open(path, _FLAGS, _MODE)
        self._file = _identity(os.fstat(self._descriptor))
        self._is_torn = False

    def write(self, text: str) -> None:
        """The line is in the file, whole or, on a full disk, in part or not at all: the next one begins a new line."""
        data = _encoded(text)
        try:
            self._follow()
            self._is_torn = os.write(self._descriptor, b"\n" + data if self._is_torn else data) < len(data)
        except OSError:
            return

    def flush(self) -> None:
        """Nothing is ever held back."""

    def _follow(self) -> None:
        """The descriptor is of the file that has the name now; where there can be none, of the last one that had it."""
        try:
            if _identity(os.stat(self._path)) == self._file:  # noqa: PTH116 - for every line: half the time
                return
        except FileNotFoundError:
            pass
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, _FLAGS, _MODE)
            os.close(self._descriptor)
            self._descriptor, self._file = descriptor, _identity(os.fstat(descriptor))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
