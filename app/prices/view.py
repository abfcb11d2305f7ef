"""What the board says of a question at one moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from portfolio.model.identifiers import Symbol
from portfolio.prices.labels import LabelCode
from portfolio.prices.offers import Offers
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`is_complete` once every venue has answered or failed. `now_s` is the monotonic clock. `is_silent`: nothing has
    happened, and the view only says so."""

    offers: tuple[Offers, ...]
    states: tuple[SourceState, ...]
    now_s: float
    is_complete: bool
    is_silent: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.offers or self.states)

    @property
    def labels(self) -> Mapping[Symbol, tuple[LabelCode, ...]]:
        """Every label of each symbol, row by row."""
        return {
            offered.asked: tuple(label.code for row in offered.rows for label in row.labels) for offered in self.offers
        }

    def only(self, symbols: Collection[Symbol], venues: Collection[Venue]) -> "View":
        """Of these symbols and these venues' states alone."""
        return replace(
            self,
            offers=tuple(offered for offered in self.offers if offered.asked in symbols),
            states=tuple(state for state in self.states if state.venue in venues),
        )
