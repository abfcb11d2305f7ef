"""The whole core with its store, driven by whatever can happen, against a venue that does whatever a venue may do."""

import os
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portfolio.book import Book
from portfolio.model.account import TradingStatus
from portfolio.model.command import (
    CancelOrder,
    Command,
    FailReconciliation,
    FinishReconciliation,
    Flatten,
    Halt,
    Mark,
    ReceiveSignal,
    ReportDetached,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
    Resume,
)
from portfolio.model.effect import AmendOrder, CancelAtVenue, DetachProtection, SendOrder
from portfolio.model.errors import AccountNotReady
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade
from portfolio.model.identifiers import sortable_id
from portfolio.model.order import AT_VENUE, Order, OrderStatus, OrderType, PriceSource
from portfolio.model.protection import Distance, TakeProfit
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from portfolio.model.signal import ENTRIES, Action, MarketPosition, SizeType
from portfolio.table import Table
from tests.properties.harness import Core, check_effects
from tests.properties.model import (
    BTC,
    ETH,
    INSTRUMENTS,
    KEYS,
    ORDER_TYPES,
    PAPER,
    PRICES,
    REAL,
    STRATEGIES,
    ZERO,
    Venue,
    VenueOrder,
    limit_price,
    make_signal,
    say,
    size_of,
)

S = OrderStatus
SCOPES = [
    PORTFOLIO,
    *(Scope(account) for account in (PAPER, REAL)),
    *(Scope(account, strategy) for account, strategy, _ in KEYS),
    *(Scope(account, symbol=symbol) for account, _, symbol in KEYS),
]
FAILURES = st.sampled_from([None, None, None, None, None, "unavailable", "constraint"])
THEN = st.sampled_from(["fill", "fill", "fill", "partly", "partly", "rest", "rest", "lose", "lose all", None, None])
FRACTIONS = st.sampled_from([1, 1, 2, 3])
NUMBERS = st.integers(0, 1_000_000)
NEAR, FAR = Distance(Decimal(3)), Distance(Decimal(9))
PROTECTIONS: list[dict[str, Any]] = [
    {"stop_loss": NEAR},
    {"stop_loss": NEAR, "take_profit": FAR},
    {"stop_loss": FAR, "take_profits": (TakeProfit(NEAR, Decimal("0.5")), TakeProfit(FAR, Decimal("0.5")))},
    {"take_profits": (TakeProfit(NEAR, Decimal("0.3")), TakeProfit(FAR, quantity=Decimal(2)))},
]


@st.composite
def alerts(draw: Any, prices: dict[str, Decimal]) -> dict[str, Any]:
    """What an alert says, as arguments of `make_signal`; prices are near those of the market."""
    strategy = draw(st.sampled_from(list(STRATEGIES)))
    symbol = STRATEGIES[strategy][1]
    given: dict[str, Any] = {"strategy": strategy, "action": draw(st.sampled_from(Action))}
    if draw(st.booleans()):
        given["size"] = size_of(symbol, draw(st.sampled_from(SizeType)), draw(st.integers(1, 20)))
    given["order_type"] = draw(st.sampled_from(ORDER_TYPES))
    if given["order_type"] is OrderType.LIMIT or draw(st.integers(0, 3)):
        given["price"] = limit_price(symbol, prices[symbol], draw(st.integers(-4, 4)))
    given["reduce_only"] = draw(st.sampled_from([False, False, False, True]))
    given["alert_id"] = draw(st.sampled_from([*(str(number) for number in range(20)), None, None, None]))
    if given["action"] in ENTRIES and not given["reduce_only"] and draw(st.integers(0, 1)):
        given |= draw(st.sampled_from(PROTECTIONS))
    if strategy == "target":
        given["market_position"] = draw(st.none() | st.sampled_from(MarketPosition))
        given["prev_market_position"] = draw(st.none() | st.sampled_from(MarketPosition))
        given["position_size"] = draw(st.none() | st.integers(-120, 120).map(Decimal))
    return given


