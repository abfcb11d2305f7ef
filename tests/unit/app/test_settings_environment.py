"""Every key can come from the environment, which wins over the file."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from app.settings import ConfigurationError, Settings, load_settings

FILE = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
[[accounts]]
id = "main"
venue = "paper"
balances = { USDT = 1000 }
[[accounts.instruments]]
symbol = "NEW/USDT:USDT"
lot = 1
tick = 1
[symbols]
Mine = "BTC/USDT:USDT"
[[strategies]]
id = "my-trend"
kind = "follow"
account = "main"
symbols = ["BTC/USDT:USDT"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "quartermaster.toml"
    file.write_text(FILE, encoding="utf-8")
    return file


def load(path: Path, **variables: str) -> Settings:
    return load_settings(path, {f"QUARTERMASTER_{name}": value for name, value in variables.items()})


def faults_of(path: Path, **variables: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, **variables)
    return caught.value.faults


def test_a_section_key_is_overridden(path: Path) -> None:
    settings = load(path, SERVER__PORT="9000", PORTFOLIO__LIMITS__MAX_EXPOSURE="25%", WEBHOOK__MAX_AGE_S="60")
    assert [settings.server.port, settings.webhook.max_age_s] == [9000, 60]
    assert settings.portfolio.limits.max_exposure == "25%"  # type: ignore[attr-defined]


def test_tables_with_an_id_are_merged_by_it(path: Path) -> None:
    settings = load(
        path,
        ACCOUNTS__MAIN__LEVERAGE="3",
        ACCOUNTS__MAIN__BALANCES__USDT="5000",
        ACCOUNTS__MAIN__FEES__TAKER="0.1%",
        STRATEGIES__MY_TREND__LIMITS__MAX_POSITION="500",
    )
    (account,) = settings.accounts
    assert [account.leverage, account.balances["USDT"]] == [3, 5000]
    assert list(settings.strategies[0].limits.limits()) == ["max_position"]


def test_an_id_that_the_file_does_not_have_makes_a_table(path: Path) -> None:
    settings = load(path, ACCOUNTS__SECOND__VENUE="paper", ACCOUNTS__SECOND__BALANCES__USDT="5")
    assert [account.id for account in settings.accounts] == ["main", "second"]


def test_a_table_made_by_mistake_names_the_variable(path: Path) -> None:
    faults = faults_of(path, ACCOUNTS__MIAN__LEVERAGE="3")
    assert "accounts.mian.venue: required (set by QUARTERMASTER_ACCOUNTS__MIAN__LEVERAGE)" in faults


@pytest.mark.parametrize("text", ["10.0.0.1, 10.1.0.0/16", '["10.0.0.1", "10.1.0.0/16"]'])
def test_a_list_is_json_or_separated_by_commas(path: Path, text: str) -> None:
    settings = load(path, WEBHOOK__ALLOWED_IPS=text)
    assert settings.webhook.allowed_ips == (ip_network("10.0.0.1"), ip_network("10.1.0.0/16"))


def test_a_list_of_tables_is_json_and_merged(path: Path) -> None:
    text = '[{"symbol": "NEW/USDT:USDT", "lot": "2"}, {"symbol": "B/USDT:USDT", "lot": 1, "tick": 0.5}]'
    settings = load(path, ACCOUNTS__MAIN__INSTRUMENTS=text)
    assert [(str(item.lot), str(item.tick)) for item in settings.accounts[0].instruments] == [("2", "1"), ("1", "0.5")]


def test_a_table_with_a_symbol_is_found_by_its_letters(path: Path) -> None:
    settings = load(path, ACCOUNTS__MAIN__INSTRUMENTS__NEW_USDT_USDT__LOT="7")
    assert settings.accounts[0].instruments[0].lot == 7


def test_own_names_of_symbols_come_from_the_environment_too(path: Path) -> None:
    settings = load(path, SYMBOLS__MINE="ETH/USDT:USDT", SYMBOLS__OTHER__NAME="SOL/USDT:USDT")
    assert settings.symbols == {"Mine": "ETH/USDT:USDT", "OTHER__NAME": "SOL/USDT:USDT"}


def test_the_path_of_the_configuration_is_no_setting(path: Path) -> None:
    assert load(path, CONFIG="/elsewhere.toml") == load(path)


def test_other_variables_are_none_of_ours(path: Path) -> None:
    assert load_settings(path, {"PORT": "1", "QUARTER": "2"}) == load(path)


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("SERVER__PROT", "SERVER__PORT"),
        ("SERVER_PORT", "SERVER__PORT"),
        ("SERVR__PORT", "SERVER__PORT"),
        ("PORT", "SERVER__PORT"),
        ("SERVER__PORT__MORE", "SERVER__PORT"),
        ("ACCOUNTS__MAIN__LEVERGE", "ACCOUNTS__MAIN__LEVERAGE"),
        ("STRATEGIES__MY_TREND__KNID", "STRATEGIES__MY_TREND__KIND"),
    ],
)
def test_an_unknown_variable_names_the_nearest(path: Path, variable: str, nearest: str) -> None:
    assert faults_of(path, **{variable: "1"}) == (
        f"QUARTERMASTER_{variable}: unknown variable, the nearest known one is QUARTERMASTER_{nearest}",
    )


def test_the_key_of_a_venue_on_paper_is_refused_by_its_variable(path: Path) -> None:
    (fault,) = faults_of(path, ACCOUNTS__MAIN__API_SECRET="hunter2hunter2hunter2")
    assert fault.startswith("accounts.main.api_secret: is for a real venue")
    assert fault.endswith("(set by QUARTERMASTER_ACCOUNTS__MAIN__API_SECRET)")
    assert "hunter2" not in fault


def test_a_wrong_value_names_its_variable(path: Path) -> None:
    assert faults_of(path, SERVER__PORT="many") == (
        'server.port: expected a whole number from 1 to 65535, got "many" (set by QUARTERMASTER_SERVER__PORT)',
    )


def test_a_whole_table_is_no_value(path: Path) -> None:
    (fault,) = faults_of(path, WEBHOOK="hunter2")
    assert fault.startswith("QUARTERMASTER_WEBHOOK: is a table")


def test_one_key_has_one_variable(path: Path) -> None:
    (fault,) = faults_of(path, SERVER__PORT="1", server__port="2")
    assert fault == "QUARTERMASTER_server__port: sets the same key as QUARTERMASTER_SERVER__PORT"


def test_secrets_may_come_from_the_environment_alone(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(FILE.replace("api_token", "# ").replace("secret", "# "), encoding="utf-8")
    settings = load(file, SERVER__API_TOKEN="[a-token-like-json", WEBHOOK__SECRET="a-secret-of-its-own")
    assert settings.webhook.secret.get_secret_value() == "a-secret-of-its-own"
