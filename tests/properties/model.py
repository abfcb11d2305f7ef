"""The desk that the properties are checked on, a venue that misbehaves, and the limits recomputed from nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from portfolio.book import Book, key_of
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import ScopedLimit
from portfolio.limits.proposal import Proposal
from portfolio.limits.registry import LIMITS
from portfolio.model.check import Check
from portfolio.model.decimals import floor_to
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.instrument import Instrument
from portfolio.model.intent import Wishes
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource
from portfolio.model.quote import Quote
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.signal import Action, Signal, Size, SizeType
from portfolio.ports import Strategy, View
from portfolio.setup import AccountSetup, Setup, StrategySetup
from strategies.close_only import CloseOnly
from strategies.follow import Follow
from strategies.reverse import Reverse
from strategies.target import Target

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
PAPER, REAL = "paper", "real"
PRICES = {BTC: Decimal(100), ETH: Decimal(10)}
CONFIGURATION = "0123456789abcdef"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class WindingDown:
    """long and short open as `follow` does; everything else only closes."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        opens = signal.action in (Action.LONG, Action.SHORT)
        return (Follow() if opens else CloseOnly()).on_signal(signal, view, state)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()


def instrument(symbol: str, lot: str, tick: str) -> Instrument:
    base = symbol.partition("/")[0]
    return Instrument(
        symbol=symbol,
        base=base,
        quote="USDT",
        settle="USDT",
        contract_size=Decimal(1),
        lot=Decimal(lot),
        tick=Decimal(tick),
        min_quantity=Decimal(lot),
        min_cost=Decimal(5),
        max_leverage=Decimal(20),
    )


INSTRUMENTS = {BTC: instrument(BTC, "0.1", "0.5"), ETH: instrument(ETH, "1", "0.05")}
STRATEGIES: dict[str, tuple[str, str, Strategy]] = {
    "follow": (PAPER, BTC, Follow()),
    "target": (PAPER, ETH, Target()),
    "reverse": (REAL, BTC, Reverse()),
    "winding": (REAL, ETH, WindingDown()),
}
SETUP = Setup(
    currency="USDT",
    max_age_s=Decimal(300),
    accounts={
        name: AccountSetup(
            id=name,
            balances={"USDT": Decimal(10000)},
            instruments=INSTRUMENTS,
            leverage=Decimal(5),
            send_within_s=Decimal(30),
            trusts_signal_price=name == PAPER,
            attaches_protection=name == REAL,
        )
        for name in (PAPER, REAL)
    },
    strategies={
        name: StrategySetup(
            id=name, account=account, strategy=strategy, symbols=frozenset({symbol}), sizing=Size(Decimal(10))
        )
        for name, (account, symbol, strategy) in STRATEGIES.items()
    },
)
KEYS = [(account, name, symbol) for name, (account, symbol, _) in STRATEGIES.items()]
MAINTENANCE = Decimal("0.005")
FIGURES = (
    (Scope(), "max_exposure", "5000"),
    (Scope(), "max_net_exposure", "4000"),
    (Scope(), "max_leverage", "0.24"),
    (Scope(), "max_open_orders", "9"),
    (Scope(), "max_quote_age_s", "120"),
    (Scope(), "max_drawdown", "20%"),
    (Scope(PAPER), "max_net_exposure", "3000"),
    (Scope(PAPER), "max_daily_loss", "300"),
    (Scope(PAPER), "max_open_orders", "6"),
    (Scope(REAL), "max_leverage", "0.35"),
    (Scope(REAL), "max_position", "30%"),
    (Scope(REAL), "price_collar", "5%"),
    (Scope(PAPER, "follow"), "max_order_notional", "1500"),
    (Scope(PAPER, "follow"), "max_position", "2500"),
    (Scope(PAPER, "target"), "max_exposure", "20%"),
    (Scope(REAL, "winding", ETH), "max_position", "1800"),
    (Scope(), "max_concentration", "16%"),
    (Scope(REAL), "max_orders_per_day", "3"),
    (Scope(PAPER), "max_orders_per_minute", "4"),
    (Scope(PAPER), "max_entries", "3"),
    (Scope(PAPER, "target"), "max_entries", "1"),
    (Scope(REAL), "max_open_notional", "25%"),
    (Scope(REAL), "cooldown_after_loss_s", "5"),
    (Scope(REAL), "repeat_throttle", "3/600s"),
    (Scope(REAL, "winding"), "cooldown_s", "5"),
    (Scope(REAL), "min_liquidation_distance", "600%"),
)