def everything(book: Book) -> dict[str, Any]:
    """Every row of every table in its order, and what the next commit would write."""
    tables = {name: table for name, table in vars(book).items() if isinstance(table, Table)}
    rows: dict[str, Any] = {name: deepcopy(table.items()) for name, table in tables.items()}
    return rows | {f"changed {name}": list(table._changed) for name, table in tables.items()}


class DeskMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.core = Core()
        self.venue = Venue()
        self.prices = dict(PRICES)
        self.outbox: list[SendOrder | CancelAtVenue | AmendOrder] = []
        self.wire: list[ReportOrder] = []
        self.detaching: list[DetachProtection] = []
        self.left_behind: dict[str, list[str]] = {PAPER: [], REAL: []}
        self.sent: set[str] = set()
        self.absent: set[str] = set()
        self.counter = 0

    @property
    def book(self) -> Book:
        return self.core.book

    # --- the engine ------------------------------------------------------------------------------------------------

    def submit(self, commands: Sequence[Command], failure: str | None = None) -> list[Command]:
        """What the engine does with a batch; reports that were not stored are delivered again later."""
        self.core.limits.approved.clear()
        stored, effects = self.core.submit(commands, failure)
        check_effects(effects, self.core.ledger.statuses, self.core.limits.approved)
        self.outbox += [effect for effect in effects if isinstance(effect, SendOrder | CancelAtVenue | AmendOrder)]
        self.detaching += [effect for effect in effects if isinstance(effect, DetachProtection)]
        lost = [c for c in commands if c not in stored and isinstance(c, ReportOrder)]
        self.wire = lost + self.wire
        return stored

    def new_id(self) -> str:
        self.counter += 1
        return sortable_id(1_770_000_000_000 + self.counter, self.counter)

    def alert(self, given: dict[str, Any], age_s: int | None) -> ReceiveSignal:
        time = None if age_s is None else self.core.now - timedelta(seconds=age_s)
        return ReceiveSignal(self.new_id(), make_signal(**given, time=time), self.core.now)

    @initialize()
    def begin(self) -> None:
        self.show_prices()
        self.submit([FinishReconciliation(PAPER), FinishReconciliation(REAL)])

    # --- what arrives ----------------------------------------------------------------------------------------------

    @rule(data=st.data(), age_s=st.none() | st.integers(-2, 20), failure=FAILURES, then=THEN)
    def alert_arrives(self, data: st.DataObject, age_s: int | None, failure: str | None, then: str | None) -> None:
        self.submit([self.alert(data.draw(alerts(self.prices)), age_s)], failure)
        self.carry_out_all(then)

    @rule(data=st.data(), age_s=st.none() | st.integers(-2, 20), sent=st.booleans(), then=THEN)
    def alert_is_previewed(self, data: st.DataObject, age_s: int | None, sent: bool, then: str | None) -> None:
        """Nothing has changed, in no order of any row; what is sent next is decided as was told."""
        alert = self.alert(data.draw(alerts(self.prices)), age_s)
        before = everything(self.book)
        told = self.core.rehearse(alert).reply
        assert everything(self.book) == before
        assert not any(self.book.history.lengths())
        if sent:
            self.submit([alert])
            assert self.core.replies == [] if isinstance(told, AccountNotReady) else self.core.replies == [told]
            self.carry_out_all(then)

    @rule(
        strategy=st.sampled_from(list(STRATEGIES)),
        action=st.sampled_from([Action.LONG, Action.SHORT]),
        hundreds=st.integers(1, 15),
        protection=st.sampled_from([{}, *PROTECTIONS]),
        failure=FAILURES,
        then=THEN,
    )
    def entry_arrives(
        self,
        strategy: str,
        action: Action,
        hundreds: int,
        protection: dict[str, Any],
        failure: str | None,
        then: str | None,
    ) -> None:
        """The rule that makes sure that something is held."""
        size = size_of(STRATEGIES[strategy][1], SizeType.NOTIONAL, hundreds)
        price = self.prices[STRATEGIES[strategy][1]]
        given: dict[str, Any] = {"strategy": strategy, "action": action, "size": size, "price": price}
        given |= protection
        if strategy == "target":
            given["market_position"] = MarketPosition(action.value)
        self.submit([self.alert(given, None)], failure)
        self.carry_out_all(then)

    def carry_out_all(self, how: str | None) -> None:
        """The desk works as it mostly does: effects are carried out and told of at once, until there are no more."""
        for _ in range(8 if how else 0):
            if self.outbox:
                self.carry_out_one(0, str(how), 1)
                self.deliver_all()

    @rule(data=st.data(), count=st.integers(2, 6), failure=FAILURES, reports=st.integers(0, 4))
    def batch_arrives(self, data: st.DataObject, count: int, failure: str | None, reports: int) -> None:
        """Reports first, then alerts, some of them the same; commands of a person in between."""
        commands: list[Command] = [*self.wire[:reports]]
        del self.wire[:reports]
        if data.draw(st.integers(0, 4)) == 0:
            commands.append(self.command(data.draw(st.sampled_from(["halt", "resume", "mark"])), data))
        drawn = [data.draw(alerts(self.prices)) for _ in range(count)]
        if data.draw(st.booleans()):
            drawn.append(drawn[0])
        self.submit([*commands, *(self.alert(given, None) for given in drawn)], failure)

    @rule(
        data=st.data(),
        kind=st.sampled_from(["halt", "resume", "resume", "resume", "flatten", "cancel", "cancel"]),
        failure=FAILURES,
    )
    def person_acts(self, data: st.DataObject, kind: str, failure: str | None) -> None:
        self.submit([self.command(kind, data)], failure)

    def command(self, kind: str, data: st.DataObject) -> Command:
        scope = data.draw(st.sampled_from(SCOPES))
        build: dict[str, Callable[[], Command]] = {
            "halt": lambda: Halt(scope),
            "resume": lambda: Resume(scope),
            "flatten": lambda: Flatten(self.new_id(), scope),
            "mark": Mark,
            "cancel": lambda: CancelOrder(data.draw(st.sampled_from([*self.book.orders, "no order"]))),
        }
        return build[kind]()

    @precondition(lambda self: self.resting())
    @rule(number=NUMBERS, how=st.sampled_from(["fill", "partly", "partly", "rest"]))
    def resting_order_is_canceled(self, number: int, how: str) -> None:
        """It is canceled, or filled before; with `partly` it was executed a little, which the answer does not tell."""
        self.submit([CancelOrder(self.pick(self.resting(), number))])
        self.carry_out_all(how)

    def resting(self) -> list[str]:
        return [order_id for order_id, order in self.book.orders.items() if order.status in AT_VENUE]

    @staticmethod
    def pick(things: list[Any], number: int) -> Any:
        return things[number % len(things)]

    # --- prices and time -------------------------------------------------------------------------------------------

    @rule(account=st.sampled_from([PAPER, REAL]), symbol=st.sampled_from([BTC, ETH]), percent=st.integers(-6, 6))
    def price_moves(self, account: str, symbol: str, percent: int) -> None:
        tick = Decimal("0.05")
        price = self.prices[symbol] * (100 + percent) / 100
        self.prices[symbol] = max(tick * 100, (price / tick).to_integral_value() * tick)
        self.core.quotes.put(account, symbol, self.prices[symbol])
        self.submit([Mark()])

    @rule(seconds=st.sampled_from([1, 1, 5, 10, 25, 40, 100, 400, 50_000, 100_000]), shown=st.booleans())
    def time_passes(self, seconds: int, shown: bool) -> None:
        self.core.pass_time(timedelta(seconds=seconds))
        if shown:
            self.show_prices()
            self.submit([Mark()])

    def show_prices(self) -> None:
        for account in (PAPER, REAL):
            for symbol, price in self.prices.items():
                self.core.quotes.put(account, symbol, price)

    # --- what a venue does by itself --------------------------------------------------------------------------------

    @rule(account=st.sampled_from([PAPER, REAL]), symbol=st.sampled_from([BTC, ETH]), thousandths=st.integers(-9, 9))
    def funding_is_paid(self, account: str, symbol: str, thousandths: int) -> None:
        """Told twice, booked once."""
        payment = Funding(
            symbol=symbol,
            amount=Decimal(thousandths) / 1000,
            currency="USDT",
            rate=Decimal("0.0001"),
            price=self.prices[symbol],
            time=self.core.now,
        )
        self.submit([ReportFunding(account, payment)])
        self.submit([ReportFunding(account, payment)])

    @rule(
        account=st.sampled_from([PAPER, REAL]),
        symbol=st.sampled_from([BTC, ETH]),
        side=st.sampled_from(Side),
        lots=st.integers(1, 9),
    )
    def somebody_trades_by_hand(self, account: str, symbol: str, side: Side, lots: int) -> None:
        self.trade_outside(account, symbol, side, INSTRUMENTS[symbol].lot * lots, Cause.FOREIGN)

    @rule(account=st.sampled_from([PAPER, REAL]), symbol=st.sampled_from([BTC, ETH]), resumed=st.booleans())
    def position_is_liquidated(self, account: str, symbol: str, resumed: bool) -> None:
        if net := self.venue.positions().get((account, symbol)):
            self.trade_outside(account, symbol, Side.towards(-net), abs(net), Cause.LIQUIDATION)
            assert self.book.status_of(Scope(account)) is not TradingStatus.ACTIVE
        if resumed:
            self.submit([Resume(Scope(account))])

    def trade_outside(self, account: str, symbol: str, side: Side, quantity: Decimal, cause: Cause) -> None:
        where = (account, symbol)
        self.venue.outside[where] = self.venue.outside.get(where, ZERO) + side.signed(quantity)
        trade = Trade(
            trade_id=self.new_id(),
            quantity=quantity,
            price=self.prices[symbol],
            fee=quantity / 100,
            fee_currency="USDT",
            source=PriceSource.QUOTE,
            time=self.core.now,
        )
        self.submit([ReportOutsideTrade(account, OutsideTrade(symbol=symbol, side=side, cause=cause, trade=trade))])

    # --- the sender and the venue ------------------------------------------------------------------------------------

    @precondition(lambda self: self.outbox)
    @rule(
        number=NUMBERS,
        how=st.sampled_from(["fill", "fill", "fill", "partly", "rest", "rest", "reject", "lose", "lose all"]),
        parts=FRACTIONS,
        told=st.booleans(),
    )
    def effect_is_carried_out(self, number: int, how: str, parts: int, told: bool) -> None:
        """The oldest effect of some symbol; its report is stored at once or waits on the wire."""
        self.carry_out_one(number, how, parts)
        if told:
            self.deliver_all()

    def carry_out_one(self, number: int, how: str, parts: int) -> None:
        symbols = list(dict.fromkeys(effect.order.symbol for effect in self.outbox))
        symbol = self.pick(symbols, number)
        effect = next(effect for effect in self.outbox if effect.order.symbol == symbol)
        self.outbox.remove(effect)
        if isinstance(effect, SendOrder):
            self.send(effect.order, how, parts)
        elif isinstance(effect, AmendOrder):
            self.amend_at_venue(effect, how, parts)
        else:
            self.cancel_at_venue(effect.order, how, parts)

    def send(self, order: Order, how: str, parts: int) -> None:
        cancels = [effect for effect in self.outbox if isinstance(effect, CancelAtVenue)]
        withdrawn = next((e for e in cancels if e.order.client_order_id == order.client_order_id), None)
        if withdrawn is not None and how in ("rest", "reject"):
            self.outbox.remove(withdrawn)
            self.tell(say(order, S.CANCELED, reason="canceled before it was sent"))
            return
        if order.send_by is not None and self.core.now > order.send_by:
            self.tell(say(order, S.EXPIRED_UNSENT, reason="too old to be sent"))
            return
        self.leave(order)
        if how == "reject":
            self.tell(self.venue.refuse(order))
        elif how == "lose all":
            self.tell(say(order, S.UNKNOWN, reason="timed out"))
        else:
            self.accept(order, how, parts)

    def leave(self, order: Order) -> None:
        order_id = order.client_order_id
        assert order_id not in self.sent or order_id in self.absent, f"sent a second time: {order}"
        assert self.core.ledger.statuses[order_id] is not S.NOT_ACCEPTED
        self.sent.add(order_id)
        self.absent.discard(order_id)

    def accept(self, order: Order, how: str, parts: int) -> None:
        taken = self.venue.take(order)
        if how == "lose":
            self.execute(taken, parts)
            self.tell(say(order, S.UNKNOWN, reason="timed out"))
            return
        if how == "partly" or (how == "fill" and parts > 1):
            self.execute(taken, 2)
            self.tell(self.venue.whole_report(taken))
        while how == "fill" and taken.is_open:
            self.execute(taken, 1)
        self.tell(self.venue.whole_report(taken))

    def execute(self, taken: VenueOrder, parts: int) -> None:
        """One of `parts` of what remains is executed; with three nothing is."""
        lot = Decimal("0.1") if taken.order.symbol == BTC else Decimal(1)
        quantity = taken.remaining if parts == 1 else (taken.remaining / 2 / lot).to_integral_value() * lot
        if parts <= 2 and quantity:
            self.venue.execute(taken, quantity, self.core.now)

    def cancel_at_venue(self, order: Order, how: str, parts: int) -> None:
        """Canceled, or filled before the cancel came, or executed a little and then canceled, told or not."""
        taken = self.venue.orders.get(order.client_order_id)
        if taken is None or not taken.is_open:
            self.tell(say(order, None) if taken is None else self.venue.whole_report(taken))
            return
        if how == "fill":
            self.execute(taken, 1)
        else:
            self.execute(taken, parts + 1)
            if taken.is_open:
                taken.status = S.CANCELED
        if how.startswith("lose"):
            return
        whole = self.venue.whole_report(taken)
        self.tell(replace(whole, trades=()) if how == "partly" else whole)

    def amend_at_venue(self, effect: AmendOrder, how: str, parts: int) -> None:
        """Amended, refused, or executed a little before; an answer that was lost is asked for again."""
        order = effect.order
        taken = self.venue.orders.get(order.client_order_id)
        assert taken is not None, f"amended before it was sent: {order}"
        if how == "partly":
            self.execute(taken, parts + 1)
        refused = how in ("reject", "rest") or not taken.is_open or order.quantity <= taken.filled
        if how != "lose all" and not refused:
            taken.order = order
        if how.startswith("lose"):
            self.outbox.append(effect)
        else:
            self.tell(replace(self.venue.whole_report(taken), amended=not refused))

    @precondition(lambda self: any(taken.is_open for taken in self.venue.orders.values()))
    @rule(
        number=NUMBERS, parts=FRACTIONS, end=st.sampled_from([None, None, S.CANCELED, S.EXPIRED]), alone=st.booleans()
    )
    def order_trades(self, number: int, parts: int, end: OrderStatus | None, alone: bool) -> None:
        """A resting order is executed, or ends by itself; the report has the news alone, or everything."""
        taken = self.pick([taken for taken in self.venue.orders.values() if taken.is_open], number)
        before = len(taken.trades)
        self.execute(taken, parts)
        if end is not None and taken.is_open:
            taken.status = end
        whole = self.venue.whole_report(taken)
        self.tell(replace(whole, trades=whole.trades[before:], status=end) if alone else whole)

    @precondition(lambda self: any(t.status is S.CANCELED and t.remaining for t in self.venue.orders.values()))
    @rule(number=NUMBERS)
    def fill_comes_late(self, number: int) -> None:
        """The venue had executed something it did not know of when it said canceled."""
        ended = [t for t in self.venue.orders.values() if t.status is S.CANCELED and t.remaining]
        taken = self.pick(ended, number)
        self.execute(taken, 2)
        self.tell(self.venue.whole_report(taken))

    # --- reports ---------------------------------------------------------------------------------------------------

    def tell(self, report: OrderReport) -> None:
        account = next(a for a, _, _ in KEYS if a == self.account_of(report))
        self.wire.append(ReportOrder(account, report))

    def account_of(self, report: OrderReport) -> str:
        order = self.book.orders.get(report.client_order_id)
        taken = self.venue.orders.get(report.client_order_id)
        if order is not None:
            return order.account
        return taken.order.account if taken else PAPER

    def deliver_all(self) -> None:
        wire, self.wire = self.wire, []
        if wire:
            self.submit(list(wire))

    @precondition(lambda self: self.wire)
    @rule(seed=NUMBERS, most=st.integers(1, 5), again=st.booleans(), failure=FAILURES)
    def reports_arrive(self, seed: int, most: int, again: bool, failure: str | None) -> None:
        """In any order, some of them again later."""
        Random(seed).shuffle(self.wire)
        taken, self.wire = self.wire[:most], self.wire[most:]
        repeated = [replace(command, report=replace(command.report, amended=None)) for command in taken]
        self.submit([*taken, *(repeated if again else [])], failure)
        if again and failure is None:
            self.wire += [replace(command, report=replace(command.report, amended=None)) for command in taken[:1]]

    @precondition(lambda self: self.venue.orders)
    @rule(number=NUMBERS)
    def venue_repeats_itself(self, number: int) -> None:
        self.tell(self.venue.whole_report(self.pick(list(self.venue.orders.values()), number)))

    @precondition(lambda self: self.detaching)
    @rule(failure=FAILURES)
    def venue_takes_away_what_was_attached(self, failure: str | None) -> None:
        effect = self.detaching[0]
        if self.submit([ReportDetached(effect.account, effect.entry)], failure):
            del self.detaching[0]

    # --- doubt -----------------------------------------------------------------------------------------------------

    def unknown(self) -> list[Order]:
        return [order for order in self.book.orders.values() if order.status is S.UNKNOWN]

    @precondition(lambda self: self.unknown())
    @rule(number=NUMBERS)
    def unknown_order_is_looked_up(self, number: int) -> None:
        order = self.pick(self.unknown(), number)
        known = self.known_of(order)
        self.tell(known or say(order, S.NOT_ACCEPTED, reason="proven absent at the venue"))
        self.deliver_all()

    def known_of(self, order: Order) -> OrderReport | None:
        taken = self.venue.orders.get(order.client_order_id)
        return self.venue.whole_report(taken) if taken else self.venue.refused.get(order.client_order_id)

    @rule(data=st.data(), dies=st.sampled_from([True, False, False]))
    def process_dies(self, data: st.DataObject, dies: bool) -> None:
        """What was in memory is gone: effects, of which the first may have left, and reports."""
        if not dies:
            return
        for effect in self.outbox[: data.draw(st.integers(0, 2))]:
            if isinstance(effect, SendOrder) and effect.order.client_order_id not in self.venue.orders:
                self.leave(effect.order)
                self.execute(self.venue.take(effect.order), data.draw(FRACTIONS))
            if isinstance(effect, AmendOrder):
                taken = self.venue.orders[effect.order.client_order_id]
                if taken.is_open and effect.order.quantity > taken.filled:
                    taken.order = effect.order
        self.outbox, self.wire, self.detaching = [], [], []
        self.core.restart()
        for account in (PAPER, REAL):
            live = self.book.live_orders_in(Scope(account))
            self.left_behind[account] = [order.client_order_id for order in live if not order.is_waiting]
        if data.draw(st.integers(0, 3)):
            self.reconcile(PAPER)
            self.reconcile(REAL)

    @rule(account=st.sampled_from([PAPER, REAL]), fails=st.sampled_from([False, False, False, True]))
    def venue_is_asked(self, account: str, fails: bool) -> None:
        if fails:
            self.submit([FailReconciliation(account, "timed out")])
        else:
            self.reconcile(account)

    def reconcile(self, account: str) -> None:
        """The venue is asked about what the process found when it began and is live still."""
        asked = [o for i in self.left_behind[account] if (o := self.book.orders.get(i)) is not None]
        reports = [(order, self.known_of(order)) for order in asked]
        absent = [order.client_order_id for order, report in reports if report is None]
        self.absent.update(i for i in absent if self.core.ledger.statuses[i] is S.PENDING)
        self.left_behind[account] = []
        self.submit([FinishReconciliation(account, tuple(r for _, r in reports if r is not None), tuple(absent))])

    # --- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def store_book_and_ledger_agree(self) -> None:
        self.core.check()

    @invariant()
    def venue_can_do_nothing_that_the_book_does_not_count(self) -> None:
        """Apart from fills that come late: what the venue may come to hold, the book counts."""
        for account, _, symbol in KEYS:
            low, high = self.reach_of_venue(account, symbol)
            held = sum((p.quantity for k, p in self.book.positions.items() if k[::2] == (account, symbol)), ZERO)
            live = [o for o in self.book.orders.values() if (o.account, o.symbol) == (account, symbol)]
            least = held - sum((o.most_remaining for o in live if o.side is Side.SELL), ZERO)
            most = held + sum((o.most_remaining for o in live if o.side is Side.BUY), ZERO)
            assert least <= low <= high <= most, f"{account} {symbol}: {low} to {high}, counted {least} to {most}"

    def has_ended(self, order: Order) -> bool:
        """True for an order that the book believes to have ended: what the venue adds to it is a late fill."""
        return order.client_order_id not in self.book.orders

    def reach_of_venue(self, account: str, symbol: str) -> tuple[Decimal, Decimal]:
        """The venue's position if only sells, and if only buys, of what it has and will get are executed."""
        low = high = self.venue.outside.get((account, symbol), ZERO)
        coming = [
            e.order
            for e in self.outbox
            if isinstance(e, SendOrder) and e.order.client_order_id not in self.venue.orders
        ]
        orders = [VenueOrder(order) for order in coming]
        for taken in (*self.venue.orders.values(), *orders):
            order = taken.order
            if (order.account, order.symbol) != (account, symbol):
                continue
            booked = self.core.ledger.filled.get(order.client_order_id, ZERO)
            done = booked if self.has_ended(order) else taken.filled
            sizes = [e.order.quantity for e in self.outbox if e.order.client_order_id == order.client_order_id]
            rest = max(order.quantity, *sizes, ZERO) - taken.filled if taken.is_open else ZERO
            low += order.side.signed(done) - (rest if order.side is Side.SELL else ZERO)
            high += order.side.signed(done) + (rest if order.side is Side.BUY else ZERO)
        return low, high

    def teardown(self) -> None:
        """Everything the venue knows is told; then the book has its positions, and the journal gives the same again."""
        try:
            if sys.exc_info()[0] is None:
                self.check_end()
        finally:
            self.core.close()

    def check_end(self) -> None:
        self.deliver_all()
        self.wire = [ReportOrder(t.order.account, self.venue.whole_report(t)) for t in self.venue.orders.values()]
        self.deliver_all()
        self.core.check()
        held: dict[tuple[str, str], Decimal] = {}
        for key, position in self.book.positions.items():
            where = (key.account, key.symbol)
            held[where] = held.get(where, ZERO) + position.quantity
        assert {where: quantity for where, quantity in held.items() if quantity} == self.venue.positions()
        self.core.check_replay()
        self.core.check_database()


IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
DeskMachine.TestCase.settings = settings(
    max_examples=2000 if IS_LONG else 80,
    stateful_step_count=60 if IS_LONG else 30,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)
TestDesk = pytest.mark.timeout(7200 if IS_LONG else 300)(DeskMachine.TestCase)
