"""What a check found, and what it looks at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from portfolio.setup import Setup


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be: by which check, of what, and what is wrong with it."""

    check: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One snapshot of the database, and the desk that it belongs to."""

    connection: Connection
    setup: Setup


Check: TypeAlias = Callable[[Looked], Iterable[Finding]]
