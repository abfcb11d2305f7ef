"""What a configuration may say, and that everything wrong with it is told at once."""

from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.settings import ConfigurationError, Settings, load_settings, permission_warning

SECRET = "the-webhook-secret-0123456789"
TOKEN = "the-api-token-0123456789-abcdef"
SERVER = f'[server]\napi_token = "{TOKEN}"\n'
WEBHOOK = f'[webhook]\nsecret = "{SECRET}"\n'
ACCOUNT = '[[accounts]]\nid = "main"\nvenue = "paper"\nbalances = { USDT = "10000" }\n'
STRATEGY = '[[strategies]]\nid = "trend"\nkind = "follow"\nsymbols = ["BTC/USDT:USDT"]\n'


def load(folder: Path, *sections: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text("\n".join(sections), encoding="utf-8")
    return load_settings(path, {})


def faults_of(folder: Path, *sections: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, *sections)
    return caught.value.faults


def desk(server: str = "", webhook: str = "", account: str = "", strategy: str = "", more: str = "") -> str:
    """A sound configuration with lines added to its sections."""
    return "\n".join((SERVER, server, WEBHOOK, webhook, ACCOUNT, account, STRATEGY, strategy, more))


def test_the_least_configuration_has_the_documented_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, desk())
    assert (settings.server.host, settings.server.port, settings.server.trusted_proxies) == ("127.0.0.1", 8080, ())
    webhook = settings.webhook
    assert [webhook.max_age_s, webhook.dedup_window_s, webhook.id_window_s] == [300, 30, 86400]
    assert webhook.max_body_bytes == 65536
    account = settings.accounts[0]
    assert [account.leverage, account.send_within_s, account.slippage] == [1, 30, 0]
    assert (account.fees.maker, account.fees.taker) == (Decimal("0.0002"), Decimal("0.00055"))
    assert settings.portfolio.currency == "USDT"
    assert settings.account_of(settings.strategies[0]) == "main"


def test_numbers_stay_exact(tmp_path: Path) -> None:
    account = 'leverage = 2.10\nslippage = "0.05%"\nfees = { maker = 0.0001, taker = "0.1%" }'
    read = load(tmp_path, desk(account=account)).accounts[0]
    assert str(read.leverage) == "2.10"
    assert read.slippage == Decimal("0.0005")
    assert (read.fees.maker, read.fees.taker) == (Decimal("0.0001"), Decimal("0.001"))


def test_a_paper_account_fills_funds_and_charges_as_it_is_told(tmp_path: Path) -> None:
    account = 'fill_ratio = "40%"\nfunding_rate = "-0.01%"\nfunding_interval_h = 4\nfees = { spot = "base" }'
    read = load(tmp_path, desk(account=account)).accounts[0]
    assert (read.fill_ratio, read.funding_rate, read.funding_interval_h) == (Decimal("0.4"), Decimal("-0.0001"), 4)
    assert read.fees.spot == "base"


def test_addresses_and_ranges_are_networks(tmp_path: Path) -> None:
    settings = load(tmp_path, desk(webhook='allowed_ips = ["52.89.214.238", "10.0.0.0/8", "::1"]'))
    assert settings.webhook.allowed_ips == (
        ip_network("52.89.214.238/32"),
        ip_network("10.0.0.0/8"),
        ip_network("::1/128"),
    )


def test_a_relative_database_path_counts_from_the_configurations_folder(tmp_path: Path) -> None:
    assert load(tmp_path, desk()).database_path == tmp_path / "quartermaster.db"
    absolute = load(tmp_path, desk(more='[database]\nurl = "sqlite+aiosqlite:////var/lib/desk.db"'))
    assert absolute.database_path == Path("/var/lib/desk.db")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        '[server]\napi_token = "short"\nport = 70000\nprot = 1\n',
        '[webhook]\nmax_age_s = "soon"\nallowed_ips = ["10.0.0.1/8"]\n',
        '[portfolio.limits]\nmax_exposure = "-1"\nmax_exposre = "5"\n',
        '[[accounts]]\nid = "main"\nvenue = "bibyt"\nleverage = 0\n',
        '[[strategies]]\nid = "a"\nkind = "folow"\naccount = "mian"\nsymbols = ["BTCUSDT"]\n',
    )
    keys = [fault.partition(": ")[0] for fault in faults]
    assert keys == [
        "server.api_token",
        "server.port",
        "server.prot",
        "webhook.secret",
        "webhook.allowed_ips.#1",
        "webhook.max_age_s",
        "portfolio.limits.max_exposure",
        "portfolio.limits.max_exposre",
        "accounts.main.venue",
        "accounts.main.leverage",
        "strategies.a.symbols.#1",
        "strategies.a.account",
        "strategies.a.kind",
    ]


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ({"server": "prot = 1"}, "server.prot: unknown key, the nearest known one is server.port"),
        (
            {"server": "id_window_s = 5"},
            "server.id_window_s: unknown key, the nearest known one is webhook.id_window_s",
        ),
        (
            {"more": "[portfolio]\nmax_position = 5"},
            "portfolio.max_position: unknown key, the nearest known one is portfolio.limits.max_position",
        ),
        (
            {"account": "fees = { takr = 0 }"},
            "accounts.main.fees.takr: unknown key, the nearest known one is accounts.main.fees.taker",
        ),
        (
            {"strategy": "symbol = 5"},
            "strategies.trend.symbol: unknown key, the nearest known one is strategies.trend.symbols",
        ),
        ({"more": "[webhok]\na = 1"}, "webhok: unknown key, the nearest known one is webhook"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, added: dict[str, str], fault: str) -> None:
    assert faults_of(tmp_path, desk(**added)) == (fault,)


