"""How a body is read, for people: which key stands for which field, and which keys count for nothing."""

from dataclasses import dataclass
from typing import Any

from app.intake.refusal import shown
from app.intake.translate import recognise
from app.intake.unsupported import objection

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field of the alert, the key it came under, and its value as short text."""

    field: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`ignored` are keys that change nothing; those that would and are not supported refuse the alert instead."""

    family: str
    fields: tuple[ReadField, ...]
    ignored: tuple[str, ...]

    def has(self, field: str) -> bool:
        return any(known.field == field for known in self.fields)


def explain(body: dict[str, Any]) -> Explanation:
    """How `translate` reads the body, whether it will take it or not. The body must be free of secrets."""
    family, entries = recognise(body)
    fields = [ReadField(field, key, shown(value)) for field, given in entries.items() for key, value in given]
    read = {known.key for known in fields}
    ignored = [key for key in body if key not in read and objection(key) is None]
    return Explanation(family, tuple(fields), tuple(key[:64] for key in ignored[:MOST_LISTED]))
