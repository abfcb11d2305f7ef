"""What an account at a real venue needs, and what belongs to paper."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.settings import AccountSettings, ConfigurationError, Settings, load_settings, permission_warning
from app.venues import access_of
from exchange.connection import Environment, MarginMode
from portfolio.model.venue import ForeignOrders

KEY, SECRET = "AnotherKeyOfMine42", "AVeryPrivateSecretOfMine0123456789"
DESK = '[server]\napi_token = "0123456789abcdef-token"\n[webhook]\nsecret = "0123456789abcdef-secret"\n'
CREDENTIALS = f'api_key = "{KEY}"\napi_secret = "{SECRET}"\n'
BYBIT = f'[[accounts]]\nid = "main"\nvenue = "bybit"\n{CREDENTIALS}'
STRATEGY = '[[strategies]]\nid = "trend"\nkind = "follow"\nsymbols = ["BTC/USDT:USDT"]\n'
LIMITS = 'max_order_notional = "100", max_exposure = "500", max_daily_loss = "5%", price_collar = "1%"'
LIVE = f'environment = "live"\nconfirm_live = "main"\nlimits = {{ {LIMITS} }}\n'


def load(folder: Path, *sections: str, **environment: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text(DESK + "\n".join(sections), encoding="utf-8")
    return load_settings(path, {f"QUARTERMASTER_{name}": value for name, value in environment.items()})


def faults_of(folder: Path, *sections: str, **environment: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, *sections, **environment)
    return caught.value.faults


def account_in(settings: Settings) -> AccountSettings:
    return settings.accounts[0]


def test_an_account_at_a_venue_is_on_its_testnet_unless_told_otherwise(tmp_path: Path) -> None:
    account = account_in(load(tmp_path, BYBIT, STRATEGY))
    assert not account.is_paper
    assert (account.environment, account.margin_mode) == (Environment.TESTNET, MarginMode.CROSS)
    assert (account.foreign_orders, account.reconcile_every_s) == (ForeignOrders.REPORT, 60)
    assert (account.dead_mans_switch_s, account.recv_window_s, account.send_timeout_s) == (None, 3, 5)


def test_keys_come_from_the_file_the_environment_or_files_of_their_own(tmp_path: Path) -> None:
    bare = BYBIT.replace(CREDENTIALS, "")
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "secret").write_text(f"\ufeff{SECRET}\r\n")
    files = 'api_key_file = "key"\napi_secret_file = "secret"\n'
    variables = {"ACCOUNTS__MAIN__API_KEY": KEY, "ACCOUNTS__MAIN__API_SECRET": SECRET}
    by_variable = {"ACCOUNTS__MAIN__API_KEY_FILE": "key", "ACCOUNTS__MAIN__API_SECRET_FILE": str(tmp_path / "secret")}
    for settings in (
        load(tmp_path, BYBIT, STRATEGY),
        load(tmp_path, bare, STRATEGY, **variables),
        load(tmp_path, bare + files, STRATEGY),
        load(tmp_path, bare, STRATEGY, **by_variable),
    ):
        access = access_of(settings, account_in(settings))
        assert (access.api_key.reveal(), access.api_secret.reveal()) == (KEY, SECRET)


def test_without_keys_there_is_no_account_at_a_venue(tmp_path: Path) -> None:
    assert faults_of(tmp_path, BYBIT.replace(CREDENTIALS, ""), STRATEGY) == (
        "accounts.main.api_key: required at bybit, here, in api_key_file or as a variable",
        "accounts.main.api_secret: required at bybit, here, in api_secret_file or as a variable",
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), (b"", "it is empty"), (b"x" * 5000, "too long"), (b"\xff", "it is no text")],
)
def test_a_file_without_a_key_is_told(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    account = BYBIT.replace(f'api_secret = "{SECRET}"', 'api_secret_file = "secret"')
    (fault,) = faults_of(tmp_path, account, STRATEGY)
    assert fault.startswith(f"accounts.main.api_secret_file: cannot read {tmp_path / 'secret'}: ")
    assert why in fault


def test_a_key_stands_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another")
    (fault,) = faults_of(tmp_path, BYBIT + 'api_key_file = "key"\n', STRATEGY)
    assert fault == "accounts.main.api_key_file: give api_key_file or api_key, not both"


@pytest.mark.parametrize("written", ["two long words", "long\\nlines", "", "short", "ärgerlich"])
def test_what_is_no_key_is_told_and_not_shown(tmp_path: Path, written: str) -> None:
    (fault,) = faults_of(tmp_path, BYBIT.replace(SECRET, written), STRATEGY)
    assert fault == "accounts.main.api_secret: expected at least 8 printable ASCII characters without spaces"


def test_nothing_shows_a_key(tmp_path: Path) -> None:
    settings = load(tmp_path, BYBIT, STRATEGY)
    access = access_of(settings, account_in(settings))
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {access} {access!r}"
    shown += f"{access.api_key} {access.api_secret!r} {settings.accounts}"
    assert KEY not in shown
    assert SECRET not in shown
    other = load(tmp_path, BYBIT.replace(KEY, "another-key").replace(SECRET, "another-secret"), STRATEGY)
    assert other.fingerprint() == settings.fingerprint()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('balances = { USDT = "1" }', "balances"),
        ("fees = { maker = 0 }", "fees"),
        ("slippage = 0", "slippage"),
        ("fill_ratio = 1", "fill_ratio"),
        ("funding_rate = 0", "funding_rate"),
        ("funding_interval_h = 8", "funding_interval_h"),
        ('instruments = [{ symbol = "BTC/USDT:USDT" }]', "instruments"),
    ],
)
def test_what_belongs_to_paper_is_refused_at_a_venue(tmp_path: Path, line: str, key: str) -> None:
    (fault,) = faults_of(tmp_path, f"{BYBIT}{line}\n", STRATEGY)
    assert fault.startswith(f'accounts.main.{key}: is for venue = "paper"')


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('environment = "testnet"', "environment"),
        ('api_key = "a-key-of-mine"', "api_key"),
        ('rest_url = "https://example.com"', "rest_url"),
        ('confirm_live = "main"', "confirm_live"),
        ('margin_mode = "cross"', "margin_mode"),
        ('foreign_orders = "adopt"', "foreign_orders"),
        ("attach_protection = true", "attach_protection"),
        ("reconcile_every_s = 5", "reconcile_every_s"),
        ("dead_mans_switch_s = 60", "dead_mans_switch_s"),
    ],
)
def test_what_belongs_to_a_venue_is_refused_on_paper(tmp_path: Path, line: str, key: str) -> None:
    paper = f'[[accounts]]\nid = "main"\nvenue = "paper"\nbalances = {{ USDT = 1 }}\n{line}\n'
    (fault,) = faults_of(tmp_path, paper, STRATEGY)
    assert fault == f'accounts.main.{key}: is for a real venue, and this account is "paper"'


@pytest.mark.parametrize(("line", "expected"), [("", True), ("attach_protection = false", False)])
def test_entries_take_their_stop_along_unless_the_account_says_otherwise(
    tmp_path: Path, line: str, expected: bool
) -> None:
    assert account_in(load(tmp_path, f"{BYBIT}{line}\n", STRATEGY)).attaches_protection is expected


def test_a_venue_that_takes_no_stop_along_is_not_asked_to(tmp_path: Path) -> None:
    elsewhere = BYBIT.replace("bybit", "bitmex")
    assert not account_in(load(tmp_path, elsewhere, STRATEGY)).attaches_protection
    (fault,) = faults_of(tmp_path, f"{elsewhere}attach_protection = true\n", STRATEGY)
    assert fault == "accounts.main.attach_protection: bitmex takes no stop along with an entry"


def test_real_money_needs_its_limits_and_a_confirmation_by_name(tmp_path: Path) -> None:
    told = 'required where environment = "live", here or in portfolio.limits'
    assert faults_of(tmp_path, BYBIT + 'environment = "live"\n', STRATEGY) == (
        'accounts.main.confirm_live: expected the account\'s id, "main": it confirms that real money is traded',
        f"accounts.main.limits.max_order_notional: {told}",
        f"accounts.main.limits.max_exposure: {told}",
        f"accounts.main.limits.max_daily_loss: {told}",
        f"accounts.main.limits.price_collar: {told}",
    )


def test_the_limits_of_real_money_may_be_the_portfolios(tmp_path: Path) -> None:
    half = 'environment = "live"\nconfirm_live = "main"\nlimits = { max_daily_loss = "5%", price_collar = "1%" }\n'
    portfolio = '[portfolio.limits]\nmax_order_notional = "100"\nmax_exposure = "500"\n'
    assert account_in(load(tmp_path, portfolio, BYBIT + half, STRATEGY)).environment is Environment.LIVE
    assert account_in(load(tmp_path, BYBIT + LIVE, STRATEGY)).environment is Environment.LIVE


def test_the_confirmation_names_this_very_account(tmp_path: Path) -> None:
    wrong = LIVE.replace('confirm_live = "main"', 'confirm_live = "mian"')
    (fault,) = faults_of(tmp_path, BYBIT + wrong, STRATEGY)
    assert fault.startswith("accounts.main.confirm_live: expected the account's id")
    assert fault.endswith('got "mian"')


def test_the_environment_alone_makes_no_account_live(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, BYBIT, STRATEGY, ACCOUNTS__MAIN__ENVIRONMENT="live")
    assert len(faults) == 5


@pytest.mark.parametrize("symbols", ["", "symbols = []"])
def test_a_strategy_on_a_venue_lists_its_symbols(tmp_path: Path, symbols: str) -> None:
    strategy = STRATEGY.replace('symbols = ["BTC/USDT:USDT"]', symbols)
    (fault,) = faults_of(tmp_path, BYBIT, strategy)
    assert fault.startswith("strategies.trend.symbols: required on a real venue: ")


def test_symbols_that_only_the_venue_knows_are_taken_if_they_look_like_symbols(tmp_path: Path) -> None:
    listed = STRATEGY.replace('["BTC/USDT:USDT"]', '["RARE/USDT:USDT", "BTCUSDT"]')
    (fault,) = faults_of(tmp_path, BYBIT, listed)
    assert (
        fault
        == 'strategies.trend.symbols.#2: not a unified symbol, the nearest common one is "BTC/USDT", got "BTCUSDT"'
    )


def test_a_limit_for_a_symbol_that_nobody_trades_is_a_mistake(tmp_path: Path) -> None:
    """On paper every instrument may be meant; at a venue a limit on another symbol would hold nothing."""
    limit = '[[portfolio.limits.symbols]]\nsymbol = "BTC/USDT"\nmax_position = 5\n'
    (fault,) = faults_of(tmp_path, limit, BYBIT, STRATEGY)
    assert fault.startswith('portfolio.limits.symbols."BTC/USDT".symbol: no account knows this symbol')
    known = limit.replace('"BTC/USDT"', '"BTC/USDT:USDT"')
    assert load(tmp_path, known, BYBIT, STRATEGY, '[symbols]\nMINE = "BTC/USDT:USDT"\n').symbols


@pytest.mark.parametrize(
    ("other", "is_fault"),
    [({}, True), ({"environment": '"live"'}, False), ({"api_key": '"another-key"'}, False)],
)
def test_an_account_of_a_venue_stands_in_the_configuration_once(
    tmp_path: Path, other: dict[str, str], is_fault: bool
) -> None:
    keys = {"id": '"second"', "venue": '"bybit"', "api_key": f'"{KEY}"', "api_secret": '"another-secret"', **other}
    second = "[[accounts]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    second += f'confirm_live = "second"\nlimits = {{ {LIMITS} }}\n'
    strategy = STRATEGY + 'account = "main"\n'
    if not is_fault:
        assert len(load(tmp_path, BYBIT, second, strategy).accounts) == 2
        return
    (fault,) = faults_of(tmp_path, BYBIT, second, strategy)
    assert fault == 'accounts.second.api_key: is that of "main" as well: an account of a venue stands here once'


@pytest.mark.parametrize(
    ("urls", "fault"),
    [
        ({"rest_url": "http://127.0.0.1:9000", "ws_url": "ws://localhost:9000"}, None),
        ({"rest_url": "http://[::1]:9000/"}, None),
        ({"rest_url": "https://api.bytick.com", "ws_url": "wss://stream.bytick.com"}, None),
        ({"rest_url": "http://api.bybit.com"}, "rest_url: expected https://"),
        ({"rest_url": "http://127.0.0.1.example.com"}, "rest_url: expected https://"),
        ({"rest_url": "https://a", "ws_url": "ws://10.0.0.1"}, "ws_url: expected wss://"),
        ({"rest_url": "ftp://127.0.0.1"}, "rest_url: expected an address"),
        ({"rest_url": "https://me:word@example.com"}, "rest_url: expected an address without a user"),
        ({"rest_url": "https://example.com/?a=1"}, "rest_url: expected an address without a user"),
        ({"rest_url": "https://"}, "rest_url: expected an address"),
        ({"rest_url": "http://127.0.0.1:99999"}, "rest_url: expected an address"),
        ({"ws_url": "ws://127.0.0.1:9000"}, "rest_url: required with ws_url"),
    ],
)
def test_what_carries_a_key_over_a_network_is_encrypted(
    tmp_path: Path, urls: dict[str, str], fault: str | None
) -> None:
    lines = "".join(f'{key} = "{value}"\n' for key, value in urls.items())
    if fault is None:
        assert account_in(load(tmp_path, BYBIT + lines, STRATEGY)).rest_url == urls["rest_url"].rstrip("/")
        return
    (told,) = faults_of(tmp_path, BYBIT + lines, STRATEGY)
    assert told.startswith(f"accounts.main.{fault}")
    assert "word" not in told


def test_access_has_what_the_configuration_says(tmp_path: Path) -> None:
    more: dict[str, Any] = {"leverage": 3, "dead_mans_switch_s": 60, "recv_window_s": 2.5, "send_timeout_s": 4}
    lines = "".join(f"{key} = {value}\n" for key, value in more.items()) + 'margin_mode = "isolated"\n'
    rest = 'rest_url = "http://127.0.0.1:9000"\n'
    other = STRATEGY.replace("trend", "swing").replace("BTC/USDT:USDT", "ETH/USDT:USDT")
    settings = load(tmp_path, BYBIT + lines + rest, STRATEGY, other)
    access = access_of(settings, account_in(settings))
    assert (access.account, access.venue, access.environment) == ("main", "bybit", Environment.TESTNET)
    assert access.symbols == {"BTC/USDT:USDT", "ETH/USDT:USDT"}
    assert (access.leverage, access.margin_mode) == (Decimal(3), MarginMode.ISOLATED)
    assert (access.recv_window_s, access.send_timeout_s, access.dead_mans_switch_s) == (2.5, 4, 60)
    assert not access.has_stream


def test_a_file_with_the_key_of_a_venue_should_be_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(BYBIT)
    path.chmod(0o644)
    assert "can be read by others" in (permission_warning(path) or "")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reconcile_every_s = 86400", "from 1 to 3600, got 86400"),
        ("dead_mans_switch_s = 1", "from 5 to 300, got 1"),
        ("recv_window_s = 0", "from 1 to 30, got 0"),
        ("send_timeout_s = 600", "from 1 to 60, got 600"),
        ('send_timeout_s = "5"', 'from 1 to 60, got "5"'),
    ],
)
def test_what_keeps_an_account_safe_cannot_be_put_off(tmp_path: Path, line: str, told: str) -> None:
    (fault,) = faults_of(tmp_path, f"{BYBIT}{line}\n", STRATEGY)
    assert fault == f"accounts.main.{line.partition(' ')[0]}: expected a number of seconds {told}"
