"""What each venue lists, and how fine its prices are."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.simulators.public.coins import MONEY

MONEY_CODES = frozenset(coin.code for coin in MONEY)
VENUES = ("binance", "coinbase", "kraken", "okx", "hyperliquid")
BEST_KNOWN = 6
MOST_PERPETUALS = 50


class Terms(NamedTuple):
    """`digits` of a price count; `offset` and `spread` are fractions of the world's price."""

    digits: int
    most_decimals: int
    offset: float
    spread: float
    share: float


TERMS = {
    "binance": Terms(7, 8, 0.0, 0.00002, 1.0),
    "coinbase": Terms(7, 8, 0.0004, 0.0001, 0.4),
    "kraken": Terms(6, 8, -0.0003, 0.0002, 0.2),
    "okx": Terms(6, 8, 0.0001, 0.00004, 0.6),
    "hyperliquid": Terms(5, 6, -0.0002, 0.0001, 0.3),
}


def terms_of(venue: str, base: str, quote: str) -> Terms:
    """Money for money is dealt in closer; a coin in another coin costs everywhere what it does in money."""
    terms = TERMS[venue]
    if quote not in MONEY_CODES:
        return terms._replace(offset=0.0)
    if base not in MONEY_CODES:
        return terms
    return terms._replace(offset=terms.offset / 10, spread=terms.spread / 5, digits=terms.digits - 1)


def pairs(venue: str, codes: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Base, quote, and what a contract is settled in: the quote currencies differ by venue, as they do in earnest."""
    match venue:
        case "binance" | "okx":
            yield from ((code, "USDT", None) for code in codes)
            yield from ((code, "USDC", None) for code in codes[:BEST_KNOWN])
            yield "USDC", "USDT", None
            yield from ((code, "USDT", "USDT") for code in codes[:MOST_PERPETUALS])
        case "coinbase":
            yield from ((code, "USD", None) for code in codes)
            yield from ((code, "USDT", None) for code in codes[:BEST_KNOWN])
            yield from (("USDT", "USD", None), ("USDT", "USDC", None))
        case "kraken":
            yield from ((code, "USD", None) for code in codes)
            yield from ((code, "USDT", None) for code in codes[:BEST_KNOWN])
            yield from ((code, "EUR", None) for code in codes[:2])
            yield from (("USDT", "USD", None), ("USDC", "USD", None), ("USDC", "USDT", None), ("EUR", "USD", None))
        case "hyperliquid":
            yield from ((code, "USDC", "USDC") for code in codes)
            yield from ((code, "USDC", None) for code in codes[:3])
        case _:
            raise LookupError(f"no such venue: {venue}")
    if venue != "hyperliquid" and {"BTC", "ETH"} <= set(codes):
        yield "ETH", "BTC", None
