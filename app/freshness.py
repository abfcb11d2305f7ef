"""Where each account's prices come from, and how fresh they are."""

from dataclasses import dataclass
from decimal import Decimal

from app.service import Service
from app.settings import AccountSettings
from app.venues import symbols_traded
from portfolio.model.identifiers import Symbol

ALERTS = "alerts"
"""The source of an account that no venue tells prices: what alerts bring, and what is posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """`oldest_s` is the age of `oldest`, of the symbols that are watched and have a price; None where none has.

    Where no venue is asked, those are watched that a price was posted of.
    """

    source: str
    watched: tuple[Symbol, ...]
    priced: int
    oldest: Symbol | None = None
    oldest_s: Decimal | None = None
    detail: str = ""


def freshness_of(service: Service, account: AccountSettings) -> Freshness:
    watched = _watched(service, account)
    quotes = [quote for symbol in watched if (quote := service.quotes.latest(account.id, symbol)) is not None]
    oldest = max(quotes, key=lambda quote: quote.age_s, default=None)
    return Freshness(
        source=account.feed or (ALERTS if account.is_paper else account.venue),
        watched=watched,
        priced=len(quotes),
        oldest=oldest.symbol if oldest else None,
        oldest_s=oldest.age_s if oldest else None,
        detail=service.live.state_of(account.id) if service.live is not None and account.feed else "",
    )


def _watched(service: Service, account: AccountSettings) -> tuple[Symbol, ...]:
    if account.feed is not None:
        return service.live.watched(account.id) if service.live is not None else ()
    if account.is_paper:
        return tuple(sorted(quote.symbol for quote in service.quotes.all() if quote.account == account.id))
    return tuple(sorted(symbols_traded(service.settings, account)))
