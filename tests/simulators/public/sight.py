"""How an answer sees the market: as it is, or through the faults that strike it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from tests.simulators.public.faults import Fault
from tests.simulators.public.market import Market
from tests.simulators.public.quote import NULL, Quote

_PRICES = {"null_prices": NULL, "nan_prices": "NaN", "empty_prices": ""}


class Sight:
    """Of one answer or one frame. Each fault decides once, when the first market that it concerns is looked at."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = faults
        self._decided: dict[int, bool] = {}

    @property
    def is_plain(self) -> bool:
        return not self._faults

    def __call__(self, market: Market) -> Quote:
        quote = market.quote
        for number, fault in enumerate(self._faults):
            if not fnmatchcase(market.symbol, fault.symbol):
                continue
            if number not in self._decided:
                self._decided[number] = fault.strikes()
            if self._decided[number]:
                quote = distorted(quote, fault, market)
        return quote


PLAIN = Sight()


def distorted(quote: Quote, fault: Fault, market: Market) -> Quote:
    match fault.kind:
        case "null_prices" | "nan_prices" | "empty_prices":
            wrong = _PRICES[fault.kind]
            return _priced(quote, wrong, wrong, wrong)
        case "negative_prices":
            return _priced(quote, *(-price if isinstance(price, Decimal) else price for price in _prices(quote)))
        case "absurd":
            return _priced(quote, *(price * 10 if isinstance(price, Decimal) else price for price in _prices(quote)))
        case "crossed":
            return _crossed(quote)
        case "no_bid":
            return replace(quote, bid=None, bid_size=None, bids=())
        case "no_ask":
            return replace(quote, ask=None, ask_size=None, asks=())
        case "null_time":
            return replace(quote, time_ms=None)
        case _:
            return fault.held.get((market.venue, market.symbol), quote)


def _prices(quote: Quote) -> tuple[Any, Any, Any]:
    return quote.bid, quote.ask, quote.last


def _priced(quote: Quote, bid: Any, ask: Any, last: Any) -> Quote:
    return replace(quote, bid=bid, ask=ask, last=last, bids=(), asks=())


def _crossed(quote: Quote) -> Quote:
    if not isinstance(quote.bid, Decimal) or not isinstance(quote.ask, Decimal):
        return quote
    apart = max(quote.ask, quote.bid * Decimal("1.01"))
    return _priced(quote, apart, quote.bid, quote.last)
