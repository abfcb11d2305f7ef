"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence

BAR = r"\|"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    return "\n".join(_line(cells) for cells in (heads, ["---"] * len(heads), *rows))


def _line(cells: Sequence[str]) -> str:
    return " ".join(["|", *(f"{cell.replace('|', BAR)} |" if cell else "|" for cell in cells)])


def code(text: str) -> str:
    return f"`{text}`"


def paragraphs(*parts: str) -> str:
    """The parts with an empty line between them, and a line's end."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
