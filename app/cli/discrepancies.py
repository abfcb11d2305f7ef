"""`quartermaster discrepancies`: what it would bring to buy at one venue and sell at another."""

import asyncio
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.cli.discrepancy_tables import HISTORY, print_discrepancies
from app.cli.failure import DONE, FAILED, WRONG_USE, CommandFailed, complain
from app.cli.listings import print_listing
from app.cli.options import DEFAULT_CONFIG, BeforeOption, ConfigOption, JsonOption, LimitOption
from app.cli.perform import perform, print_body
from app.cli.price_answers import desk_here
from app.cli.price_question import Asked, SizeOption, SymbolsArgument, VenuesOption, read_question
from app.cli.request import Answer, Request, answer_of
from app.cli.weighing import answer_of_server, read_size, weighed_here
from app.codec import to_json

app = typer.Typer()

_ALL_HELP = "Every pair of venues, those without a gap too."


@app.command()
def discrepancies(
    symbols: SymbolsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venues: VenuesOption = "",
    size: SizeOption = None,
    every: Annotated[bool, typer.Option("--all", help=_ALL_HELP)] = False,
    history: Annotated[bool, typer.Option("--history", help="What was told of, and when it was over.")] = False,
    limit: LimitOption = None,
    before: BeforeOption = None,
    json: JsonOption = False,
) -> None:
    """What it would bring to buy at one venue and sell at another, by their order books and after both fees.

    The best first; what is not to be believed says why. 1 where fewer than two venues answered.
    """
    if history:
        _show_history(config, symbols or [], limit, before, as_json=json)
        return
    asked = read_question(config, symbols or [], venues)
    answer = _answer(asked, read_size(size) or asked.prices.discrepancies.size, every_pair=every)
    if json:
        print_body(answer.body)
    else:
        print_discrepancies(answer.data)
    states = answer.data["venues"]
    failed = [f"{state['venue']} {state['status']}: {state['detail']}" for state in states if state["status"] != "LIVE"]
    complain(failed, DONE)
    if asked.is_wrong or len(states) - len(failed) < 2:
        raise CommandFailed(code=WRONG_USE if asked.is_wrong else FAILED)


def _show_history(config: Path, symbols: list[str], limit: int | None, before: str | None, *, as_json: bool) -> None:
    """Of one symbol, or of all."""
    if len(symbols) > 1:
        raise CommandFailed("--history takes one symbol, or none for all", code=WRONG_USE)
    params = {"limit": limit, "before": before, "symbol": symbols[0].upper() if symbols else None}
    given = {name: str(value) for name, value in params.items() if value is not None}
    request = Request(path="/api/v1/discrepancies/history", params=given)
    perform(config, request, partial(print_listing, HISTORY), as_json=as_json)


def _answer(asked: Asked, size: Decimal, *, every_pair: bool) -> Answer:
    """Of the server where one runs, else of the venues. Raises CommandFailed."""
    if asked.settings is not None and asked.is_for_server:
        answer = answer_of_server(asked.settings, asked.question, size, every_pair=every_pair)
        if answer is not None:
            return answer
    answer = answer_of(200, "application/json", asyncio.run(_asked_here(asked, size, every_pair=every_pair)))
    assert answer is not None
    return answer


async def _asked_here(asked: Asked, size: Decimal, *, every_pair: bool) -> bytes:
    desk = desk_here(asked)
    try:
        return to_json(await weighed_here(desk, asked.question, size, every_pair=every_pair))
    finally:
        await desk.close()
