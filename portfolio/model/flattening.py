"""A holding that is to be brought to zero, however many orders that takes."""

from dataclasses import dataclass

from portfolio.model.identifiers import SignalId

MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Flattening:
    """`origin` is the alert or command that asked for it; `tries` counts the closing orders that came to nothing."""

    origin: str
    signal_id: SignalId | None
    tries: int = 0

    @property
    def is_spent(self) -> bool:
        return self.tries >= MOST_TRIES
