"""`quartermaster db backup`."""

import json as json_module
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.configuration import settings_of
from app.cli.database import existing_database
from app.cli.failure import CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.stopping import stopped_in_order
from app.storage.backup import back_up, default_name
from app.storage.errors import DatabaseRefused

app = typer.Typer()


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The copy; left out: beside the database, named by the time in UTC.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """Make a verified copy of the database, whether or not a server runs. Nothing is ever overwritten."""
    path = existing_database(settings_of(config))
    target = file or default_name(path, datetime.now(UTC))
    try:
        with stopped_in_order():
            made = back_up(path, target)
    except DatabaseRefused as error:
        raise CommandFailed(str(error)) from None
    if json:
        facts = {"file": str(made.file), "bytes": made.size, "last_seq": made.last_seq}
        typer.echo(json_module.dumps(facts))
    else:
        typer.echo(f"wrote {made.file}: {made.size} bytes, verified, up to envelope {made.last_seq}")
