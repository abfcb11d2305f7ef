"""`quartermaster db`: the database as its operator knows it."""

import typer

from app.cli import db_backup, db_check, db_prune, db_upgrade

app = typer.Typer()
db = typer.Typer(help="Look after the database: check, backup, upgrade, prune.", no_args_is_help=True)
for module in (db_check, db_backup, db_upgrade, db_prune):
    db.registered_commands += module.app.registered_commands
app.add_typer(db, name="db")


@app.callback()
def group() -> None:
    """A callback keeps the group a group, though there is one thing in it."""
