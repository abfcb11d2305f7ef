"""Stand-ins shared by the tests: a small desk with its clock, strategies on strings, and a venue that does as told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.past import answer_to
from app.storage.questions import Answers
from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import ScopedLimit
from portfolio.limits.registry import LIMITS
from portfolio.manager import Handled, PortfolioManager
from portfolio.model.account import Readiness, Wallet
from portfolio.model.command import (
    CancelOrder,
    Command,
    Earlier,
    EarlierOrder,
    EarlierSignal,
    Envelope,
    FailReconciliation,
    FinishReconciliation,
    Flatten,
    Halt,
    Mark,
    ReceiveSignal,
    ReportOrder,
    Resume,
)
from portfolio.model.decision import Decision
from portfolio.model.effect import CancelAtVenue, Effect, SendOrder, ShowPrice
from portfolio.model.event import Event, EventKind
from portfolio.model.fill import Fill, FundingShare, OrderReport, Trade
from portfolio.model.identifiers import ClientOrderId, Symbol, sortable_id
from portfolio.model.instrument import Instrument, family_of
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import Order, OrderStatus, OrderTransition, OrderType, PriceSource, TimeInForce
from portfolio.model.position import Key, Position
from portfolio.model.quote import Quote
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from portfolio.model.signal import Action, Signal, Size
from portfolio.model.transfer import Transfer
from portfolio.ports import Strategy, View
from portfolio.reply import Reconciled, Reply, StateChanged
from portfolio.setup import AccountSetup, Setup, StrategySetup
from strategies import moves as common_moves
from strategies.follow import Follow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"
COIN = "COIN/EUR:EUR"
SPOT = "BTC/USDT"
INVERSE = "BTC/USD:BTC"
MAIN = Scope("main")
FOLLOW = Scope("main", "follow")
HELD = Key("main", "follow", BTC)


def instrument(symbol: Symbol = BTC, **terms: Any) -> Instrument:
    """A contract or pair with lots of 0.001 and ticks of 0.1; `terms` as text replace its own."""
    pair, _, settle = symbol.partition(":")
    base, _, quote = pair.partition("/")
    known = {"contract_size": "1", "lot": "0.001", "tick": "0.1", "min_quantity": "0.001", "min_cost": "5", **terms}
    numbers = {name: Decimal(value) for name, value in known.items()}
    family = family_of(symbol)
    return Instrument(symbol=symbol, base=base, quote=quote, settle=settle or quote, family=family, **numbers)


def limit_chain(limits: Mapping[Scope, Mapping[str, str]]) -> LimitChain:
    """Limits by scope, spelled as in a configuration."""
    return LimitChain(
        tuple(ScopedLimit(scope, LIMITS[key].read(text)) for scope, row in limits.items() for key, text in row.items())
    )


def account(name: str = "main", **terms: Any) -> AccountSetup:
    """A paper account with 10,000 USDT, ten times leverage and three instruments, one of which settles in EUR."""
    known: dict[str, Any] = {
        "balances": {"USDT": Decimal(10_000)},
        "instruments": {symbol: instrument(symbol) for symbol in (BTC, ETH, COIN)},
        "leverage": Decimal(10),
        "send_within_s": Decimal(30),
        "trusts_signal_price": True,
    }
    return AccountSetup(id=name, **{**known, **terms})


def strategy(name: str = "follow", kind: Strategy | None = None, **terms: Any) -> StrategySetup:
    return StrategySetup(id=name, **{"account": "main", "strategy": kind or Follow(), **terms})


def desk_setup(*parts: AccountSetup | StrategySetup) -> Setup:
    """A desk of these accounts and strategies; `main` and `follow` where there is none."""
    accounts = [part for part in parts if isinstance(part, AccountSetup)] or [account()]
    strategies = [part for part in parts if isinstance(part, StrategySetup)] or [strategy()]
    return Setup(
        currency="USDT",
        max_age_s=Decimal(300),
        accounts={part.id: part for part in accounts},
        strategies={part.id: part for part in strategies},
        pegged=frozenset({"USD", "USDT", "USDC"}),
    )


def signal(action: str, size: str | Size | None = None, *, price: str | None = "100", **fields: Any) -> Signal:
    """An alert; a `size` given as text is in contracts."""
    known: dict[str, Any] = {
        "family": "canonical",
        "strategy": "follow",
        "symbol": BTC,
        "action": Action(action),
        "size": Size(Decimal(size)) if isinstance(size, str) else size,
        "price": Decimal(price) if price is not None else None,
        **fields,
    }
    content = repr(sorted(known.items()))
    return Signal(**{"content": content, "content_hash": content, **known})


def quote(bid: str, ask: str | None = None, *, symbol: Symbol = BTC, age_s: str = "0", on: str = "main") -> Quote:
    return Quote(on, symbol, Decimal(bid), Decimal(ask or bid), Decimal(age_s))


def order(order_id: ClientOrderId = "A-1", side: str = "buy", quantity: str = "1", **fields: Any) -> Order:
    """A market order that is about to leave, decided at a price of 100."""
    known: dict[str, Any] = {
        "client_order_id": order_id,
        "origin": "A",
        "signal_id": "A",
        "account": "main",
        "strategy": "follow",
        "symbol": BTC,
        "side": side,
        "order_type": OrderType.MARKET,
        "quantity": Decimal(quantity),
        "price": None,
        "reduce_only": False,
        "is_exit": False,
        "time_in_force": "GTC",
        "status": OrderStatus.PENDING,
        "reference_price": Decimal(100),
        "reference_source": PriceSource.QUOTE,
        "reservation_price": Decimal(100),
        "created_at": NOW,
        "updated_at": NOW,
        "send_by": NOW + timedelta(seconds=30),
        **fields,
    }
    types = {"side": Side, "order_type": OrderType, "status": OrderStatus, "time_in_force": TimeInForce}
    return Order(**{name: types[name](value) if name in types else value for name, value in known.items()})


def fill(side: str, quantity: str, price: str, fee: str = "0", fee_currency: str = "USDT") -> Fill:
    return Fill(
        trade_id="T",
        client_order_id="A-1",
        account="main",
        strategy="follow",
        symbol=BTC,
        side=Side(side),
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        fee_currency=fee_currency,
        source=PriceSource.QUOTE,
        time=NOW,
    )


Answer = Callable[[Any, View, Mapping[str, Any]], Wishes]


def nothing(about: Any, view: View, state: Mapping[str, Any]) -> Wishes:
    return Wishes()


def failing(about: Any, view: View, state: Mapping[str, Any]) -> Wishes:
    raise RuntimeError("no idea")


def wishing(*orders: OrderIntent, **fields: Any) -> Answer:
    """An answer that is always the same."""
    return lambda about, view, state: Wishes(orders=orders, **fields)


def intent(side: str, quantity: str, **fields: Any) -> OrderIntent:
    return OrderIntent(side=Side(side), size=Size(Decimal(quantity)), **fields)


@dataclass(frozen=True)
class Scripted:
    """A strategy that answers what the test says."""

    signal: Answer = nothing
    order: Answer = nothing

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        return self.signal(signal, view, state)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return self.order(order, view, state)


class Literal:
    """Wants exactly what the alert says."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        match signal.action:
            case Action.CANCEL:
                return common_moves.cancel(view)
            case Action.FLAT:
                return Wishes(flatten=True)
            case Action.CLOSE:
                return common_moves.close(signal, view)
        assert signal.size is not None
        wanted = OrderIntent(
            side=common_moves.side_of(signal),
            size=signal.size,
            order_type=signal.order_type,
            price=signal.price if signal.order_type.has_limit else None,
            stop_price=signal.stop_price,
            reduce_only=signal.reduce_only,
            post_only=signal.post_only,
            time_in_force=signal.time_in_force,
            expires_at=signal.expires_at,
            protection=signal.protection,
        )
        return Wishes(orders=(wanted,))

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()


