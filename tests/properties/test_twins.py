"""Money is conserved: whatever is traded, funded or liquidated, the books of desk and venue agree to the digit."""

import os
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portfolio.model.event import EventKind
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from portfolio.model.position import Key
from portfolio.model.protection import Distance, TakeProfit
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from tests.fakes import BTC, ETH, INVERSE, SPOT
from tests.properties.twins import SHARED, TERMS, TRADERS, Twins

SYMBOLS = (BTC, ETH, INVERSE, SPOT)
STEPS = {BTC: Decimal("0.1"), ETH: Decimal(1), INVERSE: Decimal(10), SPOT: Decimal("0.1")}
SIZES = st.sampled_from([1, 3, 7, 40, 150, 1000])
ACTIONS = st.sampled_from(["buy", "sell", "buy", "sell", "buy", "sell", "buy", "sell", "close", "flat", "cancel"])
KINDS = st.sampled_from([OrderType.MARKET, OrderType.MARKET, *OrderType])


@st.composite
def terms_of_an_order(draw: Any, symbol: str, price: Decimal) -> dict[str, Any]:
    """Terms that do not contradict each other, at prices near the market's."""
    tick, kind = TERMS[symbol].tick, draw(KINDS)
    near = st.integers(-8, 8).map(lambda percent: (price * (100 + percent) / 100 // tick + 1) * tick)
    post_only = kind.has_limit and draw(st.integers(0, 3)) == 0
    forces = [TimeInForce.GTC, TimeInForce.GTC]
    forces += [TimeInForce.GTD] if kind.rests else []
    forces += [TimeInForce.IOC, TimeInForce.FOK] if not kind.has_stop and not post_only else []
    return {
        "order_type": kind,
        "price": draw(near) if kind.has_limit else None,
        "stop_price": draw(near) if kind.has_stop else None,
        "post_only": post_only,
        "time_in_force": draw(st.sampled_from(forces)),
        "reduce_only": draw(st.integers(0, 7)) == 0,
    }


def bracket(stop: int | None, shares: tuple[str, ...]) -> dict[str, Any]:
    """A stop so many per cent away, and a take-profit for each share, each 2 % farther than the one before."""
    goals = [TakeProfit(Distance(Decimal(2 * n)), Decimal(share)) for n, share in enumerate(shares, 1)]
    return {"stop_loss": Distance(Decimal(stop)) if stop else None, "take_profits": tuple(goals)}


class Money(RuleBasedStateMachine):
    @initialize(
        ratio=st.sampled_from(["1", "0.4", "0.15"]), base_fees=st.booleans(), leverage=st.sampled_from([3, 10, 40])
    )
    def open(self, ratio: str, base_fees: bool, leverage: int) -> None:
        self.twins = Twins(fill_ratio=Decimal(ratio), base_fees=base_fees, leverage=Decimal(leverage))
        self.prices = dict.fromkeys(SYMBOLS, Decimal(100))
        for symbol in SYMBOLS:
            self.twins.price(symbol, Decimal(100), Decimal(100))

    @rule(data=st.data(), count=st.integers(1, 6))
    def alerts_arrive(self, data: st.DataObject, count: int) -> None:
        for _ in range(count):
            self.alert(data, data.draw(st.sampled_from(list(TRADERS))), data.draw(ACTIONS))

    def alert(self, data: st.DataObject, name: str, action: str) -> None:
        symbol = TRADERS[name][1]
        if action in ("close", "flat", "cancel"):
            self.twins.alert(name, action, price=None)
            return
        given = data.draw(terms_of_an_order(symbol, self.prices[symbol]))
        if given["time_in_force"] is TimeInForce.GTD:
            given["expires_at"] = self.twins.desk.now + timedelta(seconds=data.draw(st.sampled_from([3, 60, 40_000])))
        self.twins.alert(name, action, size=str(STEPS[symbol] * data.draw(SIZES)), **given)

    @rule(name=st.sampled_from(list(TRADERS)), stop=st.integers(0, 9), gain=st.integers(0, 9), all_of_it=st.booleans())
    def position_is_protected(self, name: str, stop: int, gain: int, all_of_it: bool) -> None:
        """A stop and a take-profit for what the strategy holds."""
        account, symbol = TRADERS[name]
        held = self.twins.desk.book.position(Key(account, name, symbol)).quantity
        side, tick, price = ("sell" if held > 0 else "buy"), TERMS[symbol].tick, self.prices[symbol]
        size = str(abs(held) if all_of_it else STEPS[symbol])
        below, above = ((price * (100 - percent) / 100 // tick) * tick for percent in (stop, -gain))
        orders = ((OrderType.STOP, below), (OrderType.TAKE_PROFIT, above))
        for kind, at in orders if held else ():
            mirrored = at if held > 0 else 2 * price - at
            given = {"order_type": kind, "stop_price": mirrored, "reduce_only": True}
            self.twins.alert(name, side, size=size, price=None, **given)

    @rule(
        name=st.sampled_from(list(TRADERS)),
        action=st.sampled_from(["buy", "sell"]),
        kind=st.sampled_from([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP]),
        percent=st.integers(-3, 3),
        stop=st.sampled_from([None, 1, 4]),
        shares=st.sampled_from([(), ("1",), ("0.5", "0.5"), ("0.3", "0.3", "0.3")]),
        size=SIZES,
    )
    def bracket_is_opened(
        self,
        name: str,
        action: str,
        kind: OrderType,
        percent: int,
        stop: int | None,
        shares: tuple[str, ...],
        size: int,
    ) -> None:
        symbol = TRADERS[name][1]
        near = (self.prices[symbol] * (100 + percent) / 100 // TERMS[symbol].tick + 1) * TERMS[symbol].tick
        self.twins.alert(
            name,
            action,
            size=str(STEPS[symbol] * size),
            order_type=kind,
            price=near if kind.has_limit else None,
            stop_price=near if kind.has_stop else None,
            **bracket(stop, shares),
        )

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        percent=st.sampled_from([-40, -9, -6, -3, -1, 1, 3, 6, 9, 50]),
        spread=st.integers(0, 3),
    )
    def price_moves(self, symbol: str, percent: int, spread: int) -> None:
        tick = TERMS[symbol].tick
        moved = (self.prices[symbol] * (100 + percent) / 100 // tick) * tick
        self.prices[symbol] = min(max(moved, tick * 20), tick * 100_000)
        self.twins.price(symbol, self.prices[symbol], self.prices[symbol] + spread * tick)

    @rule(seconds=st.sampled_from([1, 30, 3600, 30_000, 100_000]))
    def time_passes(self, seconds: int) -> None:
        self.twins.wait(seconds)

    @rule(symbol=st.sampled_from([BTC, INVERSE]), side=st.sampled_from(Side), lots=st.integers(1, 40))
    def somebody_trades_by_hand(self, symbol: str, side: Side, lots: int) -> None:
        self.twins.trade_by_hand(symbol, side, TERMS[symbol].lot * 100 * lots)

    @rule()
    def exchange_is_rebuilt(self) -> None:
        self.twins.rebuild()

    @rule(name=st.sampled_from(list(TRADERS)), action=st.sampled_from(["buy", "sell"]))
    def process_dies(self, name: str, action: str) -> None:
        self.twins.desk.alert(action, "10", price=None, strategy=name, symbol=TRADERS[name][1])
        self.twins.die()

    @rule(scope=st.sampled_from([PORTFOLIO, Scope(SHARED)]))
    def everything_is_closed(self, scope: Scope) -> None:
        self.twins.desk.flatten(scope)
        self.twins.settle()
        self.twins.desk.resume(scope)

    @rule()
    def trading_is_resumed(self) -> None:
        """After a liquidation an account only reduces."""
        self.twins.desk.resume()

    @invariant()
    def books_agree(self) -> None:
        if hasattr(self, "twins"):
            self.twins.check()


IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
Money.TestCase.settings = settings(
    max_examples=3000 if IS_LONG else 150,
    stateful_step_count=60 if IS_LONG else 30,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)
TestMoney = pytest.mark.timeout(7200 if IS_LONG else 300)(Money.TestCase)


class Walk:
    """Hundreds of steps without a pause: where Hypothesis looks for the shortest story, this one tells long ones."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        pick = self.random.choice
        ratio, leverage = pick(["1", "0.4", "0.15"]), pick([5, 10, 40])
        self.twins = Twins(fill_ratio=Decimal(ratio), base_fees=pick([True, False]), leverage=Decimal(leverage))
        self.prices = dict.fromkeys(SYMBOLS, Decimal(100))
        for symbol in SYMBOLS:
            self.twins.price(symbol, Decimal(100), Decimal(100))

    def step(self) -> None:
        steps = [self.trade] * 6 + [self.open_bracket] * 3 + [self.protect] * 3 + [self.move] * 6 + [self.wait] * 2
        self.random.choice([*steps, self.by_hand, self.twins.rebuild, self.die, self.flatten, self.twins.desk.resume])()
        self.twins.check()

    def near(self, symbol: str) -> Decimal:
        tick = TERMS[symbol].tick
        return (self.prices[symbol] * (100 + self.random.randint(-6, 6)) / 100 // tick + 1) * tick

    def trade(self) -> None:
        name = self.random.choice(list(TRADERS))
        symbol, action = TRADERS[name][1], self.random.choice(["buy", "sell", "buy", "sell", "buy", "sell", "close"])
        if action == "close":
            self.twins.alert(name, "close", price=None)
            return
        kind = self.random.choice(list(OrderType))
        rests = [TimeInForce.GTC, TimeInForce.GTD] if kind.rests else [TimeInForce.GTC]
        force = self.random.choice(rests if kind.has_stop else [*rests, TimeInForce.IOC, TimeInForce.FOK])
        later = timedelta(seconds=self.random.choice([3, 600, 40_000]))
        self.twins.alert(
            name,
            action,
            size=str(STEPS[symbol] * self.random.choice([1, 3, 7, 40, 150, 1000])),
            order_type=kind,
            price=self.near(symbol) if kind.has_limit else None,
            stop_price=self.near(symbol) if kind.has_stop else None,
            post_only=kind.has_limit and force in rests and self.random.random() < 0.3,
            time_in_force=force,
            expires_at=self.twins.desk.now + later if force is TimeInForce.GTD else None,
        )

    def open_bracket(self) -> None:
        name, pick = self.random.choice(list(TRADERS)), self.random.choice
        symbol, kind = TRADERS[name][1], pick([OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT])
        shares = pick([(), ("1",), ("0.5", "0.5"), ("0.3", "0.3", "0.4")])
        self.twins.alert(
            name,
            pick(["buy", "sell"]),
            size=str(STEPS[symbol] * pick([1, 7, 40])),
            order_type=kind,
            price=self.near(symbol) if kind.has_limit else None,
            **bracket(pick([None, 2, 5]), shares),
        )

    def protect(self) -> None:
        name = self.random.choice(list(TRADERS))
        account, symbol = TRADERS[name]
        held = self.twins.desk.book.position(Key(account, name, symbol)).quantity
        kind = self.random.choice([OrderType.STOP, OrderType.TAKE_PROFIT, OrderType.STOP_LIMIT])
        if held:
            self.twins.alert(
                name,
                "sell" if held > 0 else "buy",
                size=str(abs(held)),
                order_type=kind,
                price=self.near(symbol) if kind.has_limit else None,
                stop_price=self.near(symbol),
                reduce_only=True,
            )

    def move(self) -> None:
        symbol, tick = (chosen := self.random.choice(SYMBOLS)), TERMS[chosen].tick
        percent = self.random.choice([-30, -6, -4, -2, -1, 1, 2, 4, 6, 35])
        moved = (self.prices[symbol] * (100 + percent) / 100 // tick) * tick
        self.prices[symbol] = min(max(moved, tick * 50), tick * 100_000)
        self.twins.price(symbol, self.prices[symbol], self.prices[symbol] + self.random.randint(0, 3) * tick)

    def wait(self) -> None:
        self.twins.wait(self.random.choice([1, 60, 3600, 30_000]))

    def by_hand(self) -> None:
        symbol = self.random.choice([BTC, INVERSE])
        self.twins.trade_by_hand(symbol, self.random.choice(list(Side)), STEPS[symbol] * self.random.randint(1, 9))

    def die(self) -> None:
        name = self.random.choice(list(TRADERS))
        self.twins.desk.alert(self.random.choice(["buy", "sell"]), "10", strategy=name, symbol=TRADERS[name][1])
        self.twins.die()

    def flatten(self) -> None:
        if self.random.random() < 0.2:
            self.twins.desk.flatten()
            self.twins.settle()
            self.twins.desk.resume()


def test_long_days_of_trading_lose_nothing_either() -> None:
    """And everything that the books could get wrong has happened in them."""
    happened, orders = Counter[EventKind](), Counter[tuple[str, str]]()
    for seed in range(200 if IS_LONG else 12):
        walk = Walk(seed)
        for _ in range(250):
            walk.step()
        happened.update(event.kind for event in walk.twins.desk.stored.events)
        orders.update((order.order_type, order.status) for order in walk.twins.desk.stored.orders.values())
    assert happened.keys() >= {
        EventKind.POSITION_LIQUIDATED,
        EventKind.FUNDING_BOOKED,
        EventKind.FOREIGN_TRADE_BOOKED,
        EventKind.ORDER_TRIGGERED,
        EventKind.ORDER_PARTIALLY_FILLED,
        EventKind.ORDER_EXPIRED,
        EventKind.ORDER_RESENT,
        EventKind.ORDER_AMENDED,
    }
    ended = {(kind, status) for kind in OrderType for status in (OrderStatus.FILLED, OrderStatus.CANCELED)}
    assert orders.keys() >= ended - {(OrderType.MARKET, OrderStatus.CANCELED)}
