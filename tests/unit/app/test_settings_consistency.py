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
        '[portfolio]\n[[portfolio.limits.symbols]]\nsymbol = "BTC/USDX"\nmax_position = 5\n',
        account(more='[[accounts.limits.symbols]]\nsymbol = "ETHUSDT"\nmax_position = 5\n'),
        '[symbols]\nMINE = "SOL/USDX:USDX"\n',
        strategy(symbols='["XRP/USDT:XRP"]'),
    )
    assert [fault.rpartition(" nearest is ")[2] for fault in faults] == [
        '"BTC/USDT", got "BTC/USDX"',
        '"ETH/USDT", got "ETHUSDT"',
        '"SOL/USDT:USDT", got "SOL/USDX:USDX"',
        '"XRP/USD:XRP", got "XRP/USDT:XRP"',
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


@pytest.mark.parametrize("symbol", ["NEW/EUR", "NEW/EUR:EUR", "NEW/EUR:NEW"])
def test_an_instrument_is_spot_linear_or_inverse(tmp_path: Path, symbol: str) -> None:
    own = f'[[accounts.instruments]]\nsymbol = "{symbol}"\nlot = 1\ntick = 1\n'
    load(tmp_path, account(more=own), strategy(symbols=f'["{symbol}"]'))


@pytest.mark.parametrize("symbol", ["NEWEUR", "NEW/EUR:USD", "NEW/NEW", "NEW/"])
def test_an_instrument_says_what_it_settles_in(tmp_path: Path, symbol: str) -> None:
    own = f'[[accounts.instruments]]\nsymbol = "{symbol}"\nlot = 1\ntick = 1\n'
    (fault,) = faults_of(tmp_path, account(more=own), strategy())
    assert '"BTC/USDT" (spot), "BTC/USDT:USDT" (linear) or "BTC/USD:BTC" (inverse)' in fault


def test_an_instrument_is_listed_once(tmp_path: Path) -> None:
    twice = '[[accounts.instruments]]\nsymbol = "BTC/USDT:USDT"\nlot = 1\n' * 2
    assert "listed twice" in faults_of(tmp_path, account(more=twice), strategy())[0]


def test_a_limit_for_one_symbol_is_listed_once(tmp_path: Path) -> None:
    twice = '[[accounts.limits.symbols]]\nsymbol = "BTC/USDT:USDT"\nmax_position = 5\n' * 2
    assert "listed twice" in faults_of(tmp_path, account(more=twice), strategy())[0]


def test_a_symbol_cannot_be_the_name_of_another(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), '[symbols]\n"BTC/USDT:USDT" = "ETH/USDT:USDT"\n', strategy())
    assert fault.startswith('symbols."BTC/USDT:USDT": is a symbol itself')


def test_one_strategy_trades_a_symbol_of_an_account(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, account(), strategy("a"), strategy("b", "[]"))
    assert fault == (
        'strategies.b.symbols: "a" trades BTC/USDT:USDT on the same account: '
        "let both say shared = true, or list other symbols"
    )


def test_two_accounts_may_trade_the_same_symbol(tmp_path: Path) -> None:
    first, second = strategy("a", more='account = "main"'), strategy("b", more='account = "other"')
    settings = load(tmp_path, account(), account("other"), first, second)
    assert [settings.account_of(item) for item in settings.strategies] == ["main", "other"]


def test_strategies_share_a_symbol_where_all_of_them_say_so(tmp_path: Path) -> None:
    shared = [strategy(name, more="shared = true") for name in "abc"]
    settings = load(tmp_path, account(), *shared)
    assert [item.shared for item in settings.strategies] == [True, True, True]


@pytest.mark.parametrize("lonely", [0, 1, 2])
def test_one_that_does_not_share_is_named_beside_each_that_does(tmp_path: Path, lonely: int) -> None:
    names = "abc"
    shared = [strategy(name, more="" if place == lonely else "shared = true") for place, name in enumerate(names)]
    faults = faults_of(tmp_path, account(), *shared)
    assert len(faults) == 2
    assert all(f"strategies.{names[lonely]}." in fault or f'"{names[lonely]}" trades' in fault for fault in faults)


def test_balances_are_positive_and_in_any_currency(tmp_path: Path) -> None:
    assert load(tmp_path, account().replace("USDT = 1000", "USDT = 5, BTC = 1"), strategy()).accounts[0].balances == {
        "USDT": 5,
        "BTC": 1,
    }
    wrong = account().replace("USDT = 1000", "USDT = -5, btc = 1")
    assert faults_of(tmp_path, wrong, strategy()) == (
        "accounts.main.balances.USDT: expected a positive number, got -5",
        'accounts.main.balances.btc: expected a currency in capitals such as "USDT", got "btc"',
    )
    missing = account().replace("USDT = 1000", "")
    assert faults_of(tmp_path, missing, strategy()) == ("accounts.main.balances.USDT: required",)


@pytest.mark.parametrize("file", ["quartermaster.toml", "./quartermaster.db", "quartermaster.db-wal", "tls/key.pem"])
def test_the_log_has_a_file_of_its_own(tmp_path: Path, file: str) -> None:
    (tmp_path / "quartermaster.toml").write_text(
        SECRETS.replace("[webhook]", 'tls_cert = "tls/cert.pem"\ntls_key = "tls/key.pem"\n[webhook]')
        + f'[log]\nfile = "{file}"\n{account()}{strategy()}',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "quartermaster.toml", {})
    (fault,) = caught.value.faults
    assert fault.startswith("log.file: must be a file of its own, not ")
