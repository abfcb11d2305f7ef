"""A venue with books of its own, on which others trade too, and a desk on disk that is reconciled with it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.batching import Batcher, questions_of
from app.queueing import Item
from app.replay import replay
from app.storage.checking import examine_all
from app.storage.database import writer_engine
from app.storage.questions import Windows
from app.storage.store import Store
from app.storage.writing import Batch
from exchange.ledger import Ledger, VenueState, VenueTerms
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Command
from portfolio.model.effect import CancelAtVenue, Effect, SendOrder, ShowPrice
from portfolio.model.event import Event
from portfolio.model.fill import Cause, Fill, Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import sortable_id
from portfolio.model.instrument import Instrument, family_of, parse_symbol
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.signal import Size
from portfolio.model.transfer import Transfer
from portfolio.model.venue import Balance, ForeignOrders, Survey, VenueOrder, VenuePosition
from portfolio.reply import Reply
from portfolio.setup import AccountSetup, Setup, StrategySetup
from strategies.follow import Follow
from tests.properties.harness import empty_database, new_folder
from tests.properties.model import Quotes

VENUE = "venue"
LINEAR, INVERSE, SPOT = "ETH/USDT:USDT", "BTC/USD:BTC", "BTC/USDT"
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PRICES = {LINEAR: Decimal(10), INVERSE: Decimal(100), SPOT: Decimal(100)}
OPENING = {"USDT": Decimal(100_000), "BTC": Decimal(1_000)}
CENT = Decimal("1E-8")
ZERO = Decimal(0)
CONFIGURATION = "0123456789abcdef"
S = OrderStatus


def instrument(symbol: str) -> Instrument:
    base, quote, settle = parse_symbol(symbol) or ("", "", "")
    known = {"contract_size": Decimal(1), "lot": Decimal(1), "tick": Decimal("0.5"), "max_leverage": Decimal(100)}
    family = family_of(symbol)
    return Instrument(symbol=symbol, base=base, quote=quote, settle=settle, family=family, **known)  # type: ignore[arg-type]


INSTRUMENTS = {symbol: instrument(symbol) for symbol in PRICES}
STRATEGIES = {"linear": LINEAR, "one": INVERSE, "two": INVERSE, "spot": SPOT}


def setup_of(foreign_orders: ForeignOrders) -> Setup:
    account = AccountSetup(
        id=VENUE,
        balances={},
        instruments=INSTRUMENTS,
        leverage=Decimal(100),
        send_within_s=Decimal(30),
        trusts_signal_price=False,
        foreign_orders=foreign_orders,
    )
    strategies = {
        name: StrategySetup(
            id=name,
            account=VENUE,
            strategy=Follow(),
            symbols=frozenset({symbol}),
            sizing=Size(Decimal(3)),
            shared=symbol == INVERSE,
        )
        for name, symbol in STRATEGIES.items()
    }
    return Setup(
        currency="USDT", max_age_s=Decimal(300), accounts={VENUE: account}, strategies=strategies, pegged=frozenset()
    )


@dataclass
class There:
    """An order as the venue has it."""

    order: VenueOrder
    trades: list[Trade] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.order.status is S.OPEN

    @property
    def remaining(self) -> Decimal:
        return self.order.quantity - self.order.filled

    def report(self, *trades: Trade, whole: bool = False) -> OrderReport:
        order = self.order
        told = tuple(self.trades) if whole else trades
        return OrderReport(
            client_order_id=order.known_as,
            status=order.status,
            venue_order_id=order.venue_order_id,
            trades=told,
            order=order,
        )


class Venue:
    """`hidden` is what was traded without ever being told, by symbol; `moved` what came or left, by currency."""

    def __init__(self) -> None:
        terms = VenueTerms(
            instruments=INSTRUMENTS,
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.00055"),
            slippage=ZERO,
            leverage=Decimal(100),
            base_fees=True,
        )
        self.state = VenueState(dict(OPENING))
        self.ledger = Ledger(terms, self.state)
        self.orders: dict[str, There] = {}
        self.history: list[tuple[datetime, VenueReport]] = []
        self.hidden: dict[str, Decimal] = {}
        self.hides = False
        self.moved: dict[str, Decimal] = {}
        self.now = START
        self._numbers = 0

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    # --- what happens there ----------------------------------------------------------------------------------------

    def take(self, order: Order) -> There:
        there = VenueOrder(
            client_order_id=order.client_order_id,
            venue_order_id=f"V-{self.number()}",
            symbol=order.symbol,
            side=order.side,
            order_type=order.order_type,
            quantity=order.quantity,
            price=order.price,
            stop_price=None,
            reduce_only=order.reduce_only,
            time_in_force=order.time_in_force,
            status=S.OPEN,
        )
        return self.orders.setdefault(there.known_as, There(there))

    def place(self, order_id: str | None, symbol: str, side: Side, quantity: Decimal) -> There:
        """Somebody's limit order, far from the market."""
        price = PRICES[symbol] / 2 if side is Side.BUY else PRICES[symbol] * 2
        there = VenueOrder(
            client_order_id=order_id,
            venue_order_id=f"V-{self.number()}",
            symbol=symbol,
            side=side,
            order_type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
            stop_price=None,
            reduce_only=False,
            time_in_force=TimeInForce.GTC,
            status=S.OPEN,
        )
        return self.orders.setdefault(there.known_as, There(there))

    def can_trade(self, symbol: str, side: Side, quantity: Decimal) -> bool:
        """Nobody can sell coins that are not there."""
        return symbol != SPOT or side is Side.BUY or self.state.wallets.get("BTC", ZERO) >= quantity

    def execute(self, there: There, quantity: Decimal, price: Decimal) -> OrderReport:
        """The order's execution, told in the history from now on."""
        trade = self._trade(there.order.symbol, there.order.side, quantity, price)
        there.trades.append(trade)
        filled = there.order.filled + quantity
        status = S.FILLED if filled == there.order.quantity else there.order.status
        there.order = replace(there.order, filled=filled, status=status)
        report = there.report(trade)
        self.history.append((self.now, replace(report, status=None)))
        return report

    def trade_outside(self, symbol: str, side: Side, quantity: Decimal, cause: Cause) -> OutsideTrade:
        trade = self._trade(symbol, side, quantity, PRICES[symbol])
        told = OutsideTrade(symbol=symbol, side=side, cause=cause, trade=trade)
        self.history.append((self.now, told))
        return told

    def trade_unseen(self, symbol: str, side: Side, quantity: Decimal, price: Decimal) -> None:
        """No list will ever tell of it."""
        self._trade(symbol, side, quantity, price)
        self.hides = True
        self.hidden[symbol] = self.hidden.get(symbol, ZERO) + side.signed(quantity)

    def _trade(self, symbol: str, side: Side, quantity: Decimal, price: Decimal) -> Trade:
        fee, currency = self.ledger.execute(symbol, side, quantity, price, is_maker=False)
        return Trade(
            trade_id=f"T-{self.number()}",
            quantity=quantity,
            price=price,
            fee=fee,
            fee_currency=currency,
            source=PriceSource.VENUE,
            time=self.now,
        )

    def fund(self, symbol: str, amount: Decimal) -> Funding:
        currency = INSTRUMENTS[symbol].settle
        self.state.wallets[currency] = self.state.wallets.get(currency, ZERO) + amount
        paid = Funding(symbol=symbol, amount=amount, currency=currency, rate=CENT, price=PRICES[symbol], time=self.now)
        self.history.append((self.now, paid))
        return paid

    def move(self, currency: str, amount: Decimal) -> None:
        """A deposit or a withdrawal."""
        self.state.wallets[currency] = self.state.wallets.get(currency, ZERO) + amount
        self.moved[currency] = self.moved.get(currency, ZERO) + amount

    # --- what it tells ---------------------------------------------------------------------------------------------

    def survey(self) -> Survey:
        held = {symbol: position for symbol, position in self.state.positions.items() if position.quantity}
        return Survey(
            orders=tuple(there.order for there in self.orders.values() if there.is_open),
            positions=tuple(
                VenuePosition(symbol=symbol, quantity=p.quantity, entry_price=_cut(p.entry_price(INSTRUMENTS[symbol])))
                for symbol, p in held.items()
            ),
            balances=tuple(
                Balance(currency=c, amount=amount.quantize(CENT)) for c, amount in self.state.wallets.items()
            ),
        )

    def told_since(self, since: datetime | None) -> list[VenueReport]:
        return [report for time, report in self.history if since is not None and time >= since]

    def net(self, symbol: str) -> Decimal:
        position = self.state.positions.get(symbol)
        return position.quantity if position else ZERO


