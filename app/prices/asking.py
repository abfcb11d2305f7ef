"""What somebody wants to know, as they spelled it: symbols and venues, or what is wrong with them."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.settings.nearest import nearest
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Venue

USUAL_SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
"""What is shown where nobody says."""
MOST_SYMBOLS = 100
_SYMBOL = re.compile(r"([A-Za-z0-9.$!+*]{1,32})/([A-Za-z0-9.]{1,16})(:[A-Za-z0-9.-]{1,32})?")
_DASHED = re.compile(r"([A-Za-z0-9]{1,32})[-_]([A-Za-z0-9]{1,16})")
_GLUED = re.compile(r"([A-Z0-9]{1,32}?)(USDT|USDC|USD|EUR|GBP|BTC|ETH)")


@dataclass(frozen=True, slots=True)
class Question:
    """Which symbols at which venues. What is not older than `max_age_s` is not asked for again. `sized_in` is the
    currency of amounts that are to be told in those asked for."""

    symbols: tuple[Symbol, ...]
    venues: tuple[Venue, ...]
    max_age_s: float = 0.0
    sized_in: str | None = None


class WronglyAsked(Exception):
    """`field` is `symbols` or `venues`; `value` is what cannot be, the message says why."""

    def __init__(self, field: str, value: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.value = value


def symbols_in(texts: Iterable[str]) -> tuple[Symbol, ...]:
    """Unified symbols, each once, in the order given. Raises WronglyAsked."""
    symbols = tuple(dict.fromkeys(read_symbol(text.strip()) for text in texts if text.strip()))
    if len(symbols) > MOST_SYMBOLS:
        raise WronglyAsked("symbols", str(len(symbols)), f"at most {MOST_SYMBOLS} at once")
    return symbols


def read_symbol(text: str) -> Symbol:
    """`btc/usdt` and `BTC-USDT` are BTC/USDT. A spelling with both cases is taken as it is. Raises WronglyAsked."""
    spelled = text.upper() if text.islower() else text
    if (dashed := _DASHED.fullmatch(spelled)) is not None:
        spelled = f"{dashed[1]}/{dashed[2]}"
    found = _SYMBOL.fullmatch(spelled)
    if found is None or found[1] == found[2]:
        raise WronglyAsked("symbols", text, f"is not a symbol such as BTC/USDT{_meant(spelled)}")
    return spelled


def venues_in(texts: Iterable[str], known: Collection[Venue], whose: str) -> tuple[Venue, ...]:
    """Ids of venues, each once, in the order given. Raises WronglyAsked."""
    venues = tuple(dict.fromkeys(text.strip().lower() for text in texts if text.strip()))
    for venue in venues:
        if venue not in known:
            raise WronglyAsked("venues", venue, f"{whose}; did you mean {nearest(venue, known)}?")
    return venues


def _meant(spelled: str) -> str:
    """A guess for people, never acted upon: BTCUSDT may be one symbol or another."""
    if (glued := _GLUED.fullmatch(spelled.upper())) is not None:
        return f"; did you mean {glued[1]}/{glued[2]}?"
    spot = [symbol for symbol in COMMON_INSTRUMENTS if ":" not in symbol]
    return f"; did you mean {nearest(spelled, spot)}?" if spelled else ""
