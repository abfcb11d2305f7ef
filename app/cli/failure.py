"""How a command fails: as lines for people on stderr, and a code for scripts."""

import sys
from collections.abc import Sequence

DONE, FAILED, WRONG_USE = 0, 1, 2


class CommandFailed(Exception):
    """The command ends here. Each line is told on stderr; the first says what is wrong."""

    def __init__(self, *lines: str, code: int = FAILED) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
        self.code = code


def complain(lines: Sequence[str], code: int) -> int:
    """Each line is on stderr, as one line whatever it contains."""
    for line in lines:
        print(f"quartermaster: {printable(' '.join(line.split()))}", file=sys.stderr)  # noqa: T201
    return code


def printable(text: str) -> str:
    """The text with nothing in it that could steer a terminal: an alert's author writes some of what is shown."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
