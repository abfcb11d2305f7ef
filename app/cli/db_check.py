"""`quartermaster db check`."""

import json as json_module
from pathlib import Path

import typer

from app.cli.configuration import settings_of
from app.cli.database import existing_database
from app.cli.failure import CommandFailed, printable
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.desk import build_desk
from app.storage.checking import Examined, examine_all
from app.storage.errors import DatabaseRefused
from app.venues import remembered

app = typer.Typer()


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG, *, json: bool = typer.Option(False, "--json", help="Print it as JSON.")
) -> None:
    """Tell whether the file is whole and the books add up. Changes nothing; a server may run."""
    settings = settings_of(config)
    path = existing_database(settings)
    setup, _ = build_desk(settings, remembered(settings))
    try:
        examined = examine_all(path, setup)
    except DatabaseRefused as error:
        if json:
            typer.echo(json_module.dumps({"ok": False, "database": str(path), "faults": [str(error)]}))
        raise CommandFailed(str(error)) from None
    if json:
        typer.echo(json_module.dumps(_as_json(path, examined)))
    for finding in examined.findings:
        typer.echo(printable(f"{finding.check}: {finding.subject}: {finding.message}"), err=True)
    if examined.findings:
        count = len(examined.findings)
        raise CommandFailed(f"{path}: {count} finding{'s' if count > 1 else ''}")
    if not json:
        orders, fills = (examined.rows.get(name, 0) for name in ("orders", "fills"))
        typer.echo(f"{path}: whole, schema {examined.schema or 'none yet'}, {orders} orders and {fills} fills add up")


def _as_json(path: Path, examined: Examined) -> dict[str, object]:
    return {
        "ok": not examined.findings,
        "database": str(path),
        "schema": examined.schema,
        "rows": examined.rows,
        "findings": [{"check": f.check, "subject": f.subject, "message": f.message} for f in examined.findings],
    }
