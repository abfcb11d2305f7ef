"""Whatever happens at a venue, told, lost or repeated: once the desk has looked, its books are the venue's."""

import os
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from portfolio.model.command import (
    Command,
    FinishReconciliation,
    ReceiveSignal,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
)
from portfolio.model.effect import CancelAtVenue, SendOrder
from portfolio.model.event import EventKind
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, VenueReport
from portfolio.model.order import Order, OrderStatus, OrderType
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from portfolio.model.signal import Action, Size
from portfolio.model.transfer import TransferKind
from portfolio.model.venue import ForeignOrders, Survey, VenueOrder
from portfolio.reply import Reconciled
from tests.fakes import signal
from tests.properties.model import say
from tests.properties.venue_books import (
    CENT,
    INSTRUMENTS,
    INVERSE,
    LINEAR,
    PRICES,
    SPOT,
    STRATEGIES,
    VENUE,
    ZERO,
    Books,
    There,
    Venue,
    new_id,
    setup_of,
)

S = OrderStatus
SYMBOLS = st.sampled_from([LINEAR, INVERSE, SPOT])
QUANTITIES = st.integers(1, 5).map(Decimal)
NUMBERS = st.integers(0, 1_000_000)
ON_ITS_WAY = (S.PENDING, S.SUBMITTED, S.UNKNOWN)
TOLD = st.sampled_from(["told", "told", "told", "lost", "twice"])
FORMS = st.sampled_from(["none", "own", "other"])
LONGEST = 8
TICK = timedelta(seconds=1)
MOVED = (TransferKind.TRANSFER, TransferKind.ROUNDING, TransferKind.COVER)


