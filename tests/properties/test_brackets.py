"""Whatever part of an entry is filled, and however often the process dies: that part is protected, and nothing else."""

import os
from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from portfolio.model.event import EventKind
from portfolio.model.order import Order, OrderType
from portfolio.model.position import Key
from portfolio.model.protection import Distance, TakeProfit
from tests.fakes import BTC, INVERSE
from tests.properties.twins import SINGLE, TERMS, Twins

D = Decimal
NAMES = {"linear": BTC, "inverse": INVERSE}
SHARES = (("1",), ("0.5", "0.5"), ("0.4", "0.35", "0.25"))
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


class Brackets:
    """Entries of one side at a time, each with a stop and take-profits for all of it, on markets that wander."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.twins = Twins(fill_ratio=D(self.random.choice(["1", "0.3", "0.07"])))
        self.prices = {symbol: D(100) for symbol in NAMES.values()}
        self.side = dict.fromkeys(NAMES, "buy")
        self.move(0)

    def step(self) -> None:
        choice = self.random.choice
        choice([self.enter] * 4 + [self.wander] * 9 + [self.die, self.cancel, self.close])()
        for _ in range(100):
            self.twins.wait(1)
            self.twins.desk.mark()
            self.twins.settle()
            self.twins.check()
            if not self.is_amending():
                break
        self.check()

    def is_amending(self) -> bool:
        """A mark shows the price again, at which another slice of an entry may fill."""
        guards = [order.guard for name in NAMES for order in self.live(name) if order.guard and not order.is_waiting]
        return any(guard.wanted or guard.asked for guard in guards)

    def enter(self, *, settled: bool = True) -> None:
        name, choice = self.random.choice(list(NAMES)), self.random.choice
        symbol, tick = NAMES[name], TERMS[NAMES[name]].tick
        if not self.held(name) and not self.live(name):
            self.side[name] = choice(["buy", "sell"])
        kind = choice([OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT])
        away = D(self.random.randint(0, 2)) / 100 * (-1 if self.side[name] == "buy" else 1)
        goals = [TakeProfit(Distance(D(2 + 2 * n)), D(share)) for n, share in enumerate(choice(SHARES))]
        alert = self.twins.alert if settled else self.twins.alert_only
        alert(
            name,
            self.side[name],
            size=str(TERMS[symbol].lot * self.random.randint(1, 60)),
            order_type=kind,
            price=(self.prices[symbol] * (1 + away) // tick) * tick if kind is OrderType.LIMIT else None,
            stop_loss=Distance(D(choice([2, 3]))),
            take_profits=tuple(goals),
        )

    def wander(self) -> None:
        self.move(self.random.choice([-2, -1, -1, 0, 1, 1, 2]))

    def move(self, percent: int) -> None:
        for symbol, price in self.prices.items():
            tick = TERMS[symbol].tick
            self.prices[symbol] = max(D(20), (price * (100 + percent) / 100 // tick) * tick)
            self.twins.price(symbol, self.prices[symbol], self.prices[symbol])

    def die(self) -> None:
        """At rest, or in the middle of what an entry sets off: legs that were to leave, some of which have."""
        if self.random.random() < 0.7:
            self.enter(settled=False)
            for _ in range(self.random.randint(1, 3)):
                self.twins.settle_one()
        self.twins.die(self.random.choice([0, 0, 60]))

    def cancel(self) -> None:
        """Of an entry that still fills; what protects its part stays."""
        for name in NAMES:
            entries = [order.client_order_id for order in self.live(name) if order.guard is None]
            if entries:
                self.twins.desk.cancel(self.random.choice(entries))
                self.twins.settle()

    def close(self) -> None:
        if self.random.random() < 0.3:
            self.twins.alert(self.random.choice(list(NAMES)), "flat", price=None)

    def held(self, name: str) -> Decimal:
        return self.twins.desk.book.position(Key(SINGLE, name, NAMES[name])).quantity

    def live(self, name: str) -> tuple[Order, ...]:
        return self.twins.desk.book.live_orders(Key(SINGLE, name, NAMES[name]))

    def check(self) -> None:
        """Soon after anything happened there is nothing left to amend."""
        assert not self.is_amending()
        for name in NAMES:
            held, live = abs(self.held(name)), self.live(name)
            entries = [order for order in live if order.guard is None]
            at_work = [order for order in live if order.guard is not None and not order.is_waiting]
            stops = [order for order in at_work if order.order_type is OrderType.STOP]
            goals = [order for order in at_work if order.order_type is OrderType.TAKE_PROFIT]
            assert sum((order.remaining for order in stops), D(0)) == held, f"{name} holds {held}: {live}"
            assert sum((order.remaining for order in goals), D(0)) <= held
            if not entries:
                assert sum((order.remaining for order in goals), D(0)) == held, f"{name} holds {held}: {live}"
                assert not [order for order in live if order.is_waiting]


@pytest.mark.timeout(7200 if IS_LONG else 300)
def test_what_is_filled_is_protected_at_any_time() -> None:
    happened = Counter[EventKind]()
    for seed in range(600 if IS_LONG else 25):
        brackets = Brackets(seed)
        for _ in range(120):
            brackets.step()
        happened.update(event.kind for event in brackets.twins.desk.stored.events)
    assert happened.keys() >= {EventKind.ORDER_AMENDED, EventKind.ORDER_TRIGGERED, EventKind.ORDER_RELEASED}