def scoped_limits() -> tuple[ScopedLimit, ...]:
    return tuple(ScopedLimit(scope, LIMITS[key].read(text)) for scope, key, text in FIGURES)


class CheckedLimits(LimitChain):
    """The real chain; what it says of exposure is recomputed from the bare rows each time an entry is tried."""

    def __init__(self, limits: tuple[ScopedLimit, ...]) -> None:
        super().__init__(limits)
        self.approved: set[str] = set()

    def checks(self, proposal: Proposal) -> tuple[Check, ...]:
        checks = super().checks(proposal)
        if all(check.passed for check in checks):
            self.approved.add(proposal.order.client_order_id)
        if not proposal.order.is_exit and proposal.reference is not None:
            self._compare(proposal, {(c.code, c.scope): c for c in checks})
        return checks

    @staticmethod
    def _compare(proposal: Proposal, checks: Mapping[tuple[str, str], Check]) -> None:
        for scope, key, text in FIGURES:
            found = checks.get((key.upper(), str(scope)))
            if found is None:
                continue
            near = key == "min_liquidation_distance"
            breach = too_near(proposal, text) if near else breached(proposal.book, proposal.order, scope, key, text)
            if breach is None:
                continue
            said = f"{key} {text} of {scope}: the chain saw {found.value} and passed={found.passed}"
            assert found.passed is not breach, f"{said}, recomputed {breach=} for {proposal.order}"
        crosses = next(check for check in checks.values() if check.code == "SELF_CROSS")
        assert crosses.passed is not would_cross(proposal.book, proposal.order), f"{crosses} for {proposal.order}"
        margin = next(check for check in checks.values() if check.code == "INSUFFICIENT_MARGIN")
        account = Scope(proposal.order.account)
        assert margin.passed is (
            margined(proposal.book, account) / 5 <= max(ZERO, equity(proposal.book, proposal.order.account))
        )


def breached(book: Book, order: Order, scope: Scope, key: str, text: str) -> bool | None:
    """Whether the book, with `order` in it, is over the limit; None for a limit of another sort."""
    if key == "repeat_throttle":
        return None
    gross, net, orders = worst_case(book, scope)
    worth = equity(book, scope.account)
    amount = max(ZERO, worth) * Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
    match key:
        case "max_exposure":
            return gross > amount
        case "max_net_exposure":
            return net > amount
        case "max_leverage":
            return worth <= 0 or gross > amount * worth
        case "max_open_orders":
            return orders > amount
        case "max_position":
            of_symbol = Scope(scope.account, scope.strategy, order.symbol)
            return worst_case(book, of_symbol)[0] > amount
        case "max_order_notional":
            return order.quantity * order.reservation_price > amount
        case "max_concentration":
            of_base = (Scope(a, scope.strategy, order.symbol) for a in SETUP.accounts if scope.account in (None, a))
            return sum((worst_case(book, part)[0] for part in of_base), ZERO) > amount
        case "max_open_notional":
            live = [o for o in book.orders.values() if o.is_live and not o.is_exit and scope.covers(key_of(o))]
            return sum((o.most_remaining * o.reservation_price for o in live), ZERO) > amount
    return None


def too_near(proposal: Proposal, text: str) -> bool:
    """Whether the mark comes too near to where nothing but the maintenance margin is left, every entry filled.

    With cost C, quantity q and backing B that is where B - C + qP = m|q|P, whatever is realised on the way there.
    """
    book, order, reference = proposal.book, proposal.order, proposal.reference
    assert reference is not None
    backing, cost, held = book.wallet(order.account, "USDT"), ZERO, ZERO
    for key, position in book.positions.items():
        if (key.account, key.symbol) == (order.account, order.symbol):
            cost, held = cost + position.cost, held + position.quantity
        elif key.account == order.account and position.quantity:
            mark = book.marks[key.account, key.symbol].price
            backing += position.quantity * mark - position.cost - abs(position.quantity) * mark * MAINTENANCE
    for other in book.orders.values():
        together = (other.account, other.symbol, other.side) == (order.account, order.symbol, order.side)
        if together and other.is_live and not other.is_exit:
            signed = other.side.signed(other.most_remaining)
            cost, held = cost + signed * other.reservation_price, held + signed
    slope = abs(held) * MAINTENANCE - held
    price = (backing - cost) / slope if slope else ZERO
    distance = floor_to(abs(price / reference.mark - 1), Decimal("0.000001"))
    return price > 0 and distance < Decimal(text[:-1]) / 100


