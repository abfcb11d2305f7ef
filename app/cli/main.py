"""The command line: 0 done, 1 failed, 2 wrong use or configuration, each failure with one clear line on stderr."""

import contextlib
import io
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from app.cli.commands import Commands
from app.cli.failure import WRONG_USE, CommandFailed

PLACES = {
    "init": "app.cli.init",
    "check": "app.cli.check",
    "serve": "app.cli.serve",
    "send": "app.cli.send",
    "template": "app.cli.template",
    "status": "app.cli.look",
    "signals": "app.cli.signals",
    "orders": "app.cli.look",
    "fills": "app.cli.look",
    "positions": "app.cli.look",
    "limits": "app.cli.look",
    "strategies": "app.cli.look",
    "events": "app.cli.look",
    "prices": "app.cli.prices",
    "screen": "app.cli.screen",
    "discrepancies": "app.cli.discrepancies",
    "wallet": "app.cli.wallet",
    "bench": "app.cli.bench",
    "halt": "app.cli.control",
    "resume": "app.cli.control",
    "flatten": "app.cli.control",
    "cancel": "app.cli.control",
    "reconcile": "app.cli.reconcile",
    "db": "app.cli.db",
    "rotate": "app.cli.rotate",
}


class Quartermaster(Commands):
    """Every command by the module that has it."""

    places = PLACES


app = typer.Typer(cls=Quartermaster, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    """Ends the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")
    app(prog_name="quartermaster")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"quartermaster {version('quartermaster')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def quartermaster(
    ctx: typer.Context,
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, show_default=False, help="Print the version."),
    ] = False,
) -> None:
    """A self-hosted trading desk: alerts in, orders out, exactly once, inside your limits.

    Begin with `quartermaster init`, then `quartermaster serve`. Every command takes --config after its name.
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise CommandFailed("a command is needed", code=WRONG_USE)
