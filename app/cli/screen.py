"""`quartermaster screen`: the markets that stand out now."""

import asyncio
import contextlib
from typing import Annotated

import typer

from app.cli.failure import FAILED, WRONG_USE, CommandFailed, complain
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.screen_looks import Watch, look_once
from app.cli.screen_tables import display_for
from app.cli.screen_wishes import Flags, wish_of

app = typer.Typer()

_RULE_HELP = 'Without a configuration, such as "change:over=24h,at_least=5%"; all of them must hold.'
_JSON_HELP = "Print it as the API would; with --watch, one a line."


@app.command()
def screen(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Of the configuration's screens; all where left out.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="RULE", help=_RULE_HELP)] = None,
    venue: Annotated[
        list[str] | None, typer.Option("--venue", metavar="VENUE", help="At this venue, by ccxt's id; once for each.")
    ] = None,
    quote: Annotated[
        str | None, typer.Option("--quote", metavar="USDT", help="Markets in this quote currency alone.")
    ] = None,
    symbol: Annotated[
        list[str] | None, typer.Option("--symbol", metavar="SYMBOL", help="This market alone; once for each.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C.")] = False,
    json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
) -> None:
    """Markets of which every rule of a screen holds, the strongest first.

    Asks the venues themselves, all markets in one call where they allow. Needs no key, and with --rule no
    configuration. 1 where a venue does not answer, 2 where there is no such venue; the rest is shown all the same.
    """
    flags = Flags(tuple(ids or ()), tuple(rule or ()), tuple(venue or ()), quote, tuple(symbol or ()))
    wish = wish_of(config, flags)
    complain(wish.wrong, WRONG_USE)
    display = display_for(as_json=json, is_watched=watch)
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(Watch(wish, display).run())
        return
    shown = asyncio.run(look_once(wish))
    display.show(shown)
    if shown.faults or wish.wrong:
        raise CommandFailed(*shown.faults, code=WRONG_USE if wish.wrong else FAILED)
