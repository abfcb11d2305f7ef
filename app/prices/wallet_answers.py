"""The shape of what is told of the wallet."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from app.prices.answers import SourceItem
from app.shapes import Exact


class WorthStepItem(TypedDict):
    """A market on the way from the coin to the currency asked for."""

    venue: str
    market: str
    reciprocal: Annotated[bool, Field(description="Whether it quotes the other way round.")]
    age_s: Exact


class WorthItem(TypedDict):
    """One currency of an account. `total` is the balance: `free`, `in_orders` and `in_margin` are parts of it."""

    account: str
    currency: str
    coin: Annotated[str, Field(description="What the code stands for, where [prices.assets] says so.")]
    total: Exact
    free: Exact
    in_orders: Annotated[Exact, Field(description="What live spot orders could spend.")]
    in_margin: Annotated[Exact, Field(description="What contracts tie up at worst, orders included.")]
    unrealised: Annotated[Exact, Field(description="The contracts' profit that is not taken yet; no part of `total`.")]
    price: Annotated[Exact | None, Field(description="In the currency asked for; null where nobody prices it.")]
    path: Annotated[list[WorthStepItem], Field(description="Whose prices; two where there is a bridge.")]
    age_s: Annotated[Exact | None, Field(description="Of the oldest of these prices.")]
    value: Annotated[Exact | None, Field(description="Of total and unrealised; null where it is not counted.")]
    unrealised_value: Exact | None
    share: Annotated[Exact | None, Field(description="Of the whole, as a fraction.")]
    reason: Annotated[str, Field(description="Why there is no price; empty where there is one.")]


class WorthAccountItem(TypedDict):
    account: str
    venue: str
    value: Exact


class LeftOutItem(TypedDict):
    account: str
    currency: str


class WorthChangeItem(TypedDict):
    """What has become of the last snapshot."""

    since: datetime
    before: Exact
    change: Exact
    share: Annotated[Exact | None, Field(description="Of what it was before, as a fraction.")]
    left_out: Annotated[list[LeftOutItem], Field(description="Without a price then or now; in neither figure.")]
    at_rate_of_today: Annotated[
        bool, Field(description="Whether the currency's rate of then is not known, and today's was taken.")
    ]


class WalletAnswer(TypedDict):
    currency: str
    time: datetime
    total: Annotated[Exact, Field(description="Of all that has a price, what is unrealised included.")]
    unrealised: Annotated[Exact, Field(description="The part of it that is not realised yet.")]
    accounts: list[WorthAccountItem]
    items: Annotated[list[WorthItem], Field(description="The dearest first, those without a price last.")]
    unpriced: Annotated[list[LeftOutItem], Field(description="What is not counted.")]
    snapshot: Annotated[datetime | None, Field(description="When the last one was taken; null before the first.")]
    change: Annotated[
        WorthChangeItem | None, Field(description="Null before the first snapshot, and where no rate tells it.")
    ]
    venues: Annotated[list[SourceItem], Field(description="Whose prices were asked for; empty where none were needed.")]
    next: Annotated[None, Field(description="The answer is always whole.")]


class WalletSnapshotItem(TypedDict):
    time: datetime
    currency: str
    total: Exact
    unpriced: list[LeftOutItem]
