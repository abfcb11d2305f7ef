"""What must hold between the tables of a configuration."""

from pathlib import Path

import pytest

from app.settings import ConfigurationError, Settings, load_settings

SECRETS = '[server]\napi_token = "0123456789abcdef-token"\n[webhook]\nsecret = "0123456789abcdef-secret"\n'


def account(name: str = "main", more: str = "") -> str:
    return f'[[accounts]]\nid = "{name}"\nvenue = "paper"\nbalances = {{ USDT = 1000 }}\n{more}\n'


def strategy(name: str = "trend", symbols: str = '["BTC/USDT:USDT"]', more: str = "") -> str:
    return f'[[strategies]]\nid = "{name}"\nkind = "follow"\nsymbols = {symbols}\n{more}\n'


def load(folder: Path, *sections: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text(SECRETS + "\n".join(sections), encoding="utf-8")
    return load_settings(path, {})


def faults_of(folder: Path, *sections: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, *sections)
    return caught.value.faults


def test_a_desk_needs_an_account_and_a_strategy(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "") == (
        "accounts: at least one account is needed, as a table [[accounts]]",
        "strategies: at least one strategy is needed, as a table [[strategies]]",
    )


@pytest.mark.parametrize("second", ["main", "MAIN"])
def test_ids_that_cannot_be_told_apart_are_refused(tmp_path: Path, second: str) -> None:
    named = 'account = "main"'
    (fault,) = faults_of(tmp_path, account(), account(second), strategy(more=named))
    assert fault.startswith(f"accounts.{second}.id: ")


def test_dash_and_underscore_make_no_other_id(tmp_path: Path) -> None:
    eth = '["ETH/USDT:USDT"]'
    (fault,) = faults_of(tmp_path, account(), strategy("a-b"), strategy("a_b", eth))
    assert fault == 'strategies.a_b.id: not told apart from "a-b", got "a_b"'


@pytest.mark.parametrize("name", ["", "two words", "x" * 33, "ä", "unassigned", "a.b"])
def test_an_id_is_short_and_plain_and_not_reserved(tmp_path: Path, name: str) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy(name))
    assert ".id: " in fault


def test_a_strategy_names_a_known_account(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy(more='account = "mian"'))
    assert fault == 'strategies.trend.account: no account has this id, the nearest is "main", got "mian"'


def test_with_several_accounts_a_strategy_says_which(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), account("other"), strategy())
    assert fault == "strategies.trend.account: required where there are several accounts: main, other"


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy().replace('"follow"', '"folow"'))
    assert fault == 'strategies.trend.kind: unknown kind, the nearest known one is "follow", got "folow"'


def test_symbols_must_be_known_wherever_they_stand(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        '[portfolio]\n[[portfolio.limits.symbols]]\nsymbol = "BTC/USDT"\nmax_position = 5\n',
        account(more='[[accounts.limits.symbols]]\nsymbol = "ETHUSDT"\nmax_position = 5\n'),
        '[symbols]\nMINE = "SOL/USDT"\n',
        strategy(symbols='["XRP/USDT"]'),
    )
    assert [fault.rpartition(" nearest is ")[2] for fault in faults] == [
        '"BTC/USDT:USDT", got "BTC/USDT"',
        '"ETH/USDT:USDT", got "ETHUSDT"',
        '"SOL/USDT:USDT", got "SOL/USDT"',
        '"XRP/USDT:USDT", got "XRP/USDT"',
    ]


def test_an_accounts_own_instrument_is_known(tmp_path: Path) -> None:
    own = '[[accounts.instruments]]\nsymbol = "NEW/USDT:USDT"\nlot = 1\ntick = "0.01"\n'
    settings = load(
        tmp_path, account(more=own), '[symbols]\nN = "NEW/USDT:USDT"\n', strategy(symbols='["NEW/USDT:USDT"]')
    )
    assert settings.symbols == {"N": "NEW/USDT:USDT"}


def test_a_new_instrument_needs_its_steps(tmp_path: Path) -> None:
    own = '[[accounts.instruments]]\nsymbol = "NEW/USDT:USDT"\n'
    assert faults_of(tmp_path, account(more=own), strategy()) == (
        'accounts.main.instruments."NEW/USDT:USDT".lot: required',
        'accounts.main.instruments."NEW/USDT:USDT".tick: required',
    )


def test_an_instrument_is_linear_and_listed_once(tmp_path: Path) -> None:
    inverse = '[[accounts.instruments]]\nsymbol = "BTC/USD:BTC"\nlot = 1\ntick = 1\n'
    twice = '[[accounts.instruments]]\nsymbol = "BTC/USDT:USDT"\nlot = 1\n' * 2
    assert "linear" in faults_of(tmp_path, account(more=inverse), strategy())[0]
    assert "listed twice" in faults_of(tmp_path, account(more=twice), strategy())[0]


def test_a_limit_for_one_symbol_is_listed_once(tmp_path: Path) -> None:
    twice = '[[accounts.limits.symbols]]\nsymbol = "BTC/USDT:USDT"\nmax_position = 5\n' * 2
    assert "listed twice" in faults_of(tmp_path, account(more=twice), strategy())[0]


def test_a_symbol_cannot_be_the_name_of_another(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), '[symbols]\n"BTC/USDT:USDT" = "ETH/USDT:USDT"\n', strategy())
    assert fault.startswith('symbols."BTC/USDT:USDT": is a symbol itself')


def test_one_strategy_trades_a_symbol_of_an_account(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy("a"), strategy("b", "[]"))
    assert fault == 'strategies.b.symbols: "a" trades BTC/USDT:USDT on the same account, which is not supported yet'


def test_two_accounts_may_trade_the_same_symbol(tmp_path: Path) -> None:
    first, second = strategy("a", more='account = "main"'), strategy("b", more='account = "other"')
    settings = load(tmp_path, account(), account("other"), first, second)
    assert [settings.account_of(item) for item in settings.strategies] == ["main", "other"]


def test_sharing_is_not_supported_yet(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy(more="shared = true"))
    assert fault == "strategies.trend.shared: true is not supported yet; only false is"


def test_balances_are_positive_and_in_the_portfolios_currency(tmp_path: Path) -> None:
    wrong = account().replace("USDT = 1000", "USDT = -5, BTC = 1")
    assert faults_of(tmp_path, wrong, strategy()) == (
        "accounts.main.balances.USDT: expected a positive number, got -5",
        "accounts.main.balances.BTC: only USDT is supported yet, got 1",
    )
    missing = account().replace("USDT = 1000", "")
    assert faults_of(tmp_path, missing, strategy()) == ("accounts.main.balances.USDT: required",)