@dataclass
class Stored:
    """What a store would have by now."""

    orders: dict[ClientOrderId, Order] = field(default_factory=dict)
    trades: dict[ClientOrderId, tuple[str, ...]] = field(default_factory=dict)
    decisions: dict[str, EarlierSignal] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    transitions: list[OrderTransition] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    fundings: list[FundingShare] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)


class Desk:
    """A portfolio manager with a clock, a store that always works, and a venue that the test plays.

    Every command is a batch of its own. `quotes` go with each command; there are none at first, so that an alert's
    own price counts, as on paper without a feed.
    """

    def __init__(
        self,
        *parts: AccountSetup | StrategySetup,
        limits: Mapping[Scope, Mapping[str, str]] | None = None,
        reconciled: bool = True,
    ) -> None:
        self.now = NOW
        self.seq = 0
        self.quotes: dict[tuple[str, Symbol], Quote] = {}
        self.effects: list[Effect] = []
        self.stored = Stored()
        self.limits = limit_chain(limits or {})
        self.book = Book(desk_setup(*parts))
        for known in self.book.setup.accounts.values():
            for currency, amount in known.balances.items():
                self.book.wallets.load(Wallet(known.id, currency), amount)
            if reconciled:
                self.book.readiness.load(known.id, Readiness.RECONCILED)
        self.manager = PortfolioManager(self.book, self.limits)

    # --- commands ----------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> Handled:
        """The command has been decided and stored, and its effects have joined `effects`."""
        self.seq += 1
        quotes = tuple(self.quotes.values())
        handled = self.manager.handle(Envelope(self.seq, command, self.now, quotes, self._earlier(command)))
        self._store()
        self.effects += handled.effects
        if isinstance(command, ReceiveSignal) and isinstance(handled.reply, Decision) and command.signal.alert_id:
            earlier = EarlierSignal(command.signal.content_hash, handled.reply)
            self.stored.decisions.setdefault(command.signal.alert_id, earlier)
        return handled

    def receive(self, alert: Signal) -> Reply:
        return self.handle(ReceiveSignal(sortable_id(self.seq, self.seq), alert, self.now)).reply

    def alert(self, action: str, size: str | Size | None = None, **fields: Any) -> Decision:
        reply = self.receive(signal(action, size, **fields))
        assert isinstance(reply, Decision)
        return reply

    def place(self, action: str, size: str | Size | None = None, **fields: Any) -> ClientOrderId:
        """The id of the one order that the alert became."""
        (placed,) = self.alert(action, size, **fields).orders
        assert placed.status is OrderStatus.PENDING
        return placed.client_order_id

    def rest(self, action: str, size: str, price: str = "100", **fields: Any) -> ClientOrderId:
        """The id of a limit order that rests in the venue's book."""
        order_id = self.place(action, size, price=price, order_type=OrderType.LIMIT, **fields)
        self.report(order_id, "OPEN")
        return order_id

    def hold(self, quantity: str, price: str = "100", **fields: Any) -> None:
        """The signed quantity has been bought or sold at `price`."""
        side = "sell" if quantity.startswith("-") else "buy"
        self.fill(self.place(side, quantity.lstrip("-"), price=price, **fields))

    def mark(self, price: str | None = None, symbol: Symbol = BTC) -> None:
        """Everything is valued, `symbol` at a new quote."""
        if price is not None:
            self.quote(price, symbol=symbol)
        self.handle(Mark())

    def quote(self, bid: str, ask: str | None = None, **fields: Any) -> None:
        """The feed brings a quote, which is newer than all before it."""
        self.wait(milliseconds=1)
        shown = quote(bid, ask, **fields)
        self.quotes[shown.account, shown.symbol] = shown

    def halt(self, scope: Scope = PORTFOLIO, **fields: str) -> StateChanged:
        return self._change_state(Halt(scope, **fields))

    def resume(self, scope: Scope = PORTFOLIO) -> StateChanged:
        return self._change_state(Resume(scope))

    def flatten(self, scope: Scope = PORTFOLIO) -> StateChanged:
        return self._change_state(Flatten("F", scope))

    def cancel(self, order_id: ClientOrderId) -> Reply:
        return self.handle(CancelOrder(order_id)).reply

    def finish(
        self, *reports: OrderReport, absent: tuple[ClientOrderId, ...] = (), on: str = "main", **found: Any
    ) -> Reconciled:
        reply = self.handle(FinishReconciliation(on, reports, absent, **found)).reply
        assert isinstance(reply, Reconciled)
        return reply

    def fail(self) -> None:
        self.handle(FailReconciliation("main", "the venue is away"))

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def _change_state(self, command: Command) -> StateChanged:
        reply = self.handle(command).reply
        assert isinstance(reply, StateChanged)
        return reply

    # --- the venue ---------------------------------------------------------------------------------------------

    def fill(self, order_id: ClientOrderId, quantity: str | None = None, price: str = "", **fields: Any) -> None:
        """The venue reports one execution, of all that remains unless told otherwise."""
        told = self.order(order_id)
        self.report(order_id, None, self.trade(order_id, quantity or str(told.remaining), price, **fields))

    def trade(self, order_id: ClientOrderId, quantity: str, price: str = "", **fields: Any) -> Trade:
        at = Decimal(price) if price else self.order(order_id).reference_price
        count = len(self.stored.trades.get(order_id, ()))
        own = {"trade_id": f"{order_id}-{count + 1}", "fee": Decimal(0), "fee_currency": "USDT"}
        known = {**own, "source": PriceSource.QUOTE, **fields}
        return Trade(quantity=Decimal(quantity), price=at, time=self.now, **known)

    def report(self, order_id: ClientOrderId, status: str | None, *trades: Trade, **fields: Any) -> None:
        self.handle(ReportOrder("main", told(order_id, status, *trades, **fields)))

    # --- what has become of it ---------------------------------------------------------------------------------

    def order(self, order_id: ClientOrderId) -> Order:
        return self.stored.orders[order_id]

    def status(self, order_id: ClientOrderId) -> str:
        return self.order(order_id).status.value

    def live(self, key: Key = HELD) -> list[ClientOrderId]:
        return [known.client_order_id for known in self.book.live_orders(key)]

    def position(self, key: Key = HELD) -> Position:
        return self.book.position(key)

    @property
    def quantity(self) -> Decimal:
        """The signed position of the first strategy in the first symbol."""
        return self.position().quantity

    @property
    def sent(self) -> list[ClientOrderId]:
        return [effect.order.client_order_id for effect in self.effects if isinstance(effect, SendOrder)]

    @property
    def cancels(self) -> list[ClientOrderId]:
        return [effect.order.client_order_id for effect in self.effects if isinstance(effect, CancelAtVenue)]

    @property
    def shown(self) -> list[ShowPrice]:
        return [effect for effect in self.effects if isinstance(effect, ShowPrice)]

    def events(self, kind: EventKind) -> list[Event]:
        return [event for event in self.stored.events if event.kind is kind]

    def history(self, order_id: ClientOrderId) -> list[str]:
        """Every status the order went through."""
        return [line.status.value for line in self.stored.transitions if line.client_order_id == order_id]

    def restart(self) -> None:
        """The process ended and another one has loaded what the store had; nothing is reconciled yet."""
        old, self.book = self.book, Book(self.book.setup)
        kept = "wallets positions states baselines snapshots marks flattenings attachments funded tallies"
        for name in (*kept.split(), "reconciliations"):
            for key, value in getattr(old, name).items():
                getattr(self.book, name).load(key, value)
        for key, value in old.strategy_states.items():
            self.book.strategy_states.load(key, value)
        for known in old.live_orders_in(PORTFOLIO):
            self.book.load_order(known, old.trades.get(known.client_order_id) or ())
        self.manager = PortfolioManager(self.book, self.limits)
        self.effects.clear()

    def _earlier(self, command: Command) -> Earlier | None:
        if isinstance(command, ReceiveSignal):
            return self.stored.decisions.get(command.signal.alert_id) if command.signal.alert_id else None
        orders = {i: EarlierOrder(o, self.stored.trades.get(i, ())) for i, o in self.stored.orders.items()}
        told = self.events(EventKind.FOREIGN_ORDER_REPORTED)
        answers = Answers(
            orders=orders,
            trade_ids=frozenset((fill.account, fill.trade_id) for fill in self.stored.fills),
            foreign=frozenset((str(event.account), str(event.origin)) for event in told),
            fundings=frozenset((share.account, share.symbol, share.time) for share in self.stored.fundings),
        )
        return answer_to(command, self.book, answers)

    def _store(self) -> None:
        """As the engine does: what changed is written, what has ended leaves the book."""
        self.stored.trades |= self.book.trades.as_dict()
        changes = self.book.take_changes()
        self.stored.orders |= {order_id: known for order_id, known in changes.orders.items() if known}
        self.stored.events += changes.history.events
        self.stored.transitions += changes.history.transitions
        self.stored.fills += changes.history.fills
        self.stored.fundings += changes.history.fundings
        self.stored.transfers += changes.history.transfers
        self.book.settle(changes)


def told(order_id: ClientOrderId, status: str | None, *trades: Trade, **fields: Any) -> OrderReport:
    """What a venue says of an order."""
    known = OrderStatus(status) if status else None
    return OrderReport(client_order_id=order_id, status=known, trades=trades, **fields)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def ids(decision: Decision) -> list[ClientOrderId]:
    return [placed.client_order_id for placed in decision.orders]


def moves(decision: Decision) -> list[tuple[str, str, str]]:
    """Each order as (side, quantity, status)."""
    return [(placed.side.value, f"{placed.quantity.normalize():f}", placed.status.value) for placed in decision.orders]


def older(alert: Signal, **span: float) -> Signal:
    """The alert, fired that long before NOW."""
    return replace(alert, time=NOW - timedelta(**span))
