"""What is asked of venues on the command line: symbols and venues as they were spelled, and what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from app.cli.configuration import prices_of
from app.cli.failure import WRONG_USE, CommandFailed, complain
from app.prices.asking import USUAL_SYMBOLS, Question, WronglyAsked, symbols_in, venues_in
from app.settings import PriceSettings, Settings
from exchange.known import known_venues

SymbolsArgument: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[SYMBOL]...", help="Such as BTC/USDT; as configured where left out.")
]
VenuesOption: TypeAlias = Annotated[
    str, typer.Option("--venues", metavar="A,B", help="These venues, by ccxt's ids; as configured where left out.")
]
SizeOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--size", metavar="AMOUNT", help="What the order books bear of this, in the portfolio's currency."),
]
_CURRENCY = "USDT"


@dataclass(frozen=True, slots=True)
class Asked:
    """`settings` None: there is no configuration. `is_wrong`: some of it cannot be asked, which was told."""

    settings: Settings | None
    prices: PriceSettings
    question: Question
    is_wrong: bool

    @property
    def is_for_server(self) -> bool:
        """Whether a server of the configuration can be asked all of it."""
        return self.settings is not None and set(self.question.venues) <= set(self.prices.venues)

    @property
    def here(self) -> PriceSettings:
        """For a desk in this process, which has these venues alone and watches nothing by itself."""
        return self.prices.model_copy(update={"venues": self.question.venues, "symbols": ()})


def read_question(config: Path, symbols: list[str], venues: str) -> Asked:
    """What can be asked; a line on stderr for each thing that cannot. Raises CommandFailed where none is left."""
    settings, prices = prices_of(config)
    symbols_asked, wrong_symbols = _read_symbols(symbols)
    venues_asked, wrong_venues = _read_venues(venues)
    wrong = [*wrong_symbols, *wrong_venues]
    if (symbols and not symbols_asked) or (venues and not venues_asked):
        raise CommandFailed(*wrong, code=WRONG_USE)
    complain(wrong, WRONG_USE)
    question = Question(
        symbols_asked or prices.symbols or USUAL_SYMBOLS,
        venues_asked or prices.venues,
        float(prices.max_age_s),
        settings.portfolio.currency if settings else _CURRENCY,
    )
    return Asked(settings, prices, question, bool(wrong))


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
