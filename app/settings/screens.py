"""Screens: which markets are looked at how often, and the rules that must hold of one to be told of."""

from decimal import Decimal
from typing import Any

from pydantic import ConfigDict

from app.settings.table import Table
from app.settings.values import Currency, Identifier, ScreenEvery, Seconds, SecondsOrNone, Text


class RuleSettings(Table):
    """One condition; `kind` says what else may stand here."""

    model_config = ConfigDict(extra="allow")

    kind: Text

    @property
    def parameters(self) -> dict[str, Any]:
        """The kind's own parameters, as written."""
        return dict(self.__pydantic_extra__ or {})


class ScreenSettings(Table):
    """`venues` left out are those of `[prices]`; `symbols` left out are all active spot markets of each venue, those
    in `quote` alone where it is given. Every one of `rules` must hold."""

    id: Identifier
    venues: tuple[Text, ...] = ()
    quote: Currency | None = None
    symbols: tuple[Text, ...] = ()
    every_s: ScreenEvery = Decimal(60)
    again_after_s: SecondsOrNone = Decimal(3600)
    max_age_s: Seconds = Decimal(60)
    rules: tuple[RuleSettings, ...] = ()
