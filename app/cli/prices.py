"""`quartermaster prices`: what several venues say, side by side."""

import asyncio
import contextlib
import sys
from decimal import Decimal
from typing import Annotated

import typer

from app.cli.failure import DONE, FAILED, WRONG_USE, CommandFailed, complain
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.price_answers import answers
from app.cli.price_lines import JsonLines, RowLines, WholeJson
from app.cli.price_question import Asked, SizeOption, SymbolsArgument, VenuesOption, read_question
from app.cli.price_screen import Screen
from app.cli.price_state import Shown
from app.cli.weighing import read_size

app = typer.Typer()

_JSON_HELP = "Print the API's answer as it is; with --watch, one a line."


@app.command()
def prices(
    symbols: SymbolsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venues: VenuesOption = "",
    size: SizeOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C, and show what changes.")] = False,
    json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
) -> None:
    """Prices across venues, with the best bid and ask, the gap, and what fees leave of it.

    Needs no configuration and no key. A running server is asked, else the venues themselves, all at once: each row
    shows when its venue has answered. 1 where a symbol has no price at any venue; a venue that fails beside others
    that answer is told on standard error, and is no failure.
    """
    asked = read_question(config, symbols or [], venues)
    amount = read_size(size)
    if amount is not None and watch:
        raise CommandFailed("--size is not for --watch: order books are looked at once", code=WRONG_USE)
    shown = Shown(asked.question)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(asked, amount, shown, is_watched=watch, as_json=json))
    failures = [] if watch else shown.unpriced()
    complain(failures if watch else [*shown.troubles(), *failures], DONE)
    if asked.is_wrong or failures:
        raise CommandFailed(code=WRONG_USE if asked.is_wrong else FAILED)


async def _show(asked: Asked, size: Decimal | None, shown: Shown, *, is_watched: bool, as_json: bool) -> None:
    """Everything that comes is shown, until it is complete, or for good where it is watched."""
    with _display(shown, is_watched=is_watched, as_json=as_json) as display:
        async with contextlib.aclosing(answers(asked, is_watched=is_watched, size=size)) as coming:
            async for answer in coming:
                shown.take(answer)
                display.show(answer)
                if shown.is_complete and not is_watched:
                    return


def _display(shown: Shown, *, is_watched: bool, as_json: bool) -> Screen | RowLines | JsonLines | WholeJson:
    if as_json:
        return JsonLines() if is_watched else WholeJson(shown)
    if sys.stdout.isatty():
        return Screen(shown)
    return RowLines(shown, is_watched=is_watched)
