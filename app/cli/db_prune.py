"""`quartermaster db prune`."""

import json as json_module
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.cli.configuration import require_writable, settings_of
from app.cli.database import existing_database
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.stopping import stopped_in_order
from app.clock import now_utc
from app.desk import build_desk
from app.settings import Settings
from app.storage.database import DatabaseLock
from app.storage.errors import DatabaseLocked, StorageError
from app.storage.pruning.prune import Pruned, allowed, count_prunable, prune
from app.storage.pruning.remove import vacuum as give_back
from app.storage.questions import Windows
from app.venues import remembered

app = typer.Typer()
_KEEP = re.compile(r"([1-9][0-9]{0,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.command(name="prune")
def prune_command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    before: Annotated[str | None, typer.Option(help="Older than this: 2026-08-01, or a time in RFC 3339.")] = None,
    keep: Annotated[str | None, typer.Option(help="Older than this: 90d, 12w, 48h.")] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the export goes; left out: beside the database.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many rows would go.")] = False,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Afterwards give the space back; the server must be stopped.")
    ] = False,
    json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """Export history that is older, then delete it. A server may run and trade."""
    settings = settings_of(config)
    path = existing_database(settings)
    now = now_utc()
    wanted = _moment(before, keep, now)
    moment = allowed(wanted, now, _windows(settings))
    setup, _ = build_desk(settings, remembered(settings))
    lock = DatabaseLock(path)
    try:
        if dry_run:
            done = count_prunable(path, setup, moment)
        else:
            require_writable(settings)
            if vacuum:
                lock.acquire()
            with stopped_in_order():
                done = prune(path, setup, moment, export or path.parent, now)
                if vacuum:
                    _give_back(path)
    except DatabaseLocked as error:
        raise CommandFailed(str(error), code=WRONG_USE) from None
    except StorageError as error:
        raise CommandFailed(str(error)) from None
    finally:
        lock.release()
    _tell(done, wanted, dry_run=dry_run, as_json=json)


def _moment(before: str | None, keep: str | None, now: datetime) -> datetime:
    """Raises CommandFailed."""
    if (before is None) == (keep is None):
        raise CommandFailed("say how old: either --before DATE or --keep 90d", code=WRONG_USE)
    if keep is not None:
        match = _KEEP.fullmatch(keep)
        if match is None:
            raise CommandFailed(f"--keep: expected hours, days or weeks such as 90d, got {keep}", code=WRONG_USE)
        return now - int(match[1]) * _UNITS[match[2]]
    try:
        moment = datetime.fromisoformat(str(before))
    except ValueError:
        raise CommandFailed(f"--before: expected a date such as 2026-08-01, got {before}", code=WRONG_USE) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _windows(settings: Settings) -> Windows:
    ids, contents = settings.webhook.id_window_s, settings.webhook.dedup_window_s
    return Windows(timedelta(seconds=float(ids)), timedelta(seconds=float(contents)))


def _give_back(path: Path) -> None:
    """Raises CommandFailed where a second copy of what is left does not fit."""
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise CommandFailed("pruned; there is not enough room to give space back: it needs twice the file's size")
    give_back(path)


def _tell(done: Pruned, wanted: datetime, *, dry_run: bool, as_json: bool) -> None:
    facts = {
        "before": done.before.isoformat(),
        "rows": done.rows,
        "dry_run": dry_run,
        "longest_ms": round(done.longest_s * 1000),
    }
    facts["export"] = str(done.folder) if done.folder else None
    if as_json:
        typer.echo(json_module.dumps(facts))
        return
    if done.before < wanted:
        typer.echo(f"what is younger than {done.before:%Y-%m-%d %H:%M:%S} UTC stays: ids and counts still need it")
    rows = ", ".join(f"{count} {name}" for name, count in done.rows.items() if count) or "nothing"
    typer.echo(
        f"{'would prune' if dry_run else 'pruned'} what is older than {done.before:%Y-%m-%d %H:%M:%S} UTC: {rows}"
    )
    if done.folder:
        typer.echo(f"exported to {done.folder}")