def would_cross(book: Book, order: Order) -> bool:
    """Whether the order would meet a limit order of its account that lives or may live, and waits for nothing."""
    reach = order.price or order.reference_price
    for other in book.orders.values():
        meets = (other.account, other.symbol) == (order.account, order.symbol) and other.side is not order.side
        if meets and other.is_live and other.price is not None and not (other.after and other.send_by is None):
            low, high = (other.price, reach) if order.side is Side.BUY else (reach, other.price)
            if low <= high:
                return True
    return False


def worst_case(book: Book, scope: Scope) -> tuple[Decimal, Decimal, int]:
    """Gross and net notional and the count of live orders, were the worst half of them filled.

    An exit never does more than reduce, if it is reduce-only or there is still so much to
    close; any other order does what it says. What rests may do so after everything held was closed.
    """
    lows, highs, orders = _reached(book, scope)
    worst = {where: max(abs(lows[where]), abs(highs[where]), *_resting(book, scope, where)) for where in lows}
    gross = sum(worst.values(), ZERO)
    return gross, max(abs(sum(lows.values(), ZERO)), abs(sum(highs.values(), ZERO))), orders


def margined(book: Book, scope: Scope) -> Decimal:
    """What a venue asks margin for: the same without what rests alone."""
    lows, highs, _ = _reached(book, scope)
    return sum((max(abs(lows[where]), abs(highs[where])) for where in lows), ZERO)


def _resting(book: Book, scope: Scope, where: tuple[str, str]) -> tuple[Decimal, Decimal]:
    """Notionals of the entries to buy and to sell that rest there."""
    sides = {Side.BUY: ZERO, Side.SELL: ZERO}
    for order in book.orders.values():
        is_there = scope.covers(key_of(order)) and (order.account, order.symbol) == where
        if is_there and order.is_live and not order.is_exit and order.order_type is not OrderType.MARKET:
            sides[order.side] += order.most_remaining * order.reservation_price
    return sides[Side.BUY], sides[Side.SELL]


def _reached(book: Book, scope: Scope) -> tuple[dict[tuple[str, str], Decimal], dict[tuple[str, str], Decimal], int]:
    """The lowest and highest notional of each account's symbol, and the count of live orders."""
    lows: dict[tuple[str, str], Decimal] = {}
    highs: dict[tuple[str, str], Decimal] = {}
    orders = 0
    for key in {*book.positions, *(key_of(order) for order in book.orders.values())}:
        if not scope.covers(key):
            continue
        mark = book.marks.get((key.account, key.symbol))
        held = book.position(key).quantity * (mark.price if mark else ZERO)
        low, high, live = _reach(book, key, held)
        where = (key.account, key.symbol)
        lows[where] = lows.get(where, ZERO) + low
        highs[where] = highs.get(where, ZERO) + high
        orders += live
    return lows, highs, orders


def _reach(book: Book, key: Any, held: Decimal) -> tuple[Decimal, Decimal, int]:
    """The lowest and highest notional that live orders can lead the holding to.

    An exit at the market may have traded already, before what was told since.
    """
    moving = {Side.BUY: ZERO, Side.SELL: ZERO}
    free = {Side.BUY: ZERO, Side.SELL: ZERO}
    bound = {Side.BUY: ZERO, Side.SELL: ZERO}
    closing = abs(book.position(key).quantity)
    count = 0
    for order in book.orders.values():
        if key_of(order) != key or not order.is_live or (order.is_exit and order.is_waiting):
            continue
        count += 1
        notional = order.most_remaining * order.reservation_price
        is_bound = order.is_exit and (
            order.reduce_only or (order.side.signed(held) < 0 and order.most_remaining <= closing)
        )
        closing -= order.most_remaining if is_bound else ZERO
        (bound if is_bound else free)[order.side] += notional
        if is_bound and order.order_type is OrderType.MARKET:
            moving[order.side] += notional
    low = held - free[Side.SELL] - max(min(bound[Side.SELL], max(ZERO, held)), moving[Side.SELL])
    high = held + free[Side.BUY] + max(min(bound[Side.BUY], max(ZERO, -held)), moving[Side.BUY])
    return low, high, count


def equity(book: Book, account: str | None) -> Decimal:
    """Wallets plus what positions are worth above their cost."""
    worth = sum((amount for wallet, amount in book.wallets.items() if account in (None, wallet.account)), ZERO)
    for key, position in book.positions.items():
        mark = book.marks.get((key.account, key.symbol))
        if account in (None, key.account) and mark is not None:
            worth += position.quantity * mark.price - position.cost
    return worth


# --- prices ------------------------------------------------------------------------------------------------------


