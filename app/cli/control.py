"""Telling the desk what to do: halt, resume, flatten, cancel."""

import json as json_module
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.text import Text

from app.cli.cells import state, text
from app.cli.options import DEFAULT_CONFIG, AccountOption, ConfigOption, JsonOption, StrategyOption
from app.cli.perform import perform
from app.cli.request import Answer, Request
from app.cli.tables import print_text

app = typer.Typer()


@app.command()
def halt(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    account: AccountOption = None,
    strategy: StrategyOption = None,
    json: JsonOption = False,
) -> None:
    """Cancel entries and take no new ones; exits stay. Until `resume`."""
    _change("halt", config, account, strategy, as_json=json)


@app.command()
def resume(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    account: AccountOption = None,
    strategy: StrategyOption = None,
    json: JsonOption = False,
) -> None:
    """Trade again; after a loss limit, day and peak begin anew."""
    _change("resume", config, account, strategy, as_json=json)


@app.command()
def flatten(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    account: AccountOption = None,
    strategy: StrategyOption = None,
    json: JsonOption = False,
) -> None:
    """Halt, cancel every order and close every position."""
    _change("flatten", config, account, strategy, as_json=json)


@app.command()
def cancel(
    client_order_id: Annotated[str, typer.Argument(metavar="CLIENT_ORDER_ID", help="As `orders` shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    json: JsonOption = False,
) -> None:
    """Cancel one order."""
    request = Request(method="POST", path=f"/api/v1/orders/{quote(client_order_id, safe='')}/cancel")
    perform(config, request, _print_order, as_json=json)


def _change(verb: str, config: Path, account: str | None, strategy: str | None, *, as_json: bool) -> None:
    scope = {name: value for name, value in (("account", account), ("strategy", strategy)) if value is not None}
    request = Request(method="POST", path=f"/api/v1/{verb}", body=json_module.dumps(scope).encode())
    named = ", ".join(f"{name} {value}" for name, value in scope.items()) or "portfolio"
    perform(config, request, lambda answer: _print_state(named, answer), as_json=as_json)


def _print_state(named: str, answer: Answer) -> None:
    """The scope's state now, then what within it is still not ACTIVE."""
    print_text(Text.assemble(text(named), ": ", state(answer.data["state"])))
    for part in answer.data["still"]:
        print_text(Text.assemble("  still ", state(part["state"]), ": ", text(part["scope"])))


def _print_order(answer: Answer) -> None:
    print_text(Text.assemble(text(answer.data["client_order_id"]), ": ", state(answer.data["status"])))
