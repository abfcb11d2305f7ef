"""What the API shows of an account's venue: how it can be traded, and whether its books and the desk's agree."""

from app.web.answers import DifferenceItem, ReconciledItem, VenueItem
from portfolio.book import Book
from portfolio.model.difference import Difference
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.venue import Standing


def venue_items(book: Book, account: AccountId) -> list[VenueItem]:
    """The account's condition first, then those of symbols that have one of their own."""
    own = [(symbol, known) for (owner, symbol), known in book.conditions.items() if owner == account and symbol]
    return [_venue_item(None, book.condition_of(account)), *(_venue_item(symbol, known) for symbol, known in own)]


def _venue_item(symbol: Symbol | None, known: Standing) -> VenueItem:
    return {"condition": known.condition, "detail": known.detail, "since": known.since, "symbol": symbol}


def difference_item(seen: Difference) -> DifferenceItem:
    return {
        "kind": seen.kind,
        "name": seen.name,
        "venue": seen.venue,
        "book": seen.book,
        "amount": seen.amount,
        "price": seen.price,
    }


def reconciled_item(book: Book, account: AccountId) -> ReconciledItem | None:
    known = book.reconciliations.get(account)
    if known is None:
        return None
    return {
        "time": known.time,
        "result": known.result,
        "differences": [
            difference_item(seen) for subject, seen in book.differences.items() if subject.account == account
        ],
    }
