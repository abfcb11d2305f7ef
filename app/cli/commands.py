"""The group of all commands: each is loaded when it is asked for, and whatever fails ends as one line and a code."""

import importlib
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_group

from app.cli.failure import FAILED, WRONG_USE, CommandFailed, complain


class Commands(TyperGroup):
    """`places` names the module of each command, whose `app` has it; so `serve` carries nothing of the others."""

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.places:
            return None
        module = importlib.import_module(self.places[cmd_name])
        return get_group(module.app).commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.places and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.places, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            known = "`quartermaster --help` lists them all"
            raise CommandFailed(f"there is no command {args[0]}{meant} ({known})", code=WRONG_USE)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Runs a command and ends the process."""
        sys.exit(self._code_of(args, options))

    def _code_of(self, args: tuple[Any, ...], options: dict[str, Any]) -> int:
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except CommandFailed as failure:
            return complain(failure.lines, failure.code)
        except typer.Abort:
            return complain(["interrupted"], FAILED)
        except typer.TyperException as error:
            return complain([_wrong_use(error)], error.exit_code)
        except OSError as error:
            return complain([str(error)], FAILED)
        return code if isinstance(code, int) else 0


def _wrong_use(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "quartermaster"
    return f"{error.format_message().rstrip('.')} (`{command} --help` tells what it takes)"
