"""The example of docs/writing-a-strategy.md, tested as its author would."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from docs.examples.rationed import Rationed
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.signal import Action, Signal, Size
from portfolio.parameters import ParameterError
from portfolio.ports import Strategy, View
from strategies import registry

BTC = "BTC/USDT:USDT"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class FakeView:
    """A `View` of a holding that is what the test says."""

    now: datetime = NOON
    position: Decimal = Decimal(0)
    in_flight: Decimal = Decimal(0)
    reducible: Decimal = Decimal(0)
    live_orders: tuple[Order, ...] = ()
    moving_orders: tuple[Order, ...] = ()
    has_unknown: bool = False
    equity: Decimal = Decimal(10_000)
    default_size: Size | None = None
    max_age_s: Decimal = Decimal(300)
    price: Decimal | None = Decimal(100)
    instrument: Any = COMMON_INSTRUMENTS[BTC]

    def entries(self, side: Side) -> int:
        return 0

    def quantity_of(self, size: Size) -> Decimal | None:
        return size.amount


def alert(action: Action) -> Signal:
    size = Size(Decimal("0.01")) if action is Action.BUY else None
    return Signal(
        family="canonical", strategy="mine", symbol=BTC, action=action, content="{}", content_hash="", size=size
    )


def entry(status: OrderStatus, filled: str) -> Order:
    return Order(
        client_order_id="01-1",
        origin="01",
        signal_id="01",
        account="main",
        strategy="mine",
        symbol=BTC,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal("0.01"),
        price=None,
        reduce_only=False,
        is_exit=False,
        time_in_force=TimeInForce.GTC,
        status=status,
        reference_price=Decimal(65_000),
        reference_source=PriceSource.QUOTE,
        reservation_price=Decimal(65_650),
        created_at=NOON,
        updated_at=NOON,
        send_by=None,
        filled=Decimal(filled),
    )


SPENT = {BTC: {"day": "2026-11-21", "entries": 2}}


def test_an_entry_within_the_ration_passes() -> None:
    wishes = Rationed(a_day=3).on_signal(alert(Action.BUY), FakeView(), SPENT)
    assert [intent.side for intent in wishes.orders] == [Side.BUY]


def test_an_entry_beyond_the_ration_is_denied() -> None:
    wishes = Rationed(a_day=2).on_signal(alert(Action.BUY), FakeView(), SPENT)
    assert wishes.denied is not None
    assert wishes.denied.code == "DAY_IS_SPENT"


def test_an_entry_on_its_way_counts() -> None:
    view = FakeView(live_orders=(entry(OrderStatus.PENDING, "0"),))
    assert Rationed(a_day=3).on_signal(alert(Action.BUY), view, SPENT).denied is not None


def test_closing_is_never_rationed() -> None:
    view = FakeView(position=Decimal("0.01"), reducible=Decimal("0.01"))
    assert Rationed(a_day=1).on_signal(alert(Action.CLOSE), view, SPENT).orders


def test_a_new_day_begins_anew() -> None:
    tomorrow = FakeView(now=NOON + timedelta(days=1))
    assert Rationed(a_day=2).on_signal(alert(Action.BUY), tomorrow, SPENT).orders


def test_only_what_has_traded_is_counted() -> None:
    strategy = Rationed()
    assert strategy.on_order(entry(OrderStatus.CANCELED, "0"), FakeView(), SPENT).state is None
    counted = strategy.on_order(entry(OrderStatus.FILLED, "0.01"), FakeView(), SPENT)
    assert counted.state == {BTC: {"day": "2026-11-21", "entries": 3}}


def test_it_can_be_configured_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("rationed", "docs.examples.rationed:Rationed", "quartermaster.strategies")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert registry.create_strategy("rationed", {"a_day": 5}) == Rationed(a_day=5)
    with pytest.raises(ParameterError):
        registry.create_strategy("rationed", {"a_day": 0})


def test_it_is_a_strategy_and_the_fake_a_view() -> None:
    strategy: Strategy = Rationed()
    assert isinstance(strategy, Strategy)
    assert all(hasattr(FakeView(), name) for name in dir(View) if not name.startswith("_"))
