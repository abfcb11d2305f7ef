"""How far a look has come, on a terminal: candles of many markets can take minutes at a venue's pace."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from portfolio.prices.ticker import Venue


class Progress:
    """A context manager: within it the last line of a terminal says what is waited for; elsewhere nothing does."""

    def __init__(self) -> None:
        self._shown = Status("asking", console=Console(stderr=True)) if sys.stderr.isatty() else None
        self._left: dict[Venue, str] = {}

    def __enter__(self) -> Self:
        if self._shown is not None:
            self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()

    def note(self, venue: Venue, done: int, total: int) -> None:
        """So many of the venue's markets that need candles have theirs."""
        self._left.pop(venue, None)
        if done < total:
            self._left[venue] = f"{venue}: candles of {done} of {total} markets"
        if self._shown is not None:
            self._shown.update(Text(", ".join(self._left.values()) or "asking"))
