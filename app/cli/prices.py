"""`quartermaster prices`: what several venues say, side by side."""

import asyncio
import contextlib
import sys
from typing import Annotated

import typer

from app.cli.configuration import prices_of
from app.cli.failure import DONE, FAILED, WRONG_USE, CommandFailed, complain
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.price_answers import Wish, answers
from app.cli.price_lines import JsonLines, RowLines, WholeJson
from app.cli.price_screen import Screen
from app.cli.price_state import Shown
from app.prices.asking import USUAL_SYMBOLS, Question, WronglyAsked, symbols_in, venues_in
from exchange.known import known_venues

app = typer.Typer()

_JSON_HELP = "Print the API's answer as it is; with --watch, one a line."


@app.command()
def prices(
    symbols: Annotated[
        list[str] | None, typer.Argument(metavar="[SYMBOL]...", help="Such as BTC/USDT; as configured where left out.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venues: Annotated[
        str, typer.Option("--venues", metavar="A,B", help="These venues, by ccxt's ids; as configured where left out.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C, and show what changes.")] = False,
    json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
) -> None:
    """Prices across venues, with the best bid and ask, the gap, and what fees leave of it.

    Needs no configuration and no key. A running server is asked, else the venues themselves, all at once: each row
    shows when its venue has answered. 1 where a symbol has no price at any venue; a venue that fails beside others
    that answer is told on standard error, and is no failure.
    """
    settings, known = prices_of(config)
    symbols_asked, wrong_symbols = _read_symbols(symbols or [])
    venues_asked, wrong_venues = _read_venues(venues)
    wrong = [*wrong_symbols, *wrong_venues]
    if wrong and ((symbols and not symbols_asked) or (venues and not venues_asked)):
        raise CommandFailed(*wrong, code=WRONG_USE)
    complain(wrong, WRONG_USE)
    question = Question(
        symbols_asked or known.symbols or USUAL_SYMBOLS, venues_asked or known.venues, float(known.max_age_s)
    )
    shown = Shown(question)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(Wish(settings, known, question, is_watched=watch), shown, as_json=json))
    failures = [] if watch else shown.unpriced()
    complain(failures if watch else [*shown.troubles(), *failures], DONE)
    if wrong or failures:
        raise CommandFailed(code=WRONG_USE if wrong else FAILED)


async def _show(wish: Wish, shown: Shown, *, as_json: bool) -> None:
    """Everything that comes is shown, until it is complete, or for good where it is watched."""
    with _display(wish, shown, as_json=as_json) as display:
        async with contextlib.aclosing(answers(wish)) as coming:
            async for answer in coming:
                shown.take(answer)
                display.show(answer)
                if shown.is_complete and not wish.is_watched:
                    return


def _display(wish: Wish, shown: Shown, *, as_json: bool) -> Screen | RowLines | JsonLines | WholeJson:
    if as_json:
        return JsonLines() if wish.is_watched else WholeJson(shown)
    if sys.stdout.isatty():
        return Screen(shown)
    return RowLines(shown, is_watched=wish.is_watched)


def _read_symbols(texts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """What can be asked, and a line for each that cannot."""
    good: dict[str, None] = {}
    wrong = []
    for text in texts:
        try:
            good |= dict.fromkeys(symbols_in([text]))
        except WronglyAsked as error:
            wrong.append(f"{error.value} {error}")
    return tuple(good), wrong


def _read_venues(text: str) -> tuple[tuple[str, ...], list[str]]:
    good: dict[str, None] = {}
    wrong = []
    for name in text.split(","):
        try:
            good |= dict.fromkeys(venues_in([name], known_venues(), "is no venue that ccxt knows"))
        except WronglyAsked as error:
            wrong.append(f"{error.value} {error}")
    return tuple(good), wrong
