"""A command from its request to what is printed."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from app.cli.client import ask
from app.cli.configuration import settings_of
from app.cli.failure import CommandFailed
from app.cli.request import Answer, Request
from app.cli.tables import print_text


def perform(config: Path, request: Request, show: Callable[[Answer], None], *, as_json: bool) -> Answer:
    """The answer is printed, by `show` or as it came. Raises CommandFailed for a problem, and where none came."""
    answer = ask(settings_of(config), request)
    if as_json:
        print_body(answer.body)
    if answer.is_problem:
        raise CommandFailed(*problem_lines(answer.data))
    if not as_json:
        show(answer)
        if answer.note:
            print_text(Text(answer.note, "dim"))
    return answer


def print_body(body: bytes) -> None:
    """The bytes as they came, and a line's end."""
    sys.stdout.flush()
    sys.stdout.buffer.write(body + b"\n")
    sys.stdout.buffer.flush()


def problem_lines(problem: Mapping[str, Any]) -> list[str]:
    """What is wrong, then each field with the value it came with."""
    detail, errors = str(problem["detail"]), problem.get("errors") or []
    if len(errors) == 1 and errors[0]["value"] is not None:
        return [f'{detail} (got "{errors[0]["value"]}")']
    return [detail, *(_field(error) for error in errors)] if len(errors) > 1 else [detail]


def _field(error: dict[str, str | None]) -> str:
    got = f' (got "{error["value"]}")' if error["value"] is not None else ""
    return f"- {error['field']}: {error['message']}{got}"
