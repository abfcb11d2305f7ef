"""`quartermaster check`: everything that is wrong with a configuration, or what it amounts to."""

import asyncio
import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from app.checkups import Findings, check_up_venues, connect_gateway
from app.cli.configuration import settings_of, why_not_writable
from app.cli.database import why_not_readable
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.perform import perform
from app.cli.rehearsed import complaints, outcome, print_rehearsed
from app.cli.request import Request
from app.cli.send import read_alert
from app.cli.summary import Summary, print_summary, summary_of
from app.cli.warnings import warnings_of
from app.clock import now_utc
from app.connecting import price_desk
from app.desk import build_desk
from app.feed_checkups import check_up_feeds
from app.price_checkups import SourceFindings, check_up_prices
from app.settings import Settings
from app.tls.faults import tls_faults

app = typer.Typer()


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    alert: Annotated[
        str | None, typer.Option(metavar="FILE", help="Tell what would become of this alert; - for standard input.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no venue.")] = False,
    json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """Tell what is wrong with the configuration, or what it amounts to. Changes nothing.

    Real venues are asked about their accounts: keys and what they may do, clocks, modes, symbols, balances; those whose
    prices paper accounts trade at, what they trade and at what price; those of [prices], for what is watched. 1 where
    an account cannot be traded.

    With --alert: what the desk would make of an alert, and why; 1 where it would be denied or refused.
    """
    if alert is not None:
        _rehearse(config, alert, as_json=json)
        return
    try:
        settings = settings_of(config)
        _require_sound(settings)
    except CommandFailed as failure:
        if json:
            typer.echo(json_module.dumps({"ok": False, "configuration": str(config), "faults": failure.lines}))
        raise
    found, sources = ([], []) if offline else asyncio.run(_asked(settings))
    summary = summary_of(settings, config, warnings_of(settings, config, now_utc()), found, sources)
    faults = [f"account {finding.account}: {finding.place}: {fault}" for finding in found for fault in finding.faults]
    _print(summary, faults, as_json=json)
    if faults:
        raise CommandFailed(*faults)


async def _asked(settings: Settings) -> tuple[list[Findings], list[SourceFindings]]:
    """What venues say of every account that needs one, and of what is watched."""
    venues, feeds, sources = await asyncio.gather(
        check_up_venues(settings, now_utc(), connect_gateway),
        check_up_feeds(settings, price_desk(settings)),
        check_up_prices(price_desk(settings)),
    )
    return [*venues, *feeds], sources


def _rehearse(config: Path, file: str, *, as_json: bool) -> None:
    """Raises CommandFailed where the alert would not be taken."""
    faults = _desk_faults(settings_of(config))
    if faults:
        raise CommandFailed(*faults, code=WRONG_USE)
    request = Request(method="POST", path="/api/v1/preview", body=read_alert(file), is_rehearsal=True)
    answer = perform(config, request, print_rehearsed, as_json=as_json)
    would_answer = answer.data["would_answer"]
    if outcome(would_answer) in ("denied", "refused"):
        raise CommandFailed(*complaints(would_answer))


def _require_sound(settings: Settings) -> None:
    """The desk can be built and its database kept. Raises CommandFailed with all that is in the way."""
    faults = [
        *_desk_faults(settings),
        *_database_faults(settings.database_path),
        *_log_faults(settings.log_path),
        *tls_faults(settings.tls, now_utc()),
    ]
    if faults:
        raise CommandFailed(*faults, code=WRONG_USE)


def _desk_faults(settings: Settings) -> list[str]:
    try:
        build_desk(settings)
    except ValueError as error:
        return [str(error)]
    return []


def _database_faults(path: Path) -> list[str]:
    reason = why_not_writable(path) or why_not_readable(path)
    return [f"database.url: {reason}"] if reason else []


def _log_faults(path: Path | None) -> list[str]:
    """Unlike the database's, a log's folder is not made: `serve` would end with this."""
    if path is None:
        return []
    reason = why_not_writable(path) if path.parent.exists() else f"cannot write {path}: there is no such folder"
    return [f"log.file: {reason}"] if reason else []


def _print(summary: Summary, faults: list[str], *, as_json: bool) -> None:
    if as_json:
        told = {"faults": faults} if faults else {}
        typer.echo(json_module.dumps({"ok": not faults, **summary, **told}))
    else:
        print_summary(summary)
    for warning in summary["warnings"]:
        typer.echo(f"quartermaster: warning: {warning}", err=True)
