"""The commands and what ends them: 0 done, 1 failed, 2 wrong use or configuration, each with one clear line."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from app.initial import write_initial
from app.logs import configure_logs
from app.serving import AddressInUse, announcement, run_server
from app.settings import ConfigurationError, Settings, load_settings
from app.storage.errors import DatabaseLocked, DatabaseRefused

log = structlog.get_logger("serve")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
ConfigOption = Annotated[Path, typer.Option("--config", envvar="QUARTERMASTER_CONFIG", help="The configuration file.")]
DEFAULT_CONFIG = Path("quartermaster.toml")


def main() -> None:
    app()


def fail(message: str, code: int = 1) -> NoReturn:
    print(f"quartermaster: {message}", file=sys.stderr)  # noqa: T201 - the one line on stderr
    raise typer.Exit(code)


def settings_of(path: Path) -> Settings:
    try:
        return load_settings(path, os.environ)
    except ConfigurationError as error:
        for fault in error.faults:
            print(f"quartermaster: {fault}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from None


@app.command()
def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write a first configuration: a paper account, limits, and fresh secrets."""
    try:
        write_initial(config)
    except OSError as error:
        fail(str(error), 2)
    typer.echo(f"wrote {config} with fresh secrets in it: [webhook] secret and [server] api_token")


@app.command()
def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take alerts until stopped."""
    settings = settings_of(config)
    configure_logs()
    try:
        run_server(settings, announcement(settings, config))
    except (DatabaseLocked, AddressInUse) as error:
        fail(str(error), 2)
    except DatabaseRefused as error:
        fail(str(error), 1)
    except ExceptionGroup as error:
        log.error("the desk failed", exc_info=error)
        fail("the desk failed and has stopped; what was acknowledged is on disk: start it again", 1)
