"""The table that a run prints: each figure, the bound it has to meet, and what it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its bound: at most `bound`, or at least, where `is_least`."""

    measure: str
    value: float
    bound: float
    unit: str = ""
    is_least: bool = False
    aim: float | None = None
    detail: str = ""

    @property
    def is_met(self) -> bool:
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    @property
    def demand(self) -> str:
        least = f"{'≥' if self.is_least else '≤'} {_number(self.bound, self.unit)}"
        return least if self.aim is None else f"{least}, aim {_number(self.aim, self.unit)}"

    def cells(self) -> tuple[str, ...]:
        verdict = "met" if self.is_met else "MISSED"
        return self.measure, _number(self.value, self.unit), self.demand, verdict, self.detail


def table(figures: Sequence[Figure]) -> str:
    """Markdown, so that it can go into the README as it is."""
    rows = [("measure", "figure", "has to be", "", "in detail"), *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows)


def spread(values: Sequence[float], unit: str = "") -> str:
    """The lowest and the highest of the values."""
    return f"{_number(min(values))} to {_number(max(values), unit)}"


def _number(value: float, unit: str = "") -> str:
    places = 0 if isinstance(value, int) or abs(value) >= 100 else 2
    return f"{value:,.{places}f} {unit}".rstrip()
