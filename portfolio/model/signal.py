"""One alert, whatever its dialect, after it was understood."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from portfolio.model.identifiers import StrategyId, Symbol
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.protection import Level, Protection, TakeProfit


class Action(StrEnum):
    BUY = "buy"
    SELL = "sell"
    LONG = "long"
    SHORT = "short"
    CLOSE = "close"
    FLAT = "flat"
    REVERSE = "reverse"
    CANCEL = "cancel"


ENTRIES = frozenset({Action.BUY, Action.SELL, Action.LONG, Action.SHORT})


class SizeType(StrEnum):
    """RISK is money, RISK_PERCENT a share of equity, that would be lost at the alert's protective stop."""

    UNITS = "units"
    NOTIONAL = "notional"
    PERCENT_OF_EQUITY = "percent_of_equity"
    PERCENT_OF_POSITION = "percent_of_position"
    RISK = "risk"
    RISK_PERCENT = "risk_percent"


BY_RISK = frozenset({SizeType.RISK, SizeType.RISK_PERCENT})


class MarketPosition(StrEnum):
    LONG = "long"
    SHORT = "short"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Size:
    """How much: contracts, money in the portfolio's currency, or per cent (5 means 5 %)."""

    amount: Decimal
    kind: SizeType = SizeType.UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """`stop_price` is where a stop order triggers; `stop_loss` and `take_profit`, or several `take_profits`, are where
    orders that protect the position are to lie. Position sizes are signed. `content` is the alert as canonical JSON
    without a secret; `content_hash` its SHA-256.

    `time` is when the alert fired; None where it does not say.
    """

    family: str
    strategy: StrategyId
    symbol: Symbol
    action: Action
    content: str
    content_hash: str
    alert_id: str | None = None
    size: Size | None = None
    order_type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    stop_price: Decimal | None = None
    stop_loss: Level | None = None
    take_profit: Level | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    market_position: MarketPosition | None = None
    position_size: Decimal | None = None
    prev_market_position: MarketPosition | None = None
    prev_position_size: Decimal | None = None
    expires_at: datetime | None = None
    time: datetime | None = None
    comment: str | None = None
    take_profits: tuple[TakeProfit, ...] = ()

    @property
    def protection(self) -> Protection | None:
        """What the position is to be protected by; None where the alert does not say."""
        if self.stop_loss is None and self.take_profit is None and not self.take_profits:
            return None
        return Protection(self.stop_loss, self.take_profit, take_profits=self.take_profits)

    @property
    def is_short(self) -> bool:
        """True where the alert says that it sells, or that there shall be a short."""
        if self.market_position is not None:
            return self.market_position is MarketPosition.SHORT
        return self.action in (Action.SELL, Action.SHORT)

    @property
    def entry_price(self) -> Decimal | None:
        """Where an order as the alert describes it would trade; None at the market."""
        return self.price if self.order_type.has_limit else self.stop_price

    @property
    def own_price(self) -> Decimal | None:
        """The price the alert is about: its `price`, else where its stop lies."""
        return self.price if self.price is not None else self.stop_price
