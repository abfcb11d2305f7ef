"""A dictionary of frozen values that can be rolled back and knows what changed."""

from collections.abc import Callable, Hashable, Iterator, ValuesView
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class UndoLog:
    """The way back: one per book, shared by its tables."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: list[tuple[dict[Hashable, object], Hashable, object]] = []

    def record(self, rows: dict[Hashable, object], key: Hashable) -> None:
        self._steps.append((rows, key, rows.get(key)))

    def position(self) -> int:
        return len(self._steps)

    def roll_back_to(self, position: int) -> None:
        """Every row is again what it was at `position`."""
        while len(self._steps) > position:
            rows, key, old = self._steps.pop()
            if old is None:
                rows.pop(key, None)
            else:
                rows[key] = old

    def clear(self) -> None:
        self._steps.clear()


class Table(Generic[K, V]):
    """`on_change` is called with the key whose row became another, but not when a rollback brings the old one back."""

    __slots__ = ("_changed", "_log", "_on_change", "_rows")

    def __init__(self, log: UndoLog, on_change: Callable[[K], None] | None = None) -> None:
        self._on_change = on_change
        self._rows: dict[K, V] = {}
        self._changed: dict[K, None] = {}
        self._log = log

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def items(self) -> list[tuple[K, V]]:
        return list(self._rows.items())

    def values(self) -> ValuesView[V]:
        return self._rows.values()

    def put(self, key: K, value: V) -> None:
        self._log.record(self._rows, key)  # type: ignore[arg-type]
        self._rows[key] = value
        self._changed[key] = None
        self._tell(key)

    def remove(self, key: K) -> None:
        """The key is gone; nothing happens where it was not there."""
        if key in self._rows:
            self._log.record(self._rows, key)  # type: ignore[arg-type]
            del self._rows[key]
            self._changed[key] = None
            self._tell(key)

    def _tell(self, key: K) -> None:
        if self._on_change is not None:
            self._on_change(key)

    def load(self, key: K, value: V) -> None:
        """Take a row from the store: there is no way back, and nothing to write."""
        self._rows[key] = value
        self._tell(key)

    def load_all(self, other: "Table[K, V]") -> None:
        """Take every row of another table, as from the store and in the same order."""
        for key, value in other.items():
            self.load(key, value)

    def drain_changes(self) -> dict[K, V | None]:
        """Each key touched since the last call with its value now, None where it was removed."""
        changed = {key: self._rows.get(key) for key in self._changed}
        self._changed.clear()
        return changed

    def as_dict(self) -> dict[K, V]:
        return dict(self._rows)
