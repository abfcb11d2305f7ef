"""Reading what the desk knows: status, orders, fills, positions, limits, strategies, events."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import typer

from app.cli import listings
from app.cli.bars import print_limits
from app.cli.listings import Listing, print_listing
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
from app.cli.standing import print_status

app = typer.Typer()


def show_listing(config: Path, listing: Listing, params: Mapping[str, object], *, as_json: bool) -> None:
    """The collection, filtered by the parameters that were given."""
    given = {name: str(value) for name, value in params.items() if value is not None}
    request = Request(path=f"/api/v1/{listing.name}", params=given)
    perform(config, request, partial(print_listing, listing), as_json=as_json)


@app.command()
def status(config: ConfigOption = DEFAULT_CONFIG, *, json: JsonOption = False) -> None:
    """The desk at a glance: state, equity, accounts, strategies."""
    perform(config, Request(path="/api/v1/status"), print_status, as_json=json)


@app.command()
def orders(
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
    """Orders, the newest first; those that were denied as well."""
    state = status.upper() if status else None
    params = {"limit": limit, "before": before, "status": state, "symbol": symbol}
    show_listing(config, listings.ORDERS, {**params, "strategy": strategy, "account": account}, as_json=json)


@app.command()
def fills(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    limit: LimitOption = None,
    before: BeforeOption = None,
    symbol: SymbolOption = None,
    strategy: StrategyOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """Trades, the newest first."""
    params = {"limit": limit, "before": before, "symbol": symbol, "strategy": strategy, "account": account}
    show_listing(config, listings.FILLS, params, as_json=json)


@app.command()
def events(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    limit: LimitOption = None,
    before: BeforeOption = None,
    symbol: SymbolOption = None,
    strategy: StrategyOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """What happened, the newest first."""
    params = {"limit": limit, "before": before, "symbol": symbol, "strategy": strategy, "account": account}
    show_listing(config, listings.EVENTS, params, as_json=json)


@app.command()
def positions(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    symbol: SymbolOption = None,
    strategy: StrategyOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """What is held: a row for each strategy, and one for the account as a whole."""
    params = {"symbol": symbol, "strategy": strategy, "account": account}
    show_listing(config, listings.POSITIONS, params, as_json=json)


@app.command()
def limits(config: ConfigOption = DEFAULT_CONFIG, *, json: JsonOption = False) -> None:
    """Every limit with how much of it is used now, the fullest first."""
    perform(config, Request(path="/api/v1/limits"), print_limits, as_json=json)


@app.command()
def strategies(config: ConfigOption = DEFAULT_CONFIG, *, json: JsonOption = False) -> None:
    """Every strategy with its state and profit."""
    show_listing(config, listings.STRATEGIES, {}, as_json=json)