@pytest.mark.parametrize(
    ("added", "key", "got"),
    [
        ({"server": 'port = "8080"'}, "server.port", '"8080"'),
        ({"server": "port = true"}, "server.port", "true"),
        ({"server": "port = 0"}, "server.port", "0"),
        ({"server": "host = 5"}, "server.host", "5"),
        ({"server": 'trusted_proxies = "10.0.0.1"'}, "server.trusted_proxies", '"10.0.0.1"'),
        ({"webhook": "max_age_s = nan"}, "webhook.max_age_s", "NaN"),
        ({"webhook": "max_age_s = inf"}, "webhook.max_age_s", "Infinity"),
        ({"webhook": 'max_age_s = "300"'}, "webhook.max_age_s", '"300"'),
        ({"webhook": "max_body_bytes = 1.5"}, "webhook.max_body_bytes", "1.5"),
        ({"webhook": "dedup_window_s = -1"}, "webhook.dedup_window_s", "-1"),
        ({"account": "leverage = -1"}, "accounts.main.leverage", "-1"),
        ({"account": "leverage = true"}, "accounts.main.leverage", "true"),
        ({"account": "leverage = 1e999999"}, "accounts.main.leverage", "1E+999999"),
        ({"account": "slippage = 1"}, "accounts.main.slippage", "1"),
        ({"account": 'fees = { spot = "coins" }'}, "accounts.main.fees.spot", '"coins"'),
        ({"account": "fill_ratio = 0"}, "accounts.main.fill_ratio", "0"),
        ({"account": "fill_ratio = 0.009"}, "accounts.main.fill_ratio", "0.009"),
        ({"account": 'fill_ratio = "101%"'}, "accounts.main.fill_ratio", '"101%"'),
        ({"account": "funding_rate = -1"}, "accounts.main.funding_rate", "-1"),
        ({"account": "funding_interval_h = 5"}, "accounts.main.funding_interval_h", "5"),
        ({"account": "funding_interval_h = true"}, "accounts.main.funding_interval_h", "true"),
        ({"account": "limits = 5"}, "accounts.main.limits", "a number"),
        ({"account": "limits = { max_position = true }"}, "accounts.main.limits.max_position", "true"),
        ({"account": "limits = { max_open_orders = 1.5 }"}, "accounts.main.limits.max_open_orders", "1.5"),
        ({"strategy": 'shared = "no"'}, "strategies.trend.shared", '"no"'),
        ({"strategy": 'sizing = { quantity = "5 %" }'}, "strategies.trend.sizing.quantity", '"5 %"'),
        ({"more": "[portfolio]\ncurrency = 5"}, "portfolio.currency", "5"),
    ],
)
def test_a_wrong_value_is_named_and_shown(tmp_path: Path, added: dict[str, str], key: str, got: str) -> None:
    (fault,) = faults_of(tmp_path, desk(**added))
    assert fault.startswith(f"{key}: expected ")
    assert fault.endswith(f", got {got}")


def test_an_unknown_venue_names_the_nearest(tmp_path: Path) -> None:
    account = ACCOUNT.replace("paper", "bibyt")
    expected = 'accounts.main.venue: unknown venue, the nearest known one is "bybit", got "bibyt"'
    assert faults_of(tmp_path, SERVER, WEBHOOK, account, STRATEGY) == (expected,)


def test_limits_are_read_at_every_level(tmp_path: Path) -> None:
    more = """
    [strategies.limits]
    max_order_notional = 650
    [[strategies.limits.symbols]]
    symbol = "BTC/USDT:USDT"
    max_position = "25%"
    [portfolio.limits]
    price_collar = 0.01
    max_open_orders = 5
    """
    settings = load(tmp_path, desk(more=more))
    assert list(settings.portfolio.limits.limits()) == ["max_open_orders", "price_collar"]
    strategy = settings.strategies[0].limits
    assert list(strategy.limits()) == ["max_order_notional"]
    assert list(strategy.symbols[0].limits()) == ["max_position"]


