"""What real venues say of their accounts, and the most that strategies may do there: the last part of `check`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.text import Text

from app.ceilings import ceilings_of, equities_of
from app.checkups import Findings
from app.cli.cells import Item, number, percent, text
from app.cli.tables import Column, print_table, print_text
from app.desk import build_desk
from app.price_checkups import SourceFindings
from app.settings import Settings
from portfolio.model.decimals import plain

_CEILINGS = (
    Column("strategy", "strategy"),
    Column("order", "order", number),
    Column("position", "position", number),
    Column("exposure", "exposure", number),
    Column("loss a day", "daily_loss", number),
)
_MARKS = (("facts", "✓", "green"), ("warnings", "!", "yellow"), ("faults", "✗", "bold red"))


def venue_items(found: list[Findings]) -> list[dict[str, Any]]:
    return [
        {
            "account": finding.account,
            "venue": finding.place,
            "facts": list(finding.facts),
            "warnings": list(finding.warnings),
            "faults": list(finding.faults),
            "balances": _plain(finding.balances) if finding.balances is not None else None,
        }
        for finding in found
    ]


def _plain(balances: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: plain(amount) for currency, amount in balances.items()}


def ceiling_items(settings: Settings, found: list[Findings]) -> list[dict[str, Any]]:
    """With the balances that venues tell, and those that paper begins with."""
    balances: dict[str, Mapping[str, Decimal] | None] = {
        account.id: account.balances for account in settings.accounts if account.is_paper
    }
    equities = equities_of(settings, balances | {finding.account: finding.balances for finding in found})
    return [asdict(ceiling) for ceiling in ceilings_of(*build_desk(settings), equities)]


def print_prospects(currency: str, ceilings: list[Item], venues: list[Item]) -> None:
    print_text("")
    print_table(_CEILINGS, ceilings, title=f"At most, in {currency}; of two figures the less")
    for venue in venues:
        print_text("", Text.assemble((f"account {venue['account']}", "bold"), f"  {venue['venue']}"))
        _print_marks(venue)


def price_items(settings: Settings, sources: Sequence[SourceFindings]) -> dict[str, Any]:
    prices = settings.prices
    return {
        "venues": list(prices.venues),
        "symbols": list(prices.symbols),
        "alert_above": plain(prices.discrepancies.alert_above),
        "sources": [
            {"venue": source.venue, "facts": list(source.facts), "warnings": list(source.warnings)}
            for source in sources
        ],
    }


def print_prices(prices: Item) -> None:
    """What is watched where, and what the venues say to that."""
    if not prices["symbols"]:
        return
    told = f"{', '.join(prices['symbols'])} at {', '.join(prices['venues'])}"
    alert = percent(prices["alert_above"]).plain.lstrip("+")
    print_text("", Text.assemble(("prices", "bold"), f"  {told}; a gap above {alert} is told"))
    for source in prices["sources"]:
        print_text(Text(f"  {source['venue']}"))
        _print_marks(source)


def _print_marks(found: Item) -> None:
    for key, mark, style in _MARKS:
        print_text(*(Text.assemble("  ", (mark, style), " ", text(line)) for line in found.get(key, ())))
