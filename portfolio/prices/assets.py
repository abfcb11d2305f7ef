"""What a venue's coin is: the same code may be another coin elsewhere."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from portfolio.prices.market import Market
from portfolio.prices.ticker import Venue

Coin: TypeAlias = tuple[Venue, str]
"""A venue, and the code that it uses."""


@dataclass(frozen=True, slots=True)
class Assets:
    """`named` are the user's own words: ("kraken", "LUNA") is LUNC. Any other coin is what its code says."""

    named: Mapping[Coin, str] = field(default_factory=dict)
    _codes: Mapping[Coin, tuple[str, ...]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        codes: dict[Coin, list[str]] = defaultdict(list)
        for (venue, code), asset in self.named.items():
            codes[venue, asset].append(code)
        object.__setattr__(self, "_codes", {coin: tuple(sorted(found)) for coin, found in codes.items()})

    @classmethod
    def spelt(cls, names: Mapping[str, str]) -> "Assets":
        """From the words of a configuration: `kraken:LUNA` is LUNC."""
        pairs = ((name.partition(":"), asset) for name, asset in names.items())
        return cls({(venue, code): asset for (venue, _, code), asset in pairs})

    def of(self, venue: Venue, code: str) -> str:
        return self.named.get((venue, code), code) if self.named else code

    def codes(self, venue: Venue, asset: str) -> tuple[str, ...]:
        """What the venue may call the asset: the user's word first, then its own code unless that is another coin."""
        if not self.named:
            return (asset,)
        said = self._codes.get((venue, asset), ())
        return said if asset in said or self.of(venue, asset) != asset else (*said, asset)

    def spellings(self, asset: str) -> tuple[str, ...]:
        """Every code that some venue may have for the asset."""
        if not self.named:
            return (asset,)
        return (asset, *sorted({code for (_, code), said in self.named.items() if said == asset} - {asset}))

    def differ(self, first: Market, second: Market) -> bool:
        """Whether the bases are not the same coin: by the user's word, else by the venues' names where both say one."""
        if self.of(first.venue, first.base) != self.of(second.venue, second.base):
            return True
        names = self.name(first), self.name(second)
        return None not in names and names[0] != names[1]

    def name(self, market: Market) -> str | None:
        """The venue's name of the base in small letters and digits alone; None where it says none, says only the code,
        or the user has said what the coin is."""
        if market.base_name is None or (market.venue, market.base) in self.named:
            return None
        name = _bare(market.base_name)
        return name if name and name != market.base.casefold() else None


@lru_cache(maxsize=16384)
def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
