"""When an empty answer is proof: twice, after the venue could no longer take what was sent, with nothing traded."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from portfolio.model.identifiers import ClientOrderId

MARGIN_S = 2.0
BETWEEN_READS_S = 0.4
MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Sent:
    """`empty_at_s` is when the question was asked that was answered first with nothing, and counts."""

    lapses_at_s: float
    empty_at_s: float | None = None


class Absences:
    """Remembers until when each request could still be taken; of those before this process it is its start."""

    def __init__(self, recv_window_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._recv_window_s = recv_window_s
        self._monotonic = monotonic
        self._began_s = monotonic()
        self._sent: dict[ClientOrderId, _Sent] = {}
        self._there: dict[ClientOrderId, None] = {}

    def sent(self, order_id: ClientOrderId, at_s: float) -> float:
        """A request for the order was signed then; answers how long from now the venue could take it."""
        self._sent.pop(order_id, None)
        sent = self._sent[order_id] = _Sent(at_s + self._recv_window_s)
        if len(self._sent) > MOST_REMEMBERED:
            del self._sent[next(iter(self._sent))]
        return max(0.0, sent.lapses_at_s - self._monotonic())

    def found(self, order_id: ClientOrderId) -> None:
        """The venue has told of the order: nothing proves its absence any more."""
        self._sent.pop(order_id, None)
        self._there[order_id] = None
        if len(self._there) > MOST_REMEMBERED:
            del self._there[next(iter(self._there))]

    def is_proven(self, order_id: ClientOrderId, asked_at_s: float, unknown_for_s: float = 0.0) -> bool:
        """The venue was asked then, by the monotonic clock, and had nothing. True where that settles it.

        An order whose answer an earlier process missed was sent before it became unknown.
        """
        if order_id in self._there:
            return False
        began_s = min(self._began_s, self._monotonic() - unknown_for_s)
        sent = self._sent.setdefault(order_id, _Sent(began_s + self._recv_window_s))
        if asked_at_s < sent.lapses_at_s + MARGIN_S:
            return False
        if sent.empty_at_s is None:
            sent.empty_at_s = asked_at_s
            return False
        return abs(asked_at_s - sent.empty_at_s) >= BETWEEN_READS_S
