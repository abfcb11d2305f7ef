"""`quartermaster template`: messages to paste into TradingView, for each strategy and each sort of alert."""

import json as json_module
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from app.cli.cells import text
from app.cli.configuration import settings_of
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.tables import print_text
from app.desk import build_desk, symbols_of
from app.settings import Settings, StrategySettings
from app.settings.nearest import nearest
from app.templates import PLACEHOLDER, Template, example_values, filled, templates_for
from app.venues import remembered

app = typer.Typer()


@app.command()
def template(
    strategy: Annotated[str | None, typer.Argument(metavar="STRATEGY", help="All where left out.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    only: Annotated[
        str | None, typer.Option(metavar="NAME", help="One message and nothing else: strategy, buy, sell or close.")
    ] = None,
    example: Annotated[bool, typer.Option("--filled", help="With placeholders filled, to try them.")] = False,
    with_secret: Annotated[bool, typer.Option("--with-secret", help="With the secret, on a terminal.")] = False,
    force: Annotated[bool, typer.Option("--force", help="With the secret even into a file or a pipe.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Print messages to paste into TradingView's alerts."""
    settings = settings_of(config)
    if with_secret and not (force or sys.stdout.isatty()):
        said = "--with-secret is for a terminal; add --force to write the secret elsewhere"
        raise CommandFailed(said, code=WRONG_USE)
    secret = settings.webhook.secret.get_secret_value() if with_secret else PLACEHOLDER
    wanted = _strategies(settings, strategy)
    made = [item for known in wanted for item in templates_for(known, secret)]
    made = _filled(settings, made) if example else made
    if only is not None:
        typer.echo(_written(_only(made, only)))
    elif json:
        typer.echo(json_module.dumps({"webhook": _webhook(settings), "templates": [asdict(item) for item in made]}))
    else:
        _print(settings, config, made, with_secret=with_secret)


def _strategies(settings: Settings, wanted: str | None) -> list[StrategySettings]:
    """Raises CommandFailed where there is none of that name."""
    found = [known for known in settings.strategies if wanted in (None, known.id)]
    if found:
        return found
    if wanted is None:
        raise CommandFailed("there is no strategy in the configuration", code=WRONG_USE)
    names = [known.id for known in settings.strategies]
    meant = f"; did you mean {nearest(wanted, names)}?" if names else ""
    raise CommandFailed(f"there is no strategy {wanted}{meant}", code=WRONG_USE)


def _only(made: list[Template], name: str) -> Template:
    """Raises CommandFailed unless exactly one has the name."""
    found = [item for item in made if item.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        owners = ", ".join(item.strategy for item in found)
        raise CommandFailed(f"several strategies have a message {name}, name one: {owners}", code=WRONG_USE)
    names = ", ".join(dict.fromkeys(item.name for item in made))
    raise CommandFailed(f"there is no message {name}; there are {names}", code=WRONG_USE)


def _filled(settings: Settings, made: list[Template]) -> list[Template]:
    """On a chart of the first symbol that the strategy trades."""
    setup, _ = build_desk(settings, remembered(settings))
    now = datetime.now(UTC)
    values = {}
    for known in setup.strategies.values():
        symbols = known.symbols or setup.accounts[known.account].instruments
        values[known.id] = example_values(min(symbols), symbols_of(settings, setup), now)
    return [replace(item, message=filled(item.message, values[item.strategy])) for item in made]


def _print(settings: Settings, config: Path, made: list[Template], *, with_secret: bool) -> None:
    """How to use them, then each under what it is for; the messages are not wrapped, to be pasted as they are."""
    print_text(
        Text.assemble(("Webhook URL  ", "bold"), "https://<your host>/webhook"),
        Text(f"             this desk listens at {_webhook(settings)}"),
        "             TradingView reaches public addresses only, on ports 80 and 443",
    )
    if not with_secret:
        print_text(
            Text.assemble(("Secret       ", "bold"), f"put it in place of {PLACEHOLDER}:"),
            Text(f"             [webhook] secret of {config}, or QUARTERMASTER_WEBHOOK__SECRET"),
        )
    print_text(
        Text.assemble(("Alerts       ", "bold"), "each message is for one alert; for another of the same sort"),
        "             run this again, so that their ids differ",
    )
    for item in made:
        print_text("", Text.assemble((item.strategy, "bold"), text(f" ({item.kind})  {item.name}: {item.about}")))
        typer.echo(_written(item))


def _written(item: Template) -> str:
    return json_module.dumps(item.message, indent=2, ensure_ascii=False)


def _webhook(settings: Settings) -> str:
    return f"{settings.server.address}/webhook"