class Reconciling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.venue = Venue()
        self.outbox: list[SendOrder | CancelAtVenue] = []
        self.from_before: set[str] = set()
        self.counter = 0

    @initialize(policy=st.sampled_from(ForeignOrders))
    def begin(self, policy: ForeignOrders) -> None:
        self.books = Books(setup_of(policy))
        self.settle()

    # --- the desk ----------------------------------------------------------------------------------------------------

    def submit(self, *commands: Command) -> list[Any]:
        replies, effects = self.books.submit(*commands)
        self.venue.now = self.books.now
        self.outbox += effects
        return replies

    def number(self) -> int:
        self.counter += 1
        return self.counter

    @rule(
        strategy=st.sampled_from(list(STRATEGIES)),
        action=st.sampled_from([Action.BUY, Action.BUY, Action.SELL, Action.CLOSE, Action.FLAT]),
        quantity=QUANTITIES,
        limit=st.booleans(),
        how=st.sampled_from(["fill", "fill", "part", "rest", "lose", "refuse", None]),
        told=TOLD,
    )
    def alert_arrives(self, strategy: str, action: Action, quantity: Decimal, limit: bool, how: str, told: str) -> None:
        symbol = STRATEGIES[strategy]
        alert = signal(
            action.value,
            None if action in (Action.CLOSE, Action.FLAT) else Size(quantity),
            price=str(PRICES[symbol]),
            symbol=symbol,
            strategy=strategy,
            order_type=OrderType.LIMIT if limit else OrderType.MARKET,
            alert_id=str(self.number()),
            content="{}",
        )
        self.submit(ReceiveSignal(new_id(self.number()), alert, self.books.now))
        while how and self.outbox:
            self.carry_out(how, told)

    @precondition(lambda self: self.outbox)
    @rule(how=st.sampled_from(["fill", "part", "rest", "lose", "refuse"]), told=TOLD)
    def carry_out(self, how: str, told: str) -> None:
        effect = self.outbox.pop(0)
        if isinstance(effect, CancelAtVenue):
            self.cancel(effect.order, told)
            return
        order = effect.order
        if how == "refuse" or not self.venue.can_trade(order.symbol, order.side, order.quantity):
            self.submit(ReportOrder(VENUE, say(order, S.REJECTED, reason="insufficient")))
            return
        there = self.venue.take(order)
        if how in ("fill", "part", "lose"):
            quantity = there.remaining if how != "part" else Decimal(1)
            self.tell(self.venue.execute(there, quantity, PRICES[order.symbol]), "lost" if how == "lose" else told)
        if how == "lose":
            self.submit(ReportOrder(VENUE, say(order, S.UNKNOWN, reason="timed out")))
        elif there.is_open:
            self.tell(there.report(), "told")
        elif told == "lost":
            self.submit(ReportOrder(VENUE, say(order, S.SUBMITTED)))

    def cancel(self, order: Order, told: str) -> None:
        there = self.venue.orders.get(order.client_order_id)
        if there is not None:
            self.end(there, S.CANCELED)
            self.tell(there.report(whole=True), told)

    @staticmethod
    def end(there: There, status: OrderStatus) -> None:
        if there.is_open:
            there.order = VenueOrder(
                **{name: getattr(there.order, name) for name in VenueOrder.__slots__} | {"status": status}
            )

    def tell(self, report: VenueReport, told: str) -> None:
        """The stream brings it, loses it, or brings it twice."""
        for _ in range({"told": 1, "lost": 0, "twice": 2}[told]):
            self.submit(command_of(report))

    @precondition(lambda self: self.in_doubt())
    @rule(number=NUMBERS)
    def unknown_order_is_looked_up(self, number: int) -> None:
        doubtful = self.in_doubt()
        self.look_up(doubtful[number % len(doubtful)])

    def in_doubt(self) -> list[Order]:
        live = self.books.book.live_orders_in(PORTFOLIO)
        sent = {effect.order.client_order_id for effect in self.outbox if isinstance(effect, SendOrder)}
        return [o for o in live if o.status in (S.UNKNOWN, S.SUBMITTED) and o.client_order_id not in sent]

    def look_up(self, order: Order) -> None:
        there = self.venue.orders.get(order.client_order_id)
        self.submit(ReportOrder(VENUE, there.report(whole=True) if there else say(order, S.NOT_ACCEPTED)))

    # --- what happens at the venue ---------------------------------------------------------------------------------

    @precondition(lambda self: self.resting())
    @rule(number=NUMBERS, whole=st.booleans(), told=TOLD)
    def resting_order_trades(self, number: int, whole: bool, told: str) -> None:
        there = self.resting()[number % len(self.resting())]
        quantity = there.remaining if whole else Decimal(1)
        if self.venue.can_trade(there.order.symbol, there.order.side, quantity):
            self.tell(self.venue.execute(there, quantity, PRICES[there.order.symbol]), told)

    def resting(self) -> list[There]:
        return [there for there in self.venue.orders.values() if there.is_open]

    @precondition(lambda self: self.resting())
    @rule(number=NUMBERS, told=TOLD)
    def resting_order_ends(self, number: int, told: str) -> None:
        there = self.resting()[number % len(self.resting())]
        self.end(there, S.CANCELED)
        self.tell(there.report(whole=True), told)

    @rule(
        symbol=SYMBOLS, side=st.sampled_from(Side), quantity=QUANTITIES, form=st.sampled_from(["none", "own", "other"])
    )
    def somebody_places_an_order(self, symbol: str, side: Side, quantity: Decimal, form: str) -> None:
        ids = {"none": None, "own": f"{new_id(self.number())}-1", "other": f"bot-{self.number()}"}
        self.venue.place(ids[form], symbol, side, quantity)

    @rule(
        symbol=SYMBOLS,
        side=st.sampled_from(Side),
        quantity=QUANTITIES,
        cause=st.sampled_from([Cause.FOREIGN, Cause.LIQUIDATION]),
        told=TOLD,
    )
    def somebody_trades(self, symbol: str, side: Side, quantity: Decimal, cause: Cause, told: str) -> None:
        if symbol == SPOT and cause is Cause.LIQUIDATION:
            return
        if self.venue.can_trade(symbol, side, quantity):
            self.tell(self.venue.trade_outside(symbol, side, quantity, cause), told)

    @rule(symbol=SYMBOLS, side=st.sampled_from(Side), quantity=QUANTITIES, percent=st.integers(-5, 5))
    def somebody_trades_and_nobody_tells(self, symbol: str, side: Side, quantity: Decimal, percent: int) -> None:
        if self.venue.can_trade(symbol, side, quantity):
            self.venue.trade_unseen(symbol, side, quantity, PRICES[symbol] * (100 + percent) / 100)

    @rule(symbol=st.sampled_from([LINEAR, INVERSE]), thousandths=st.integers(-9, 9), told=TOLD)
    def funding_is_paid(self, symbol: str, thousandths: int, told: str) -> None:
        self.books.now = self.venue.now = self.books.now.replace(microsecond=0) + TICK
        self.tell(self.venue.fund(symbol, (Decimal(thousandths) / 7_000).quantize(CENT)), told)

    @rule(currency=st.sampled_from(["USDT", "BTC", "EUR"]), amount=st.integers(-40, 60).filter(bool))
    def money_moves(self, currency: str, amount: int) -> None:
        if self.venue.state.wallets.get(currency, ZERO) + amount >= 0:
            self.venue.move(currency, Decimal(amount))

    # --- looking -----------------------------------------------------------------------------------------------------

    @rule(data=st.data(), races=st.integers(0, 2))
    def venue_is_asked(self, data: st.DataObject, races: int) -> None:
        """With trades in between the venue's answers and the end of the round."""
        self.look([(data.draw(SYMBOLS), data.draw(st.sampled_from(Side)), data.draw(TOLD)) for _ in range(races)])

    @rule()
    def process_dies(self) -> None:
        """Effects are gone; of the first the venue may know."""
        for effect in self.outbox[:1]:
            order = effect.order
            if isinstance(effect, SendOrder) and self.venue.can_trade(order.symbol, order.side, order.quantity):
                self.venue.take(order)
        self.outbox = []
        self.books.restart()
        live = self.books.book.live_orders_in(PORTFOLIO)
        self.from_before = {order.client_order_id for order in live if not order.is_waiting}

    def look(self, races: list[tuple[str, Side, str]] | None = None) -> Reconciled:
        """A round as the desk's loop makes it."""
        asked_at, asked = self.books.now, self.asked_about()
        survey = self.venue.survey()
        for symbol, side, told in races or []:
            if self.venue.can_trade(symbol, side, Decimal(1)):
                self.tell(self.venue.trade_outside(symbol, side, Decimal(1), Cause.FOREIGN), told)
        history = self.venue.told_since(self.books.book.history_since(VENUE))
        if history:
            self.submit(*map(command_of, history))
        finish = self.finish(asked_at, asked, survey)
        (reply,) = self.submit(finish)
        assert isinstance(reply, Reconciled)
        return reply

    def asked_about(self) -> dict[str, Order]:
        is_first = self.books.book.readiness.get(VENUE) is None
        live = [order for order in self.books.book.live_orders_in(Scope(VENUE)) if not order.is_waiting]
        return {
            o.client_order_id: o
            for o in live
            if o.status not in ON_ITS_WAY or (is_first and o.client_order_id in self.from_before)
        }

    def finish(self, asked_at: Any, asked: dict[str, Order], survey: Survey) -> FinishReconciliation:
        reports, absent = [], []
        for order_id in asked:
            there = self.venue.orders.get(order_id)
            if there is None:
                absent.append(order_id)
            else:
                reports.append(there.report(whole=True))
        live = {order.client_order_id for order in self.books.book.live_orders_in(Scope(VENUE))}
        return FinishReconciliation(
            VENUE,
            tuple(reports),
            tuple(absent),
            tuple(order for order in survey.orders if order.known_as not in live | asked.keys()),
            survey.positions,
            survey.balances,
            asked_at,
        )

    def settle(self) -> None:
        """Nothing is on its way any more; then the venue is asked until nothing differs."""
        for _ in range(LONGEST):
            while self.outbox:
                self.carry_out("rest", "told")
            for order in self.in_doubt():
                self.look_up(order)
            self.books.now = self.venue.now = self.books.now + TICK
            reply = self.look()
            if reply.settled and not reply.not_compared and not self.outbox:
                return
        raise AssertionError(f"not settled: {self.look()}")

    # --- what must hold ----------------------------------------------------------------------------------------------

    @rule()
    def all_is_settled(self) -> None:
        self.settle()
        self.check()

    def check(self) -> None:
        book, venue = self.books.book, self.venue
        for symbol in (LINEAR, INVERSE):
            assert book.net(VENUE, symbol) == venue.net(symbol), symbol
            adjusted = [f for f in self.books.fills if f.symbol == symbol and f.trade_id.startswith("adjustment-")]
            unseen = sum((fill.side.signed(fill.quantity) for fill in adjusted), ZERO)
            assert unseen == venue.hidden.get(symbol, ZERO), "adjusted what had been told, or not what had not"
        told = {balance.currency: balance.amount for balance in venue.survey().balances or ()}
        ours = {wallet.currency: amount for wallet, amount in book.wallets.items()}
        assert {c: amount for c, amount in ours.items() if amount} == {c: a for c, a in told.items() if a}
        coins = sum((book.position(key).quantity for key in book.spot_holdings(VENUE, "BTC")), ZERO)
        assert coins <= max(ZERO, ours.get("BTC", ZERO))
        self.check_events()
        if not venue.hides:
            self.check_transfers()

    def check_events(self) -> None:
        """Every adjustment has one, and nothing that was booked twice has two."""
        events, fills = self.books.events, self.books.fills
        adjusted = [event.origin for event in events if event.kind is EventKind.POSITION_ADJUSTED]
        assert sorted(map(str, adjusted)) == sorted(f.trade_id for f in fills if f.trade_id.startswith("adjustment-"))
        moved = [event for event in events if event.kind is EventKind.BALANCE_ADJUSTED]
        kinds = (TransferKind.OPENING, TransferKind.TRANSFER)
        assert len(moved) >= len([transfer for transfer in self.books.transfers if transfer.kind in kinds])
        reported = [event.origin for event in events if event.kind is EventKind.FOREIGN_ORDER_REPORTED]
        assert len(reported) == len(set(reported))

    def check_transfers(self) -> None:
        """Where every trade was told, what moved is what came and left: nothing of it is a profit or a fee."""
        for currency in ("USDT", "BTC", "EUR"):
            moved = [t.amount for t in self.books.transfers if t.currency == currency and t.kind in MOVED]
            assert abs(sum(moved, ZERO) - self.venue.moved.get(currency, ZERO)) < Decimal("0.0001"), currency

    def teardown(self) -> None:
        if not hasattr(self, "books"):
            return
        try:
            if sys.exc_info()[0] is None:
                self.settle()
                self.check()
                self.books.check_database()
                assert len(INSTRUMENTS) == 3
        finally:
            self.books.close()


def command_of(report: VenueReport) -> Command:
    match report:
        case OrderReport():
            return ReportOrder(VENUE, report)
        case OutsideTrade():
            return ReportOutsideTrade(VENUE, report)
        case Funding():
            return ReportFunding(VENUE, report)
    raise AssertionError(report)


IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
Reconciling.TestCase.settings = settings(
    max_examples=2000 if IS_LONG else 40,
    stateful_step_count=40 if IS_LONG else 25,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)
TestReconciling = pytest.mark.timeout(7200 if IS_LONG else 300)(Reconciling.TestCase)
