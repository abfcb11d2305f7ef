"""Matches on a terminal, in a pipe, and as JSON."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from rich.console import Console
from rich.text import Text

from app.cli.cells import number, text, time
from app.cli.failure import DONE, complain
from app.cli.perform import print_body
from app.cli.tables import Column, console, table_of
from app.clock import now_utc
from app.codec import to_json
from app.prices.looking import Look
from app.prices.screen_items import screen_item
from portfolio.model.decimals import plain
from portfolio.prices.screening.registry import text_of
from portfolio.prices.screening.screen import Match, Screen, strongest_first

Looked: TypeAlias = tuple[Screen, Sequence[Look]]
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """The screens with their last look at each venue."""

    screens: Sequence[Looked]

    @property
    def faults(self) -> list[str]:
        """What venues are to blame for, each line once."""
        lines = (f"{look.venue}: {fault}" for _, looks in self.screens for look in looks for fault in look.faults)
        return list(dict.fromkeys(lines))

    def body(self) -> bytes:
        """As the API tells it."""
        return to_json({"items": [screen_item(screen, looks) for screen, looks in self.screens], "next": None})


class Display(Protocol):
    def show(self, shown: Shown) -> None: ...


def display_for(*, as_json: bool, is_watched: bool) -> Display:
    if as_json:
        return Json()
    if is_watched:
        return Repainted() if sys.stdout.isatty() else Lines()
    return Tables()


class Json:
    def show(self, shown: Shown) -> None:
        print_body(shown.body())


class Tables:
    """A table for each screen."""

    def show(self, shown: Shown) -> None:
        print_screens(console(), shown)


class Repainted:
    """The terminal holds the newest tables, and what went wrong."""

    def show(self, shown: Shown) -> None:
        screen = console()
        screen.clear()
        screen.print(Text(f"{now_utc():%H:%M:%S} UTC, until Ctrl-C", "dim"))
        print_screens(screen, shown)
        for fault in shown.faults:
            screen.print(Text(fault, "red"))


class Lines:
    """A line for each match when it begins, and on standard error for what goes wrong, when it does."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, str]] = set()
        self._faults: list[str] = []

    def show(self, shown: Shown) -> None:
        complain([fault for fault in shown.faults if fault not in self._faults], DONE)
        self._faults = shown.faults
        for screen, looks in shown.screens:
            for look in looks:
                self._told -= {(screen.id, look.venue, symbol) for symbol in look.ended}
                for match in look.matches:
                    self._tell(screen, look, match)

    def _tell(self, screen: Screen, look: Look, match: Match) -> None:
        place = (screen.id, match.venue, match.symbol)
        if place not in self._told:
            self._told.add(place)
            moment = time(look.at.isoformat()).plain
            sys.stdout.write(f"{moment}  {screen.id}  {match.venue}  {match.says}\n")
            sys.stdout.flush()


def print_screens(screen: Console, shown: Shown) -> None:
    for place, (wanted, looks) in enumerate(shown.screens):
        if place:
            screen.print()
        rules = ", ".join(text_of(rule) for rule in wanted.rules)
        screen.print(Text.assemble((wanted.id, "bold"), ("  " + rules, "dim")))
        found = strongest_first(match for look in looks for match in look.matches)
        if found:
            screen.print(table_of(_columns(wanted), [_row(match) for match in found], screen.width))
        for line in _summaries(looks):
            screen.print(Text(line, "dim"))


def _columns(screen: Screen) -> list[Column]:
    rules = (Column(rule.kind, f"rule {place}", _same) for place, rule in enumerate(screen.rules))
    return [
        Column("venue", "venue", _same),
        Column("symbol", "symbol", _same),
        Column("last", "last", _same, is_right=True),
        *rules,
    ]


def _row(match: Match) -> dict[str, Text]:
    says = {f"rule {place}": _coloured(finding.says) for place, finding in enumerate(match.findings)}
    last = Text() if match.ticker.last is None else number(plain(match.ticker.last))
    return {"venue": text(match.venue), "symbol": text(match.symbol), "last": last, **says}


def _coloured(says: str) -> Text:
    return text(says) if says[:1] not in "+-" else Text(says, "green" if says.startswith("+") else "red")


def _summaries(looks: Iterable[Look]) -> Iterator[str]:
    """How much each venue was looked at, but for those that did not answer."""
    for look in looks:
        if not look.looked_at:
            continue
        markets = f"{look.looked_at} market{'s' if look.looked_at > 1 else ''}"
        yield f"{look.venue}: {len(look.matches)} of {markets} match, in {look.took_s:.1f} s{_unjudged(look)}"


def _unjudged(look: Look) -> str:
    """How many cannot be judged, and why, with the names of a few."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for each in look.missing:
        by_reason[each.why].append(each.symbol)
    told = [f"{why} ({_few(names)})" for why, names in by_reason.items()]
    return f"; {len(look.missing)} cannot be judged: {_few(told, '; ')}" if told else ""


def _few(names: Sequence[str], between: str = ", ") -> str:
    more = f"{between}and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return between.join(names[:_MOST_NAMED]) + more


def _same(value: Any) -> Text:
    return value if isinstance(value, Text) else text(value)
