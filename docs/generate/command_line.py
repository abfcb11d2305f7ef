"""docs/reference/command-line.md: every command with what it takes, as the commands themselves say."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.main import get_command

from app.cli.main import app
from docs.generate.markdown import code, paragraphs, table

_INTRODUCTION = """\
# Command line

`quartermaster <command> [options]`. After `make run` it is `.venv/bin/quartermaster`. `--help` after a command tells
what it takes; `quartermaster --version` tells the version.

| exit code | |
|---|---|
| 0 | done |
| 1 | failed, or an alert was denied (`send`, `check --alert`) |
| 2 | wrong use or configuration |

What failed is told on standard error, everything else on standard output. With `--json` a command prints what the
[HTTP API](../http-api.md) answered, for `jq` and scripts. Where no server runs, the commands that read or change the
desk work on the database themselves, under its lock."""


def command_line_page() -> str:
    return paragraphs(_INTRODUCTION, *(_section(name, command) for name, command in commands().items()))


def commands() -> Mapping[str, Any]:
    """Every command by what one types after `quartermaster`, those below a group included."""
    group: Any = get_command(app)
    return dict(_below(group, typer.Context(group), ""))


def _below(group: Any, context: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command.hidden:
            continue
        yield f"{before}{name}", command
        if hasattr(command, "list_commands"):
            yield from _below(command, typer.Context(command), f"{before}{name} ")


def _section(name: str, command: Any) -> str:
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    taken = table(("argument or option", "", "default"), rows) if rows else ""
    return paragraphs(f"## {name}", _usage(name, command), _told(command.help), taken)


def _usage(name: str, command: Any) -> str:
    arguments = [_argument(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    return f"    quartermaster {' '.join([name, *arguments, '[options]'])}"


def _argument(parameter: Any) -> str:
    shown = _metavar(parameter)
    return shown if parameter.required else f"[{shown}]"


def _row(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        return code(_metavar(parameter)), _told(parameter.help), "" if not parameter.required else "*required*"
    value = "" if parameter.is_flag else f" {_metavar(parameter)}"
    spelled = ", ".join(code(f"{option}{value}") for option in (*parameter.opts, *parameter.secondary_opts))
    return spelled, _told(parameter.help), _default(parameter)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "*required*"
    variable = f"{code('$' + parameter.envvar)}, else " if parameter.envvar else ""
    is_told = parameter.default not in (None, False, "", ()) and not callable(parameter.default)
    return f"{variable}{code(str(parameter.default))}" if is_told else variable.removesuffix(", else ")


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.removeprefix("_").upper().replace("_", "-"))


def _told(text: str | None) -> str:
    """Help as running text."""
    return " ".join((text or "").split())