def _cut(price: Decimal | None) -> Decimal | None:
    return price.quantize(CENT) if price is not None else None


class Books:
    """One process after the other on one database, without an event loop."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = new_folder()
        self.path = self.folder / "desk.db"
        shutil.copy(empty_database(), self.path)
        self.now = START
        self.quotes = Quotes()
        self.events: list[Event] = []
        self.fills: list[Fill] = []
        self.transfers: list[Transfer] = []
        self.starts: list[int] = []
        self.store = self._open()
        self._load()

    def _open(self) -> Store:
        accounts = {name: strategy.account for name, strategy in self.setup.strategies.items()}
        windows = Windows(timedelta(days=1), timedelta(seconds=30))
        return Store(writer_engine(self.path), CONFIGURATION, accounts, windows)

    def _load(self) -> None:
        self.book = self.store.load_book(self.setup)
        self.batcher = Batcher(self.book, LimitChain(), self.quotes, self.store.last_seq())

    def restart(self) -> None:
        self.store.close()
        self.store = self._open()
        self._load()
        self.starts.append(self.store.last_seq())

    def submit(self, *commands: Command) -> tuple[list[Reply], list[SendOrder | CancelAtVenue]]:
        """What is answered once all of it is on disk, and what leaves then. What fails, fails the test."""
        self.now += timedelta(milliseconds=1)
        self.quotes.now = self.now
        for symbol, price in PRICES.items():
            self.quotes.known[VENUE, symbol] = (price, price, self.now)
        items = [Item(command) for command in commands]
        answers = self.store.look_up(questions_of(items, self.book), self.now)
        decided = self.batcher.decide(items, answers, self.now)
        for _, error in decided.failed:
            raise error
        if not decided.envelopes:
            return [], []
        batch = Batch(tuple(decided.envelopes), self.book.take_changes())
        self.store.commit(batch)
        self.book.settle(batch.changes)
        self._keep(batch)
        return [reply for _, reply in decided.envelopes], _leaving(decided.effects)

    def _keep(self, batch: Batch) -> None:
        self.events += batch.changes.history.events
        self.fills += batch.changes.history.fills
        self.transfers += batch.changes.history.transfers

    def check_database(self) -> None:
        findings = examine_all(self.path, self.setup).findings
        assert findings == (), findings
        mismatches = replay(self.path, self.setup, LimitChain(), CONFIGURATION, self.starts)
        assert not mismatches, "\n".join(map(str, mismatches))
        stored = self.store.load_book(self.setup).contents()
        assert stored == self.book.contents()

    def close(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


def _leaving(effects: Sequence[Effect]) -> list[SendOrder | CancelAtVenue]:
    return [effect for effect in effects if not isinstance(effect, ShowPrice)]


def new_id(number: int) -> str:
    return sortable_id(1_770_000_000_000 + number, number)
