"""Whatever was missed, a repair leads to where the alert leads, and never past a limit; protection covers a fill."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.decision import Outcome
from portfolio.model.gap import OnGap
from portfolio.model.order import OrderType
from portfolio.model.signal import MarketPosition
from portfolio.setup import StrategySetup
from strategies.follow import Follow
from strategies.target import Target
from tests.fakes import BTC, MAIN, Desk, account, ids, instrument, strategy

SIZES = st.integers(-3000, 3000).map(lambda lots: Decimal(lots) / 1000)
UNITS = st.integers(1, 5000).map(lambda lots: Decimal(lots) / 1000)


def desk_with(*parts: StrategySetup, **limits: str) -> Desk:
    """A desk whose instrument has no minimum but its lot."""
    return Desk(account(instruments={BTC: instrument(min_cost="0")}), *parts, limits={MAIN: limits})


def side_of(size: Decimal) -> MarketPosition:
    return MarketPosition.FLAT if not size else MarketPosition.LONG if size > 0 else MarketPosition.SHORT


def run(held: Decimal, before: Decimal, after: Decimal, limits: dict[str, str] | None = None, **kind: object) -> Desk:
    """A desk that holds `held` has decided and filled the alert that leads from `before` to `after`."""
    desk = desk_with(strategy(on_gap=OnGap.REPAIR, **{"kind": Follow(), **kind}), **(limits or {}))
    if held:
        desk.hold(str(held), position_size=held)
    decision = desk.alert(
        "buy" if after > before else "sell",
        str(abs(after - before)),
        prev_market_position=side_of(before),
        prev_position_size=before,
        market_position=side_of(after),
        position_size=after,
    )
    for order_id in ids(decision):
        if desk.order(order_id).is_live:
            desk.fill(order_id)
    return desk


@given(held=SIZES, before=SIZES, after=SIZES)
def test_a_repair_leads_to_where_the_alert_leads(held: Decimal, before: Decimal, after: Decimal) -> None:
    if before != after:
        for kind in (Follow(), Target()):
            desk = run(held, before, after, kind=kind)
            assert desk.quantity == after
            assert desk.live() == []


@given(held=SIZES, before=SIZES, after=SIZES, most=st.integers(1, 300))
def test_a_repair_adds_nothing_beyond_a_limit(held: Decimal, before: Decimal, after: Decimal, most: int) -> None:
    if before != after and abs(held) * 101 <= most:
        desk = run(held, before, after, {"max_position": str(most)})
        assert abs(desk.quantity) * 100 <= most
        assert desk.quantity == after or abs(desk.quantity) <= abs(held)


@given(parts=st.lists(UNITS, max_size=4), left=st.integers(0, 3), held=st.one_of(st.just(Decimal(0)), UNITS))
def test_protection_covers_exactly_what_the_entry_was_filled(parts: list[Decimal], left: int, held: Decimal) -> None:
    desk = desk_with()
    if held:
        desk.hold(str(held))
    filled = sum(parts, Decimal(0))
    if not filled + left:
        return
    decision = desk.alert(
        "buy", str(filled + left), order_type=OrderType.LIMIT, stop_loss=Decimal(90), take_profit=Decimal(120)
    )
    if decision.status is not Outcome.ACCEPTED:
        return
    entry, *guards = ids(decision)
    desk.report(entry, "OPEN")
    for part in parts:
        desk.fill(entry, str(part))
    if left:
        desk.report(entry, "CANCELED")
    if filled:
        assert [desk.order(guard).most_remaining for guard in guards] == [filled, filled]
        assert all(guard in desk.sent for guard in guards)
    else:
        assert [desk.status(guard) for guard in guards] == ["EXPIRED_UNSENT", "EXPIRED_UNSENT"]
    if left and not filled:
        return
    desk.alert("flat")
    for _ in range(10):
        for order_id in desk.live():
            order = desk.order(order_id)
            desk.report(order_id, "CANCELED") if order.rests else desk.fill(order_id)
    assert (desk.quantity, desk.live()) == (0, [])
