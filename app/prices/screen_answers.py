"""The shape of what is told of screens, by the API and by the command line alike."""

from datetime import datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from app.shapes import Exact


class RuleFindingItem(TypedDict):
    """What one rule found."""

    rule: Annotated[str, Field(description="Its kind; the second of a kind is `change_2`.", examples=["change"])]
    figure: Annotated[Exact, Field(description="Shares are fractions: 0.052 is 5.2 %.")]
    says: Annotated[str, Field(examples=["+5.2 % in 24 h"])]


class MatchItem(TypedDict):
    venue: str
    symbol: str
    last: Exact | None
    says: Annotated[str, Field(examples=["AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h"])]
    findings: Annotated[list[RuleFindingItem], Field(description="Of every rule, in their order.")]


class UnjudgedItem(TypedDict):
    symbol: str
    why: Annotated[str, Field(examples=["STALE: 75.0 s old, the limit is 60 s"])]


class LookItem(TypedDict):
    """The last look at one venue."""

    venue: str
    time: datetime
    took_s: Exact
    looked_at: Annotated[int, Field(description="Markets.")]
    unjudged: Annotated[list[UnjudgedItem], Field(description="Markets of which nobody can say.")]
    faults: Annotated[list[str], Field(description="What the venue, or the list of symbols, is to blame for.")]


class ScreenItem(TypedDict):
    screen: str
    venues: list[str]
    quote: str | None
    symbols: Annotated[list[str], Field(description="The watch-list; empty: every active spot market.")]
    rules: Annotated[list[str], Field(examples=[["change:at_least=5%,over=24h,direction=either"]])]
    every_s: NotRequired[Exact]
    looks: Annotated[list[LookItem], Field(description="Of the venues that have been looked at.")]
    matches: Annotated[list[MatchItem], Field(description="Of all venues, the strongest first.")]
