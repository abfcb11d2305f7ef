"""How much of a limit is used, before anybody orders anything."""

from decimal import Decimal

import pytest

from portfolio.limits.limit import ScopedLimit, StandingLimit, Use
from portfolio.limits.registry import LIMITS
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk

TEXTS = {"repeat_throttle": "1/60s"}
ORDERS_ALONE = {"max_order_notional", "price_collar", "max_quote_age_s"}


def use(desk: Desk, key: str, text: str, scope: Scope = PORTFOLIO) -> Use | None:
    return ScopedLimit(scope, LIMITS[key].read(text)).use(desk.book, desk.now)


def traded() -> Desk:
    """2 BTC at 100, 1 ETH short at 50 and a resting buy of 1 BTC at 90."""
    desk = Desk()
    desk.hold("2")
    desk.hold("-1", "50", symbol=ETH)
    desk.rest("buy", "1", "90")
    return desk


@pytest.mark.parametrize(
    ("key", "text", "scope", "expected"),
    [
        ("max_exposure", "1000", PORTFOLIO, Use(Decimal(340), Decimal(1000))),
        ("max_exposure", "50%", MAIN, Use(Decimal(340), Decimal(5000))),
        ("max_exposure", "1000", FOLLOW, Use(Decimal(340), Decimal(1000))),
        ("max_exposure", "1000", Scope("main", symbol=ETH), Use(Decimal(50), Decimal(1000))),
        ("max_net_exposure", "1000", PORTFOLIO, Use(Decimal(240), Decimal(1000))),
        ("max_leverage", "2", MAIN, Use(Decimal("0.034"), Decimal(2))),
        ("max_open_orders", "5", PORTFOLIO, Use(Decimal(1), Decimal(5))),
        ("max_position", "1000", PORTFOLIO, Use(Decimal(290), Decimal(1000), BTC)),
        ("max_position", "1000", Scope("main", symbol=ETH), Use(Decimal(50), Decimal(1000))),
        ("max_concentration", "10%", PORTFOLIO, Use(Decimal("0.029"), Decimal("0.1"))),
        ("max_open_notional", "1000", PORTFOLIO, Use(Decimal(90), Decimal(1000))),
        ("max_entries", "3", PORTFOLIO, Use(Decimal(2), Decimal(3), BTC)),
        ("max_daily_loss", "5%", PORTFOLIO, Use(Decimal(0), Decimal(500))),
        ("max_drawdown", "100", MAIN, Use(Decimal(0), Decimal(100))),
    ],
)
def test_it_is_what_is_held_and_what_rests(key: str, text: str, scope: Scope, expected: Use) -> None:
    assert use(traded(), key, text, scope) == expected


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_tells_its_use_unless_it_looks_at_orders_alone(key: str) -> None:
    limit = LIMITS[key].read(TEXTS.get(key, "1"))
    assert isinstance(limit, StandingLimit) is (key not in ORDERS_ALONE)


@pytest.mark.parametrize("key", sorted(set(LIMITS) - ORDERS_ALONE))
def test_nothing_of_it_is_used_on_an_empty_desk(key: str) -> None:
    found = use(Desk(), key, TEXTS.get(key, "1"))
    assert found is not None
    assert (found.value, found.share) == (0, 0)


def test_losses_count_from_the_day_and_from_the_peak() -> None:
    desk = Desk()
    desk.hold("2")
    desk.mark("90")
    for key in ("max_daily_loss", "max_drawdown"):
        found = use(desk, key, "40")
        assert found is not None
        assert (found.value, found.share) == (Decimal(20), Decimal("0.5"))


def test_with_no_equity_left_there_is_no_share() -> None:
    desk = Desk()
    desk.hold("600")
    desk.mark("80")
    leverage, exposure = use(desk, "max_leverage", "5"), use(desk, "max_exposure", "50%")
    assert leverage is not None
    assert exposure is not None
    assert (leverage.value.is_finite(), leverage.share) == (False, None)
    assert (exposure.most, exposure.share) == (0, None)
