"""`quartermaster bench prices`: what it gains to ask venues at once, and what it cannot gain."""

import asyncio
import logging
from typing import Annotated

import orjson
import structlog
import typer

from app.cli.bench_tables import print_comparison, print_curve
from app.cli.failure import DONE, WRONG_USE, CommandFailed, complain
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.price_question import Asked, SymbolsArgument, VenuesOption, read_question
from app.prices import reaching
from app.prices.bench_items import Curve, bench_answer
from app.prices.benching import MOST_REPEATS, MOST_SYMBOLS, Bench
from app.prices.timing import Compared
from portfolio.prices.ports import News

app = typer.Typer()

_REPEAT_HELP = "How often it is done both ways; medians are told."
_CURVE_HELP = "Also by the number of venues, and of symbols."


@app.command()
def prices(
    symbols: SymbolsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venues: VenuesOption = "",
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=MOST_REPEATS, help=_REPEAT_HELP)] = 3,
    curve: Annotated[bool, typer.Option("--curve", help=_CURVE_HELP)] = False,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON, times in seconds.")] = False,
) -> None:
    """Fetch the same prices one after the other and at once, and compare.

    The venues themselves are asked, for one order book of each symbol at each venue, four symbols at most. Lists of
    markets are loaded before, nothing comes from a cache, and venues get a rest between rounds. The speed-up cannot
    pass the sum of the latencies over the longest. A venue that does not answer is left out; 1 where none does.
    """
    asked = read_question(config, _few(symbols or []), venues)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    compared, curves, faults = asyncio.run(_measured(asked, repeat, with_curves=curve))
    if compared is None:
        raise CommandFailed(*faults, "nothing was answered in full, so there is nothing to compare")
    complain(faults, DONE)
    if json:
        typer.echo(orjson.dumps(bench_answer(compared, curves, faults), option=orjson.OPT_INDENT_2).decode())
    else:
        print_comparison(compared)
        for name, points in curves.items():
            print_curve(name, points)
    if asked.is_wrong:
        raise CommandFailed(code=WRONG_USE)


def _few(symbols: list[str]) -> list[str]:
    if len(symbols) > MOST_SYMBOLS:
        raise CommandFailed(
            f"{len(symbols)} symbols are too many: at most {MOST_SYMBOLS}, which venues answer without making us wait",
            code=WRONG_USE,
        )
    return symbols


async def _measured(
    asked: Asked, repeats: int, *, with_curves: bool
) -> tuple[Compared | None, dict[str, Curve], list[str]]:
    symbols, venues = asked.question.symbols[:MOST_SYMBOLS], asked.question.venues
    opened = await reaching.load_feed()
    feed = opened(reaching.accesses_of(asked.here, venues), _unheard)
    bench = Bench(feed, reaching.terms_of(asked.here))
    curves: dict[str, Curve] = {}
    try:
        requests = await bench.requests(symbols, venues)
        answered = await bench.answered(requests)
        compared = await bench.compare(answered, repeats) if answered else None
        if compared is not None and with_curves:
            curves["venues"] = [point async for point in bench.by_venues(answered)]
            curves["symbols"] = [point async for point in bench.by_symbols(answered)]
    finally:
        await feed.close()
    return compared, curves, list(dict.fromkeys(bench.faults))


def _unheard(_: News) -> None:
    """Nobody but the measuring looks."""
