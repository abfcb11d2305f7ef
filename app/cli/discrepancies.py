"""`quartermaster discrepancies`: what it would bring to buy at one venue and sell at another."""

import asyncio
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.cli.client import ask_server
from app.cli.discrepancy_tables import HISTORY, print_discrepancies
from app.cli.failure import DONE, FAILED, WRONG_USE, CommandFailed, complain
from app.cli.listings import print_listing
from app.cli.options import DEFAULT_CONFIG, BeforeOption, ConfigOption, JsonOption, LimitOption
from app.cli.perform import perform, print_body, problem_lines
from app.cli.price_answers import desk_here
from app.cli.price_question import Asked, SymbolsArgument, VenuesOption, read_question
from app.cli.request import Answer, Request, answer_of
from app.clock import now_utc
from app.codec import to_json
from app.prices.comparing import compare
from app.prices.discrepancy_items import discrepancies_answer

app = typer.Typer()

PATIENCE_S = 40.0
_ALL_HELP = "Every pair of venues, those without a gap too."


@app.command()
def discrepancies(
    symbols: SymbolsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venues: VenuesOption = "",
    size: Annotated[
        str | None, typer.Option("--size", metavar="AMOUNT", help="To be paid, in the portfolio's currency, or USDT.")
    ] = None,
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
    answer = _answer(asked, _size(size) or asked.prices.discrepancies.size, every_pair=every)
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
        params = {
            "symbols": ",".join(asked.question.symbols),
            "venues": ",".join(asked.question.venues),
            "size": f"{size:f}",
            "all": "true" if every_pair else "false",
        }
        request = Request(path="/api/v1/discrepancies", params=params, patience_s=PATIENCE_S)
        answer = ask_server(asked.settings, request)
        if answer is not None and answer.is_problem:
            raise CommandFailed(*problem_lines(answer.data))
        if answer is not None:
            return answer
    body = asyncio.run(_asked_here(asked, size, every_pair=every_pair))
    answer = answer_of(200, "application/json", body)
    assert answer is not None, body[:100]
    return answer


async def _asked_here(asked: Asked, size: Decimal, *, every_pair: bool) -> bytes:
    desk = desk_here(asked)
    try:
        compared = await compare(desk, asked.question, size, every_pair=every_pair)
        view = desk.view(asked.question)
        return to_json(discrepancies_answer(compared, view, size, desk.currency, {}, now_utc()))
    finally:
        await desk.close()


def _size(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        number = Decimal(0)
    if number is not None and not (number.is_finite() and number > 0):
        raise CommandFailed(f"--size {text} is no amount above 0", code=WRONG_USE)
    return number
