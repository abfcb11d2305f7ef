"""A comparison that somebody asked for: as many rounds as it takes, and a reason where that is not enough."""

from decimal import Decimal

import pytest

from app import reconciling_now
from app.reconciling import NotReconciled
from app.reconciling_now import reconcile_now
from portfolio.model.difference import Difference, DifferenceKind
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import VenueOrder
from portfolio.reply import Reconciled

USDT = Difference(kind=DifferenceKind.BALANCE, name="USDT", venue=Decimal(9), book=Decimal(10))
FOREIGN = VenueOrder(
    client_order_id=None,
    venue_order_id="v-1",
    symbol="BTC/USDT:USDT",
    side=Side.BUY,
    order_type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(100),
    stop_price=None,
    reduce_only=False,
    time_in_force=TimeInForce.GTC,
    status=OrderStatus.OPEN,
)


class Rounds:
    """A reconciler whose rounds end like this."""

    def __init__(self, *rounds: Reconciled | str) -> None:
        self.rounds = list(rounds)

    async def reconcile(self) -> Reconciled:
        found = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        if isinstance(found, str):
            raise NotReconciled(found)
        return found


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling_now, "AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(reconciling_now, "AT_MOST_S", 0.2)


async def test_books_that_agree_need_one_round() -> None:
    compared = await reconcile_now(Rounds(Reconciled(settled=True)))
    assert (compared.found.settled, compared.reason) == (True, "")


async def test_what_differs_is_looked_at_until_it_is_booked() -> None:
    rounds = Rounds(
        Reconciled(settled=False, differences=(USDT,), foreign=(FOREIGN,), adopted=("a",)),
        Reconciled(settled=False, adjusted=(USDT,), foreign=(FOREIGN,), adopted=("a", "b")),
        Reconciled(settled=True, foreign=(FOREIGN,), not_compared=("BTC/USDT:USDT",)),
    )
    compared = await reconcile_now(rounds)
    assert compared.reason == ""
    assert compared.found == Reconciled(
        settled=True, adjusted=(USDT,), foreign=(FOREIGN,), adopted=("a", "b"), not_compared=("BTC/USDT:USDT",)
    )


async def test_a_venue_that_cannot_be_asked_is_a_reason() -> None:
    compared = await reconcile_now(Rounds(Reconciled(settled=False, adjusted=(USDT,)), "no answer within 5 s"))
    assert (compared.found.settled, compared.reason) == (False, "no answer within 5 s")
    assert compared.found.adjusted == (USDT,)


async def test_what_differs_for_ever_is_not_waited_for() -> None:
    compared = await reconcile_now(Rounds(Reconciled(settled=False, differences=(USDT,))))
    assert (compared.found.settled, compared.found.differences) == (False, (USDT,))
    assert compared.reason == "something still differs; it is looked at again"
