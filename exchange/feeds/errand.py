"""What a request is for, known to the driver that makes it: by when it must be answered, and what is wanted of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Errand:
    """`until_s` is the monotonic clock. `wanted` None is every symbol that the answer has. `passages` are the requests
    that were answered, `took_s` the longest of them."""

    until_s: float
    wanted: frozenset[str] | None = None
    passages: int = 0
    took_s: float = 0.0
    began_s: float = field(default_factory=time.monotonic)

    def left_s(self) -> float:
        return self.until_s - time.monotonic()


_errand: ContextVar[Errand | None] = ContextVar("price_errand", default=None)


def errand_now() -> Errand:
    """What the request that is being made is for; one without an errand has five seconds."""
    return _errand.get() or Errand(time.monotonic() + 5.0)


@contextmanager
def errand(until_s: float) -> Iterator[Errand]:
    """Requests made inside, and in tasks begun inside, are for this."""
    made = Errand(until_s)
    token = _errand.set(made)
    try:
        yield made
    finally:
        _errand.reset(token)
