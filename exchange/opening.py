"""An account at a real venue, open or closed. To import this loads ccxt: a second, and 100 MB."""

from typing import TypeAlias

from exchange.address import Addresses
from exchange.closed import ClosedVenue
from exchange.connection import CLOSED, VenueAccess
from exchange.driver import driver_class
from exchange.gateway import Gateway
from exchange.quotes import QuoteBoard

Account: TypeAlias = Gateway | ClosedVenue


def open_account(access: VenueAccess, quotes: QuoteBoard, addresses: Addresses | None = None) -> Account:
    """The way to the account. A closed venue is spoken to at an address of the user's own, where ccxt still can."""
    closure = CLOSED.get(access.venue)
    if closure is None:
        return Gateway(access, quotes, addresses)
    if access.rest_url is None:
        return ClosedVenue(access, closure)
    if driver_class(access.venue) is None:
        return ClosedVenue(access, closure, "; the ccxt that is installed does not know it any more")
    return Gateway(access, quotes, addresses)