@dataclass
class Quotes:
    """A quote source that ages with the model's clock."""

    known: dict[tuple[str, str], tuple[Decimal, Decimal, datetime]] = field(default_factory=dict)
    now: datetime = START

    def put(self, account: str, symbol: str, price: Decimal) -> None:
        tick = INSTRUMENTS[symbol].tick
        self.known[account, symbol] = (price - tick, price + tick, self.now)

    def latest(self, account: str, symbol: str) -> Quote | None:
        if (account, symbol) not in self.known:
            return None
        bid, ask, at = self.known[account, symbol]
        return Quote(account, symbol, bid, ask, Decimal(str((self.now - at).total_seconds())))

    def all(self) -> tuple[Quote, ...]:
        return tuple(quote for where in self.known if (quote := self.latest(*where)))


# --- the venue ---------------------------------------------------------------------------------------------------


@dataclass
class VenueOrder:
    order: Order
    status: OrderStatus = OrderStatus.OPEN
    trades: list[Trade] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        return sum((trade.quantity for trade in self.trades), ZERO)

    @property
    def remaining(self) -> Decimal:
        return self.order.quantity - self.filled

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)


class Venue:
    """Both accounts' venue: it keeps every order it ever took, and what it executed."""

    def __init__(self) -> None:
        self.orders: dict[str, VenueOrder] = {}
        self.refused: dict[str, OrderReport] = {}
        self.fees = {PAPER: ZERO, REAL: ZERO}
        self.outside: dict[tuple[str, str], Decimal] = {}

    def take(self, order: Order) -> VenueOrder:
        assert order.client_order_id not in self.orders, f"sent twice: {order}"
        taken = VenueOrder(order)
        self.orders[order.client_order_id] = taken
        return taken

    def refuse(self, order: Order) -> OrderReport:
        assert order.client_order_id not in self.orders, f"sent twice: {order}"
        report = say(order, OrderStatus.REJECTED, reason="insufficient funds")
        self.refused[order.client_order_id] = report
        return report

    def execute(self, taken: VenueOrder, quantity: Decimal, now: datetime) -> Trade:
        order = taken.order
        price = order.price or order.reference_price
        trade = Trade(
            trade_id=f"{order.client_order_id}/{len(taken.trades) + 1}",
            quantity=quantity,
            price=price,
            fee=quantity * price * Decimal("0.0005"),
            fee_currency="USDT",
            source=PriceSource.QUOTE,
            time=now,
        )
        taken.trades.append(trade)
        if taken.is_open:
            taken.status = OrderStatus.PARTIALLY_FILLED if taken.remaining else OrderStatus.FILLED
        return trade

    def whole_report(self, taken: VenueOrder) -> OrderReport:
        return say(taken.order, taken.status, *taken.trades)

    def positions(self) -> dict[tuple[str, str], Decimal]:
        held = dict(self.outside)
        for taken in self.orders.values():
            where = (taken.order.account, taken.order.symbol)
            held[where] = held.get(where, ZERO) + taken.order.side.signed(taken.filled)
        return {where: quantity for where, quantity in held.items() if quantity}


def say(order: Order, status: OrderStatus | None, *trades: Trade, reason: str = "") -> OrderReport:
    venue_id = f"v-{order.client_order_id}"
    return OrderReport(
        client_order_id=order.client_order_id, status=status, venue_order_id=venue_id, trades=trades, reason=reason
    )


# --- alerts ------------------------------------------------------------------------------------------------------


def make_signal(strategy: str, action: Action, **given: Any) -> Signal:
    """An alert for the strategy's symbol; its content is everything that it says."""
    _, symbol, _ = STRATEGIES[strategy]
    said = {key: str(value) for key, value in given.items() if value is not None}
    content = json.dumps({"strategy": strategy, "symbol": symbol, "action": action, **said}, sort_keys=True)
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    values = {"symbol": symbol, **given}
    return Signal(
        family="canonical", strategy=strategy, action=action, content=content, content_hash=content_hash, **values
    )


def size_of(symbol: str, kind: SizeType, share: int) -> Size:
    """`share` of 1 to 20: what makes small and big orders alike."""
    match kind:
        case SizeType.UNITS:
            return Size(INSTRUMENTS[symbol].lot * 10 * share, kind)
        case SizeType.NOTIONAL:
            return Size(Decimal(100 * share), kind)
        case SizeType.PERCENT_OF_EQUITY:
            return Size(Decimal(share), kind)
    return Size(Decimal(10 * share), kind)


def limit_price(symbol: str, around: Decimal, ticks: int) -> Decimal:
    return around + ticks * INSTRUMENTS[symbol].tick


ORDER_TYPES = (OrderType.MARKET, OrderType.LIMIT)
