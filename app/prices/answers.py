"""The shape of what is told of prices, by the API and by the command line alike."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from app.shapes import Exact
from portfolio.prices.day_change import ChangeSource
from portfolio.prices.fees import FeeSource
from portfolio.prices.labels import LabelCode
from portfolio.prices.source import SourceStatus


class LabelItem(TypedDict):
    code: LabelCode
    reason: Annotated[str, Field(examples=["31.2 s old, the limit is 10 s"])]


class FeeItem(TypedDict):
    rate: Annotated[Exact, Field(description="Of a taker, as a fraction.")]
    source: FeeSource


class RateStepItem(TypedDict):
    venue: str
    market: str
    age_s: Exact


class RateItem(TypedDict):
    """What prices were converted by: sold at `bid`, bought at `ask`."""

    source: str
    target: str
    bid: Exact
    ask: Exact
    steps: list[RateStepItem]


class PriceRowItem(TypedDict):
    """What one venue says, in `currency`."""

    venue: str
    market: Annotated[str | None, Field(description="The venue's own, which may be in another quote currency.")]
    currency: str
    bid: Exact | None
    ask: Exact | None
    last: Exact | None
    change_24h: Annotated[Exact | None, Field(description="A fraction: 0.05 is +5 %.")]
    change_source: Annotated[
        ChangeSource | None, Field(description="CANDLES where the venue's ticker does not say the change.")
    ]
    volume_24h: Annotated[Exact | None, Field(description="In the market's quote currency.")]
    spread: Exact | None
    spread_share: Annotated[Exact | None, Field(description="The spread as a fraction of the middle.")]
    rate: Annotated[RateItem | None, Field(description="Null where nothing was converted.")]
    fee: FeeItem | None
    age_s: Annotated[
        Exact | None, Field(description="Since receipt, and since the venue's own time where it tells one.")
    ]
    venue_time: datetime | None
    received_at: datetime | None
    streamed: bool
    is_best_bid: bool
    is_best_ask: bool
    labels: Annotated[list[LabelItem], Field(description="Why the price is not compared with others; empty: it is.")]


class PriceGapItem(TypedDict):
    """Bought at one venue's ask and sold at another's bid, at the top of their books."""

    buy_at: str
    sell_at: str
    ask: Exact
    bid: Exact
    amount: Annotated[Exact, Field(description="Per unit, before fees.")]
    gross: Annotated[Exact, Field(description="A fraction of what is paid; below zero is a loss.")]
    net: Annotated[Exact, Field(description="The same after both taker fees.")]
    buy_fee: FeeItem
    sell_fee: FeeItem


class PriceItem(TypedDict):
    symbol: str
    rows: list[PriceRowItem]
    gap: Annotated[PriceGapItem | None, Field(description="Null with fewer than two venues to compare.")]


class SourceItem(TypedDict):
    """How a venue does as a source of prices."""

    venue: str
    status: SourceStatus
    detail: Annotated[str, Field(description="One line; empty while all is well.")]
    streams: Annotated[bool, Field(description="Whether its prices come by themselves.")]
    failures: Annotated[int, Field(description="In a row.")]
    latency_s: Annotated[Exact | None, Field(description="Of the last answer.")]
    answered_s: Annotated[Exact | None, Field(description="Seconds since it last answered in full.")]
    next_try_s: Annotated[Exact | None, Field(description="Seconds until it is asked again; null: when somebody asks.")]


class PricesAnswer(TypedDict):
    items: list[PriceItem]
    venues: list[SourceItem]
    time: datetime
    complete: Annotated[bool, Field(description="Whether every venue has answered or failed.")]
    next: Annotated[None, Field(description="The answer is always whole.")]


class TradeItem(TypedDict):
    """One side of a pair."""

    venue: str
    market: str
    price: Annotated[Exact, Field(description="The best, in `currency`.")]
    fee: FeeItem
    rate: Annotated[RateItem | None, Field(description="Null where nothing was converted.")]
    age_s: Exact | None


class AtSizeItem(TypedDict):
    """What the order books of both venues bear."""

    size: Annotated[Exact, Field(description="What was to be paid.")]
    quantity: Annotated[Exact, Field(description="Of the base.")]
    paid: Exact
    received: Exact
    buy_price: Annotated[Exact, Field(description="The average over the levels.")]
    sell_price: Exact
    gross: Exact
    net: Exact
    profit: Annotated[Exact, Field(description="After both fees; below zero is a loss.")]


class DiscrepancyItem(TypedDict):
    """Bought at the one venue and sold at the other."""

    symbol: str
    currency: Annotated[str, Field(description="What prices, sizes and profits are in.")]
    buy: TradeItem
    sell: TradeItem
    gross: Annotated[Exact, Field(description="At the best prices, as a fraction.")]
    net: Annotated[Exact, Field(description="The same after both taker fees.")]
    at_size: Annotated[AtSizeItem | None, Field(description="Null where no order books were looked at.")]
    is_opportunity: Annotated[bool, Field(description="It would pay at that size, and nothing speaks against it.")]
    labels: Annotated[list[LabelItem], Field(description="What speaks against it.")]
    found_at: Annotated[datetime | None, Field(description="When an event told of it that is not over.")]


class DiscrepanciesAnswer(TypedDict):
    items: list[DiscrepancyItem]
    venues: list[SourceItem]
    size: Exact
    size_currency: str
    time: datetime
    next: Annotated[None, Field(description="The answer is always whole.")]
