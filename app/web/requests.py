"""What callers send, for the OpenAPI description. What is accepted is decided by `app.intake` and `parameters`."""

from typing import Annotated, Required

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.signal import Action, MarketPosition, SizeType

_NUMBER = {"anyOf": [{"type": "string"}, {"type": "number"}], "examples": ["0.01"]}
Number = Annotated[str | float, WithJsonSchema(_NUMBER)]


class TakeProfitBody(TypedDict, total=False):
    """A part of the position is closed at a profit."""

    price: Required[Annotated[Number, Field(description="Or how far from the entry's average price: `4%`.")]]
    share: Annotated[str, Field(description="Of what the entry opens.", examples=["50%"])]
    quantity: Annotated[Number, Field(description="Instead of a share.")]


class Alert(TypedDict, total=False):
    """An alert. Other keys are kept and ignored, but for those that would change what is traded."""

    secret: Annotated[str, Field(description="Left out where it is in the header or the path.")]
    id: Annotated[str, Field(description="The sender's own; an alert that comes again with it is not traded again.")]
    strategy: Annotated[str, Field(description="Left out where only one trades the symbol.")]
    symbol: Required[Annotated[str, Field(examples=["BTC/USDT:USDT"])]]
    action: Required[Action]
    quantity: Annotated[Number, Field(description="Above zero, or a share such as `5%`.")]
    quantity_type: SizeType
    order_type: OrderType
    price: Annotated[Number, Field(description="The limit of an order that has one, else the price at which it fired.")]
    stop_price: Annotated[Number, Field(description="What the market has to reach first.")]
    stop_loss: Annotated[Number, Field(description="The price at which what it opens is given up, or `2%` from it.")]
    take_profit: Annotated[Number, Field(description="The price at which the profit is taken, or `4%` from it.")]
    take_profits: Annotated[list[TakeProfitBody], Field(description="Instead of one: several, each for a part.")]
    reduce_only: bool
    post_only: bool
    time_in_force: TimeInForce
    expires_at: Annotated[str, Field(description="Until when a GTD order is good; as `time`.")]
    market_position: MarketPosition
    position_size: Number
    prev_market_position: MarketPosition
    prev_position_size: Number
    time: Annotated[str, Field(description="When it fired: RFC 3339, or seconds or milliseconds since 1970.")]
    comment: str


class ScopeBody(TypedDict, total=False):
    """Empty for the whole portfolio."""

    account: str
    strategy: str


class AccountBody(TypedDict, total=False):
    """Empty for every account."""

    account: str


class QuoteBody(TypedDict, total=False):
    symbol: Required[str]
    bid: Required[Number]
    ask: Required[Number]
    account: Annotated[str, Field(description="Left out: every account that knows it and takes posted prices.")]


ALERTS = {
    "market": {
        "summary": "Buy at the market",
        "value": {
            "secret": "<secret>",
            "id": "first",
            "symbol": "BTC/USDT:USDT",
            "action": "buy",
            "quantity": "0.01",
            "price": "65000",
        },
    },
    "limit": {
        "summary": "A limit order for a share of the equity",
        "value": {
            "secret": "<secret>",
            "symbol": "ETH/USDT:USDT",
            "action": "buy",
            "quantity": "5%",
            "order_type": "limit",
            "price": "2990",
        },
    },
    "protected": {
        "summary": "An entry with a stop-loss and a take-profit, sized by what may be lost",
        "value": {
            "secret": "<secret>",
            "symbol": "BTC/USDT:USDT",
            "action": "buy",
            "quantity": "10",
            "quantity_type": "risk",
            "price": "65000",
            "stop_loss": "64000",
            "take_profit": "68000",
        },
    },
    "close": {
        "summary": "Close the position",
        "value": {"secret": "<secret>", "symbol": "BTC/USDT:USDT", "action": "close", "price": "65100"},
    },
    "plain": {
        "summary": "In other bots' words",
        "value": {"passphrase": "<secret>", "ticker": "BTCUSDT.P", "side": "sell", "qty": 0.01, "price": 65000},
    },
}
QUOTES = {
    "quote": {"summary": "A price of ETH", "value": {"symbol": "ETH/USDT:USDT", "bid": "2999", "ask": "3001"}},
}
ACCOUNTS = {
    "all": {"summary": "Every account", "value": {}},
    "one": {"summary": "One account", "value": {"account": "main"}},
}
SCOPES = {
    "portfolio": {"summary": "Everything", "value": {}},
    "strategy": {"summary": "One strategy", "value": {"strategy": "follow"}},
}
