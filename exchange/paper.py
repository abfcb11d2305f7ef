"""The paper exchange: a venue in this process that accepts, refuses and fills orders as a real one would.

It keeps nothing of its own: what it has told exists once the book has committed it, and after a restart it is
rebuilt from the book.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from exchange.matching import MarketPrice, Match, match_on_arrival, match_resting
from portfolio.model.decimals import ZERO
from portfolio.model.effect import ShowPrice
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderStatus, OrderType
from portfolio.model.side import Side

MOST_KNOWN_IDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTerms:
    """Fees as shares of the traded value; `slippage` as a share of the price, for market orders."""

    instruments: Mapping[Symbol, Instrument]
    maker_fee: Decimal
    taker_fee: Decimal
    slippage: Decimal
    leverage: Decimal


@dataclass(slots=True)
class PaperState:
    """What the venue knows: the wallet, signed positions with their cost, resting orders, last prices."""

    balance: Decimal
    quantities: dict[Symbol, Decimal] = field(default_factory=dict)
    costs: dict[Symbol, Decimal] = field(default_factory=dict)
    resting: dict[ClientOrderId, Order] = field(default_factory=dict)
    prices: dict[Symbol, MarketPrice] = field(default_factory=dict)


class PaperExchange:
    """Implements `portfolio.ports.Exchange` for one account."""

    def __init__(self, terms: PaperTerms, state: PaperState, clock: Callable[[], datetime]) -> None:
        self._terms = terms
        self._state = state
        self._clock = clock
        self._known: dict[ClientOrderId, None] = dict.fromkeys(state.resting)
        self._reports: list[OrderReport] = []

    async def send(self, order: Order) -> OrderReport:
        """FILLED, OPEN or REJECTED, in one report."""
        refusal = self._refusal(order)
        sent_at = self._clock()
        if refusal:
            return _report(order, OrderStatus.REJECTED, reason=refusal, sent_at=sent_at)
        self._remember(order.client_order_id)
        instrument = self._terms.instruments[order.symbol]
        match = match_on_arrival(order, instrument, self._state.prices.get(order.symbol), self._terms.slippage)
        if match is None:
            self._state.resting[order.client_order_id] = order
            return _report(order, OrderStatus.OPEN, sent_at=sent_at)
        return self._filled(order, match, sent_at)

    async def cancel(self, order: Order) -> OrderReport:
        """CANCELED where the order was resting; otherwise no news: its end was told already."""
        if self._state.resting.pop(order.client_order_id, None) is None:
            return _report(order, None)
        return _report(order, OrderStatus.CANCELED)

    async def look_up(self, order: Order) -> OrderReport | None:
        """OPEN for a resting order; None for any other, which is proof: whatever was filled is in the book."""
        if order.client_order_id in self._state.resting:
            return _report(order, OrderStatus.OPEN)
        return None

    def show_price(self, price: ShowPrice) -> None:
        """Resting orders that the price reaches are filled, oldest first."""
        market = MarketPrice(price.bid, price.ask, price.source)
        self._state.prices[price.symbol] = market
        for order in [o for o in self._state.resting.values() if o.symbol == price.symbol]:
            match = match_resting(order, market)
            if match is not None:
                self._fill_resting(order, match)

    def collect(self) -> list[OrderReport]:
        reports, self._reports = self._reports, []
        return reports

    def _remember(self, order_id: ClientOrderId) -> None:
        """Ids are refused when repeated, as far back as anybody would repeat one."""
        self._known[order_id] = None
        if len(self._known) > MOST_KNOWN_IDS:
            del self._known[next(iter(self._known))]

    def _fill_resting(self, order: Order, match: Match) -> None:
        del self._state.resting[order.client_order_id]
        self._reports.append(self._filled(order, match))

    def _filled(self, order: Order, match: Match, sent_at: datetime | None = None) -> OrderReport:
        """FILLED; or, where a reduce-only order is larger than the position, that much of it and the rest CANCELED."""
        quantity = min(order.remaining, self._reducible(order)) if order.reduce_only else order.remaining
        trades = (self._execute(order, match, quantity),) if quantity else ()
        if quantity == order.remaining:
            return _report(order, OrderStatus.FILLED, trades, sent_at=sent_at)
        return _report(order, OrderStatus.CANCELED, trades, "reduce-only: cut to the position", sent_at)

    def _execute(self, order: Order, match: Match, quantity: Decimal) -> Trade:
        instrument = self._terms.instruments[order.symbol]
        rate = self._terms.maker_fee if match.is_maker else self._terms.taker_fee
        value = instrument.value(quantity, match.price)
        fee = instrument.value(quantity, match.price * rate)
        self._book(order, quantity, value, fee)
        return Trade(
            trade_id=f"{order.client_order_id}-1",
            quantity=quantity,
            price=match.price,
            fee=fee,
            fee_currency=instrument.settle,
            source=match.source,
            time=self._clock(),
        )

    def _book(self, order: Order, quantity: Decimal, value: Decimal, fee: Decimal) -> None:
        """Cash flows and quantity are all that margin needs: equity = balance + quantity x price - cost."""
        state = self._state
        state.quantities[order.symbol] = state.quantities.get(order.symbol, ZERO) + order.side.signed(quantity)
        state.costs[order.symbol] = state.costs.get(order.symbol, ZERO) + order.side.signed(value)
        state.balance -= fee

    def _refusal(self, order: Order) -> str:
        """Why a venue would not take the order; empty where it would."""
        instrument = self._terms.instruments.get(order.symbol)
        if instrument is None:
            return f"unknown symbol {order.symbol}"
        if order.client_order_id in self._known:
            return "the client order id was used before"
        whole = order.quantity == abs(self._state.quantities.get(order.symbol, ZERO))
        if not whole and (order.quantity % instrument.lot or order.quantity < instrument.min_quantity):
            return f"the quantity is not a multiple of {instrument.lot}, or below {instrument.min_quantity}"
        if order.order_type is OrderType.LIMIT and (order.price is None or order.price % instrument.tick):
            return f"the price is not a multiple of {instrument.tick}"
        if order.reduce_only and not self._reducible(order):
            return "reduce-only: there is no position to reduce"
        if not self._has_margin(order, instrument):
            return "insufficient margin"
        return ""

    def _reducible(self, order: Order) -> Decimal:
        held = self._state.quantities.get(order.symbol, ZERO)
        return abs(held) if order.side.signed(held) < 0 else ZERO

    def _has_margin(self, order: Order, instrument: Instrument) -> bool:
        """Gross notional after the trade, at the order's price, over the leverage, covered by equity."""
        if order.reduce_only or order.quantity <= self._reducible(order):
            return True
        gross, equity = ZERO, self._state.balance
        for symbol, held in self._state.quantities.items():
            value = self._terms.instruments[symbol].value(held, self._price(symbol, order))
            equity += value - self._state.costs[symbol]
            gross += abs(value) if symbol != order.symbol else ZERO
        after = self._state.quantities.get(order.symbol, ZERO) + order.side.signed(order.quantity)
        gross += abs(instrument.value(after, order.price or order.reference_price))
        return gross <= equity * min(self._terms.leverage, instrument.max_leverage)

    def _price(self, symbol: Symbol, order: Order) -> Decimal:
        price = self._state.prices.get(symbol)
        if price is not None:
            return price.for_side(Side.SELL)
        return order.reference_price if symbol == order.symbol else ZERO


def _report(
    order: Order,
    status: OrderStatus | None,
    trades: tuple[Trade, ...] = (),
    reason: str = "",
    sent_at: datetime | None = None,
) -> OrderReport:
    return OrderReport(
        client_order_id=order.client_order_id, status=status, trades=trades, reason=reason, sent_at=sent_at
    )
