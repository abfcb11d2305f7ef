"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_LONGEST_COMPARED = 128


def likeness(one: str, other: str) -> float:
    """From 0 for nothing in common to 1 for the same."""
    return SequenceMatcher(None, one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED]).ratio()


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like it, whatever its case; at least one must be known."""
    return max(known, key=lambda candidate: likeness(candidate.lower(), name.lower()))
