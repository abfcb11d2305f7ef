"""From a configuration to the desk that the core knows."""

from decimal import Decimal
from pathlib import Path

from app.desk import build_desk
from app.settings import load_settings
from portfolio.limits.chain import LimitChain
from portfolio.model.position import Key
from portfolio.model.signal import Size, SizeType
from portfolio.setup import Setup
from strategies.follow import Follow

FILE = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
max_age_s = 60
[portfolio.limits]
max_exposure = "10000"
[[portfolio.limits.symbols]]
symbol = "ETH/USDT:USDT"
max_position = 10
[[accounts]]
id = "main"
venue = "paper"
leverage = 2
balances = { USDT = "10000" }
[accounts.limits]
max_open_orders = 5
[[accounts.instruments]]
symbol = "BTC/USDT:USDT"
lot = "0.01"
[[accounts.instruments]]
symbol = "NEW/USDT:USDT"
lot = 10
tick = "0.5"
[[strategies]]
id = "trend"
kind = "follow"
symbols = ["BTC/USDT:USDT"]
sizing = { quantity = "5%" }
[strategies.limits]
price_collar = "2%"
"""


def desk(folder: Path, text: str = FILE) -> tuple[Setup, LimitChain]:
    path = folder / "quartermaster.toml"
    path.write_text(text, encoding="utf-8")
    return build_desk(load_settings(path, {}))


def test_a_paper_account_trusts_the_prices_of_alerts(tmp_path: Path) -> None:
    account = desk(tmp_path)[0].accounts["main"]
    assert account.trusts_signal_price
    assert [account.balances, account.leverage, account.send_within_s] == [{"USDT": 10000}, 2, 30]


def test_the_age_of_alerts_is_the_webhooks(tmp_path: Path) -> None:
    assert desk(tmp_path)[0].max_age_s == 60


def test_own_instruments_lie_over_the_shipped_ones(tmp_path: Path) -> None:
    instruments = desk(tmp_path)[0].accounts["main"].instruments
    bitcoin, new = instruments["BTC/USDT:USDT"], instruments["NEW/USDT:USDT"]
    assert (bitcoin.lot, bitcoin.min_quantity, bitcoin.tick) == (Decimal("0.01"), Decimal("0.01"), Decimal("0.1"))
    assert [new.contract_size, new.min_quantity, new.min_cost] == [1, 10, 0]
    assert (new.base, new.settle) == ("NEW", "USDT")
    assert "ETH/USDT:USDT" in instruments


def test_a_strategy_stands_on_its_account_with_its_size(tmp_path: Path) -> None:
    strategy = desk(tmp_path)[0].strategies["trend"]
    assert (strategy.account, strategy.symbols) == ("main", frozenset({"BTC/USDT:USDT"}))
    assert strategy.sizing == Size(Decimal(5), SizeType.PERCENT_OF_EQUITY)
    assert isinstance(strategy.strategy, Follow)


def test_each_limit_applies_in_its_own_scope(tmp_path: Path) -> None:
    chain = desk(tmp_path)[1]
    bitcoin = [str(item.scope) for item in chain.applying_to(Key("main", "trend", "BTC/USDT:USDT"))]
    assert bitcoin == ["portfolio", "account main", "strategy trend"]
    ether = [str(item.scope) for item in chain.applying_to(Key("main", "other", "ETH/USDT:USDT"))]
    assert ether == ["portfolio", "portfolio, ETH/USDT:USDT", "account main"]
    assert chain.allowance(Key("main", "trend", "BTC/USDT:USDT")) == Decimal("0.02")
