"""From settings to screens."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from app.settings.prices import PriceSettings
from app.settings.screens import ScreenSettings
from portfolio.prices.screening.registry import build_rule, rule_types
from portfolio.prices.screening.screen import Screen
from portfolio.prices.ticker import Venue


def screens_of(rows: Iterable[ScreenSettings], prices: PriceSettings) -> tuple[Screen, ...]:
    """The screens of a configuration that is sound. Those that name no venue look at all of [prices]."""
    types = rule_types()
    return tuple(
        Screen(
            id=row.id,
            venues=row.venues or prices.venues,
            quote=row.quote,
            symbols=row.symbols,
            rules=tuple(build_rule(types[rule.kind], rule.parameters) for rule in row.rules),
            every=_seconds(row.every_s),
            again_after=_seconds(row.again_after_s),
            max_age=_seconds(row.max_age_s),
        )
        for row in rows
    )


def venues_of(screens: Iterable[Screen]) -> tuple[Venue, ...]:
    """Each venue once."""
    return tuple(dict.fromkeys(venue for screen in screens for venue in screen.venues))


def _seconds(number: Decimal) -> timedelta:
    return timedelta(microseconds=int(number * 1_000_000))
