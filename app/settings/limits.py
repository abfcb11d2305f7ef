"""The limits of a scope as the configuration writes them."""

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, create_model

from app.settings.limit_text import limit_text
from app.settings.table import Table
from app.settings.values import Text
from portfolio.limits.limit import Limit
from portfolio.limits.registry import LIMITS


class LimitTable(Table):
    """The limits of one scope as their texts, by key; None where not set."""

    def limits(self) -> dict[str, Limit]:
        """Those that are set, in the order of the registry."""
        chosen = dict(self)
        return {key: kind.read(chosen[key]) for key, kind in LIMITS.items() if chosen[key] is not None}


if TYPE_CHECKING:

    class SymbolLimits(LimitTable):
        symbol: str

    class Limits(LimitTable):
        symbols: tuple[SymbolLimits, ...] = ()

else:
    _TEXTS = {key: (Annotated[str | None, BeforeValidator(limit_text(key))], None) for key in LIMITS}
    SymbolLimits = create_model("SymbolLimits", __base__=LimitTable, symbol=(Text, ...), **_TEXTS)
    Limits = create_model("Limits", __base__=LimitTable, **_TEXTS, symbols=(tuple[SymbolLimits, ...], ()))
