"""`quartermaster db upgrade`."""

import typer

from app.cli.configuration import require_writable, settings_of
from app.cli.database import existing_database
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.stopping import stopped_in_order
from app.storage.database import SCHEMA_HEAD, DatabaseLock
from app.storage.errors import DatabaseLocked, DatabaseRefused
from app.storage.preparing import prepare

app = typer.Typer()


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Bring the database to the newest schema, after making a copy of it. The server must be stopped."""
    settings = settings_of(config)
    path = existing_database(settings)
    require_writable(settings)
    lock = DatabaseLock(path)
    try:
        lock.acquire()
        with stopped_in_order():
            done = prepare(path)
    except DatabaseLocked as error:
        raise CommandFailed(f"{error}: stop it first", code=WRONG_USE) from None
    except DatabaseRefused as error:
        raise CommandFailed(str(error)) from None
    finally:
        lock.release()
    if done is None:
        typer.echo(f"{path}: schema {SCHEMA_HEAD}, nothing to do")
    else:
        typer.echo(f"{path}: upgraded from schema {done.before} to {done.after}")
        typer.echo(f"the database as it was: {done.backup.file}")
