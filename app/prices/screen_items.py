"""Screens and what they found, as the API and the command line tell it."""

from collections.abc import Sequence
from decimal import Decimal

from app.prices.items import seconds
from app.prices.looking import Look
from app.prices.screen_answers import LookItem, MatchItem, ScreenItem
from portfolio.prices.screening.registry import text_of
from portfolio.prices.screening.screen import Match, Screen, named_figures, strongest_first


def screen_item(screen: Screen, looks: Sequence[Look]) -> ScreenItem:
    found = strongest_first(match for look in looks for match in look.matches)
    return {
        "screen": screen.id,
        "venues": list(screen.venues),
        "quote": screen.quote,
        "symbols": list(screen.symbols),
        "rules": [text_of(rule) for rule in screen.rules],
        "every_s": Decimal(screen.every.total_seconds()),
        "looks": [look_item(look) for look in looks],
        "matches": [match_item(screen, match) for match in found],
    }


def look_item(look: Look) -> LookItem:
    return {
        "venue": look.venue,
        "time": look.at,
        "took_s": seconds(look.took_s) or Decimal(0),
        "looked_at": look.looked_at,
        "unjudged": [{"symbol": each.symbol, "why": each.why} for each in look.missing],
        "faults": list(look.faults),
    }


def match_item(screen: Screen, match: Match) -> MatchItem:
    figures = named_figures(screen.rules, match.findings)
    return {
        "venue": match.venue,
        "symbol": match.symbol,
        "last": match.ticker.last,
        "says": match.says,
        "findings": [
            {"rule": name, "figure": figure, "says": finding.says}
            for (name, figure), finding in zip(figures, match.findings, strict=True)
        ],
    }
