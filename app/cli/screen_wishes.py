"""Which screens a command is about: those of the configuration, or one that its flags describe."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from app.cli.configuration import prices_of
from app.cli.failure import WRONG_USE, CommandFailed
from app.prices.asking import WronglyAsked, symbols_in, venues_in
from app.prices.screen_settings import screens_of
from app.settings import PriceSettings
from app.settings.nearest import nearest
from exchange.known import known_venues
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.plugins import PluginError
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.rule import Rule
from portfolio.prices.screening.screen import Screen
from portfolio.prices.screening.units import read_code
from portfolio.prices.ticker import Venue

AD_HOC = "rules"
"""What a screen is called that stands in no configuration."""


@dataclass(frozen=True, slots=True)
class Flags:
    ids: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    quote: str | None = None
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """`prices` says how venues are reached. `wrong` are lines for what was asked for and cannot be, beside the rest."""

    screens: tuple[Screen, ...]
    prices: PriceSettings
    wrong: tuple[str, ...] = ()


def wish_of(config: Path, flags: Flags) -> Wish:
    """Raises CommandFailed with a line for each thing that cannot be, where nothing is left to be looked at."""
    faults: list[str] = []
    wrong: list[str] = []
    if flags.ids and flags.rules:
        faults.append("name screens of the configuration or give --rule, not both")
    rules, quote = _rules(flags.rules, faults), _quote(flags.quote, faults)
    venues, symbols = _venues(flags.venues, wrong), _symbols(flags.symbols, wrong)
    elsewhere = [symbol for symbol in symbols if quote and _quote_of(symbol) != quote]
    wrong += [f"{symbol} is not in {quote}" for symbol in elsewhere]
    symbols = tuple(symbol for symbol in symbols if symbol not in elsewhere)
    if faults or (flags.venues and not venues) or (flags.symbols and not symbols):
        raise CommandFailed(*faults, *wrong, code=WRONG_USE)
    settings, prices = prices_of(config)
    if rules:
        screens: tuple[Screen, ...] = (Screen(id=AD_HOC, venues=prices.venues, rules=rules),)
    else:
        screens = _named(flags.ids, screens_of(settings.screens, prices) if settings else (), config)
    return Wish(tuple(_narrowed(each, venues, quote, symbols) for each in screens), prices, tuple(wrong))


def _narrowed(screen: Screen, venues: tuple[Venue, ...], quote: str | None, symbols: tuple[Symbol, ...]) -> Screen:
    """The screen with what flags say in place of what it says. A list of symbols is looked at as it is."""
    listed = symbols or tuple(symbol for symbol in screen.symbols if quote is None or _quote_of(symbol) == quote)
    if screen.symbols and not listed:
        raise CommandFailed(f"no symbol of screen {screen.id} is in {quote}", code=WRONG_USE)
    return replace(screen, venues=venues or screen.venues, quote=quote or screen.quote, symbols=listed)


def _named(ids: Iterable[str], screens: tuple[Screen, ...], config: Path) -> tuple[Screen, ...]:
    known = {screen.id: screen for screen in screens}
    if not known:
        example = '--rule "change:over=24h,at_least=5%"'
        raise CommandFailed(f"no screens in {config}: add [[screens]], or give {example}", code=WRONG_USE)
    unknown = [f"there is no screen {name}; did you mean {nearest(name, known)}?" for name in ids if name not in known]
    if unknown:
        raise CommandFailed(*unknown, code=WRONG_USE)
    return tuple(known[name] for name in dict.fromkeys(ids)) or screens


def _rules(texts: Iterable[str], faults: list[str]) -> tuple[Rule, ...]:
    found = []
    for text in texts:
        try:
            found.append(rule_of(text))
        except (ValueError, PluginError) as error:
            faults.append(str(error))
    return tuple(found)


def _venues(texts: Iterable[str], faults: list[str]) -> tuple[Venue, ...]:
    found: dict[Venue, None] = {}
    for text in ",".join(texts).split(","):
        try:
            found |= dict.fromkeys(venues_in([text], known_venues(), "is no venue that ccxt knows"))
        except WronglyAsked as error:
            faults.append(f"{error.value} {error}")
    return tuple(found)


def _symbols(texts: Iterable[str], faults: list[str]) -> tuple[Symbol, ...]:
    found: dict[Symbol, None] = {}
    for text in ",".join(texts).split(","):
        try:
            found |= dict.fromkeys(symbols_in([text]))
        except WronglyAsked as error:
            faults.append(f"{error.value} {error}")
    return tuple(found)


def _quote(text: str | None, faults: list[str]) -> str | None:
    try:
        return None if text is None else read_code(text.upper())
    except ValueError as error:
        faults.append(f"--quote {text}: {error}")
        return None


def _quote_of(symbol: Symbol) -> str | None:
    parts = parse_symbol(symbol)
    return parts[1] if parts else None