def test_a_share_and_units_cannot_both_be_the_size(tmp_path: Path) -> None:
    sizing = 'sizing = { quantity = "5%", quantity_type = "units" }'
    (fault,) = faults_of(tmp_path, desk(strategy=sizing))
    assert fault.startswith("strategies.trend.sizing: ")


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "[server]\nport =\n")
    assert "line 2" in fault


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="`quartermaster init`"):
        load_settings(tmp_path / "none.toml", {})


def test_a_folder_or_foreign_bytes_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path, {})
    path = tmp_path / "latin.toml"
    path.write_bytes(b'a = "\xff"')
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_settings(path, {})


def test_the_fingerprint_is_of_what_is_meant_not_of_how_it_is_written(tmp_path: Path) -> None:
    first = load(tmp_path, desk(account="leverage = 2")).fingerprint()
    assert len(first) == 16
    assert load(tmp_path, desk(account='leverage = "2.0"')).fingerprint() == first
    assert load(tmp_path, desk(account="leverage = 3")).fingerprint() != first


def test_the_fingerprint_does_not_know_the_secrets(tmp_path: Path) -> None:
    other = desk().replace(SECRET, SECRET[::-1]).replace(TOKEN, TOKEN[::-1])
    assert load(tmp_path, other).fingerprint() == load(tmp_path, desk()).fingerprint()


def test_a_file_with_secrets_that_others_can_read_gets_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(desk(), encoding="utf-8")
    path.chmod(0o644)
    assert "chmod 600" in (permission_warning(path) or "")
    path.chmod(0o600)
    assert permission_warning(path) is None
    path.write_text("[server]\nport = 1", encoding="utf-8")
    path.chmod(0o644)
    assert permission_warning(path) is None


def test_addresses_can_be_named_by_a_preset(tmp_path: Path) -> None:
    settings = load(tmp_path, desk(webhook='allowed_ips = ["tradingview", "10.0.0.0/8", "loopback"]'))
    assert [str(one) for one in settings.webhook.allowed_ips] == ["tradingview", "10.0.0.0/8", "loopback"]
    (fault,) = faults_of(tmp_path, desk(webhook='allowed_ips = ["tradingviw"]'))
    assert fault.startswith("webhook.allowed_ips.#1: expected an address")
    assert '"tradingview"' in fault


def test_files_of_tls_count_from_the_configurations_folder(tmp_path: Path) -> None:
    server = 'tls_cert = "tls/full.pem"\ntls_key = "/etc/key.pem"\ntls_client_ca = "ca.pem"'
    settings = load(tmp_path, desk(server=server))
    assert settings.tls is not None
    assert settings.tls.cert == tmp_path / "tls/full.pem"
    assert settings.tls.key == Path("/etc/key.pem")
    assert settings.tls.client_ca == tmp_path / "ca.pem"
    assert settings.server.address.startswith("https://")
    assert load(tmp_path, desk()).tls is None


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        ('tls_cert = "a"', "server.tls_key: required with server.tls_cert"),
        ('tls_key = "a"', "server.tls_cert: required with server.tls_key"),
        ('tls_client_ca = "a"', "server.tls_cert: required with server.tls_client_ca"),
        ('previous_api_token = "short"', "server.previous_api_token: expected at least 16 characters, got 5"),
        ('forwarding_header = "X-Real-IP"', "server.forwarding_header: expected X-Forwarded-For or Forwarded"),
        ("max_requests_per_minute = -1", "server.max_requests_per_minute: expected a whole number"),
    ],
)
def test_settings_of_the_network_that_cannot_be_are_told(tmp_path: Path, server: str, fault: str) -> None:
    (line,) = faults_of(tmp_path, desk(server=server))
    assert line.startswith(fault)


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("{}", "webhook.client_subject: expected at least one field"),
        ('{ commonName = "x" }', "webhook.client_subject.commonName: expected one of CN, O,"),
        ('{ CN = "" }', "webhook.client_subject.CN: expected text"),
    ],
)
def test_a_subject_must_ask_for_something(tmp_path: Path, subject: str, fault: str) -> None:
    (line,) = faults_of(tmp_path, desk(webhook=f"client_subject = {subject}"))
    assert line.startswith(fault)


def test_a_rotation_changes_no_fingerprint_and_a_limit_of_requests_does(tmp_path: Path) -> None:
    before = load(tmp_path, desk()).fingerprint()
    rotated = desk(
        server='previous_api_token = "the-token-before-this"', webhook='previous_secret = "secret-before-this"'
    )
    assert load(tmp_path, rotated).fingerprint() == before
    assert load(tmp_path, desk(webhook="max_requests_per_minute = 5")).fingerprint() != before
