"""`quartermaster signals`, and `signals show` for the whole story of one."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from app.cli.listings import SIGNALS
from app.cli.look import show_listing
from app.cli.options import (
    DEFAULT_CONFIG,
    AccountOption,
    BeforeOption,
    ConfigOption,
    JsonOption,
    LimitOption,
    StatusOption,
    StrategyOption,
    SymbolOption,
)
from app.cli.perform import perform
from app.cli.request import Request
from app.cli.trail import print_trail

app = typer.Typer()
signals_app = typer.Typer()
app.add_typer(signals_app, name="signals")


@signals_app.callback(invoke_without_command=True)
def signals(
    ctx: typer.Context,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    limit: LimitOption = None,
    before: BeforeOption = None,
    status: StatusOption = None,
    symbol: SymbolOption = None,
    strategy: StrategyOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """Alerts and what was decided on them, the newest first; `signals show ID` for the whole story of one."""
    if ctx.invoked_subcommand is not None:
        ctx.obj = (config, json)
        return
    outcome = status.lower() if status else None
    params = {"limit": limit, "before": before, "status": outcome, "symbol": symbol}
    show_listing(config, SIGNALS, {**params, "strategy": strategy, "account": account}, as_json=json)


@signals_app.command()
def show(
    ctx: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The signal's id, or the alert's own (the newest).")],
    config: Annotated[Path | None, typer.Option("--config", help="The configuration file.", metavar="FILE")] = None,
    *,
    json: JsonOption = False,
) -> None:
    """One signal from the alert to the position: every check, order, fill and time."""
    outer_config, outer_json = ctx.obj
    request = Request(path=f"/api/v1/signals/{quote(wanted, safe='')}")
    perform(config or outer_config, request, print_trail, as_json=json or outer_json)
