"""The most that a strategy may do, by every limit that bounds it."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.ceilings import Ceiling, ceilings_of, equities_of
from app.desk import build_desk
from app.settings import Settings, load_settings
from tests.unit.app.test_settings_venues import BYBIT, DESK, STRATEGY


def settings_of(folder: Path, *sections: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text(DESK + "\n".join(sections))
    return load_settings(path, {})


def ceiling(settings: Settings, **balances: str) -> Ceiling:
    told = {currency: Decimal(amount) for currency, amount in balances.items()}
    (found,) = ceilings_of(*build_desk(settings), equities_of(settings, {"main": told} if told else {}))
    return found


def test_without_limits_nothing_bounds_it(tmp_path: Path) -> None:
    assert ceiling(settings_of(tmp_path, BYBIT, STRATEGY)) == Ceiling("trend", *["no limit"] * 4)


def test_the_tightest_scope_counts(tmp_path: Path) -> None:
    portfolio = '[portfolio.limits]\nmax_order_notional = "900"\nmax_position = "5000"\nmax_daily_loss = "300"\n'
    account = BYBIT + 'limits = { max_order_notional = "700", max_exposure = "4000" }\n'
    strategy = STRATEGY + 'limits = { max_order_notional = "800", max_daily_loss = "400" }\n'
    assert ceiling(settings_of(tmp_path, portfolio, account, strategy)) == Ceiling(
        "trend", "700", "4000", "4000", "300"
    )


def test_the_whole_bounds_its_parts(tmp_path: Path) -> None:
    portfolio = '[portfolio.limits]\nmax_order_notional = "900"\nmax_position = "600"\nmax_exposure = "500"\n'
    assert ceiling(settings_of(tmp_path, portfolio, BYBIT, STRATEGY)) == Ceiling(
        "trend", "500", "500", "500", "no limit"
    )


@pytest.mark.parametrize(
    ("balances", "expected"),
    [
        ({"USDT": "1000", "USDC": "500"}, ("375", "3000", "3000", "75")),
        ({"USDT": "1000", "BTC": "0"}, ("250", "2000", "2000", "50")),
        ({"USDT": "1000", "BTC": "1"}, ("25% of equity", "200% of equity", "200% of equity", "100 or 5% of equity")),
        ({}, ("25% of equity", "200% of equity", "200% of equity", "100 or 5% of equity")),
    ],
)
def test_shares_are_money_where_the_equity_is_known(
    tmp_path: Path, balances: dict[str, str], expected: tuple[str, ...]
) -> None:
    limits = '[portfolio.limits]\nmax_order_notional = "25%"\nmax_leverage = "2"\nmax_daily_loss = "5%"\n'
    settings = settings_of(tmp_path, limits, BYBIT + 'limits = { max_daily_loss = "100" }\n', STRATEGY)
    assert ceiling(settings, **balances) == Ceiling("trend", *expected)


def test_one_symbol_may_be_held_tighter_than_another(tmp_path: Path) -> None:
    tighter = '[[portfolio.limits.symbols]]\nsymbol = "BTC/USDT:USDT"\nmax_position = "100"\n'
    strategy = STRATEGY + 'limits = { max_position = "300", max_exposure = "350" }\n'
    assert ceiling(settings_of(tmp_path, tighter, BYBIT, strategy)).position == "100"
    both = strategy.replace('"BTC/USDT:USDT"', '"BTC/USDT:USDT", "ETH/USDT:USDT"')
    assert ceiling(settings_of(tmp_path, tighter, BYBIT, both)) == Ceiling("trend", "300", "300", "350", "no limit")
