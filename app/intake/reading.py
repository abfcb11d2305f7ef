"""An alert while it is read: its entries by field, and everything found wrong with them so far."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from app.intake.fields import Unreadable
from app.intake.refusal import Fault, FieldError, refusal

T = TypeVar("T")

Entry: TypeAlias = tuple[str, Any]
"""A key as the sender spelled it, and its value."""

Entries: TypeAlias = Mapping[str, Sequence[Entry]]
"""For each canonical field, every entry that stands for it."""

FREE_TEXT = "comment"


class Reading:
    """Reads field after field and keeps the faults, so that an alert's errors are reported together."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._faults: list[Fault] = []
        self._unreadable: set[str] = set()

    def has(self, field: str) -> bool:
        """True where the alert has the field, readable or not."""
        return field in self._entries

    def is_readable(self, *fields: str) -> bool:
        """True where each of the fields is absent or was read without a fault."""
        return self._unreadable.isdisjoint(fields)

    def spelled(self, field: str) -> str | None:
        """The key the field came with, in lower case; None where it is absent."""
        entries = self._entries.get(field)
        return entries[0][0].lower() if entries else None

    def optional(self, field: str, reader: Callable[[Any], T]) -> T | None:
        """What the field says; None where it is absent, unreadable or its synonyms disagree."""
        entries = self._entries.get(field)
        if entries is None:
            return None
        key, value = entries[0]
        meant = self._read(field, key, value, reader)
        for other, other_value in entries[1:]:
            also_meant = self._read(field, other, other_value, reader)
            if None not in (meant, also_meant) and meant != also_meant:
                self.fault(key, f"disagrees with {other}", value)
                self.fault(other, f"disagrees with {key}", other_value)
        return meant

    def required(self, field: str, reader: Callable[[Any], T]) -> T | None:
        """Like `optional`, but a field that is absent is a fault."""
        if field not in self._entries:
            self.missing(field, "is missing", "MISSING_FIELD")
        return self.optional(field, reader)

    def wrong(self, field: str, message: str, code: str = "INVALID_FIELD") -> None:
        """Marks a field that the alert has as wrong, under the key it came with."""
        key, value = self._entries[field][0]
        self.fault(key, message, value, code)

    def missing(self, field: str, message: str, code: str) -> None:
        """Marks a field that the alert lacks."""
        self._faults.append(Fault(422, code, FieldError.absent(field, message)))

    def fault(self, key: str, message: str, value: Any, code: str = "INVALID_FIELD", status: int = 422) -> None:
        """Marks a key as wrong."""
        self._faults.append(Fault(status, code, FieldError.of(key, value, message)))

    def finish(self) -> None:
        """Raises Refused with every fault, if there is one."""
        if self._faults:
            raise refusal(self._faults)

    def _read(self, field: str, key: str, value: Any, reader: Callable[[Any], T]) -> T | None:
        if isinstance(value, str) and "{{" in value and field != FREE_TEXT:
            self._unreadable.add(field)
            self.fault(key, "is an unfilled placeholder", value)
            return None
        try:
            return reader(value)
        except Unreadable as error:
            self._unreadable.add(field)
            path = f"{key}.{error.within}" if error.within else key
            self.fault(path, error.message, value, error.code, error.status)
            return None
