"""What must hold of screens: venues that can be asked, symbols that can be ones, rules with parameters they have."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.settings.faults import REQUIRED, Fault, Path, of_value
from app.settings.nearest import nearest
from app.settings.outline import rows
from exchange.known import known_venues
from portfolio.model.instrument import parse_symbol
from portfolio.parameters import ParameterError, parameters_of
from portfolio.prices.screening.registry import build_rule


def screen_faults(tree: Mapping[str, Any], types: Mapping[str, type]) -> Iterator[Fault]:
    for index, screen in rows(tree.get("screens")):
        path: Path = ("screens", index)
        yield from _venues(path, screen.get("venues"))
        yield from _symbols(path, screen)
        if screen.get("rules", []) == []:
            yield Fault((*path, "rules"), f'{REQUIRED}, such as [{{ kind = "change", at_least = "5%" }}]')
        for place, rule in rows(screen.get("rules")):
            yield from _rule((*path, "rules", place), rule, types)


def _venues(path: Path, listed: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, venue in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(venue, str) or not venue.strip():
            continue
        here: Path = (*path, "venues", place)
        if venue in seen:
            yield of_value(here, "listed twice", venue)
        elif venue not in known_venues():
            yield of_value(here, f'unknown venue, the nearest known one is "{nearest(venue, known_venues())}"', venue)
        seen.add(venue)


def _symbols(path: Path, screen: Mapping[str, Any]) -> Iterator[Fault]:
    """A list is looked at as it is: a quote currency beside it would silently take markets out."""
    listed, quote = screen.get("symbols"), screen.get("quote")
    for place, symbol in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(symbol, str) or not symbol.strip():
            continue
        parts, here = parse_symbol(symbol), (*path, "symbols", place)
        if parts is None:
            yield of_value(here, 'not a unified symbol such as "BTC/USDT"', symbol)
        elif isinstance(quote, str) and parts[1] != quote:
            yield of_value(here, f"is not in {quote}, the screen's quote", symbol)


def _rule(path: Path, rule: Mapping[str, Any], types: Mapping[str, type]) -> Iterator[Fault]:
    kind = rule.get("kind")
    if not isinstance(kind, str) or not kind.strip():
        return
    if kind not in types:
        yield of_value((*path, "kind"), f'unknown kind, the nearest known one is "{nearest(kind, types)}"', kind)
        return
    known = parameters_of(types[kind])
    own = {name: value for name, value in rule.items() if name != "kind"}
    yield from (Fault((*path, name), is_unknown=True) for name in own if name not in known)
    given = {name: value for name, value in own.items() if name in known}
    try:
        build_rule(types[kind], given)
    except ParameterError as error:
        for name, what in error.faults.items():
            here = (*path, name) if name else path
            yield of_value(here, what, given[name]) if name in given else Fault(here, what)
