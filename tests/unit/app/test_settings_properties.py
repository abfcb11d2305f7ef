"""Whatever a file or the environment holds: sound settings or clear faults, and never a secret on display."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import ConfigurationError, Settings, load_settings
from app.settings.keys import known_keys
from app.settings.kinds import find_kinds

SOUND = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
[[accounts]]
id = "main"
venue = "paper"
balances = { USDT = 1000 }
[[strategies]]
id = "trend"
kind = "follow"
"""
_TREE = {"accounts": [{"id": "main"}], "strategies": [{"id": "trend", "kind": "follow"}]}
_KEYS = sorted({"__".join(keys).upper() for keys in known_keys(_TREE, find_kinds()[0])})
_NAMES = st.one_of(
    st.sampled_from(_KEYS),
    st.lists(st.sampled_from(["SERVER", "ACCOUNTS", "MAIN", "LIMITS", "SYMBOLS", "ID", "X", ""]), max_size=5).map(
        "__".join
    ),
    st.text(max_size=20),
)
_VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["1", "-1", "NaN", "true", "[", "[]", "[[1]]", '[{"id": "main"}]', '[{"symbol": 5}]', "9" * 5000]),
)
_LINES = """
[server]
[[accounts]]
[accounts]
[portfolio.limits]
[[portfolio.limits.symbols]]
[symbols]
[[strategies]]
[strategies.sizing]
id = "main"
kind = "follow"
port = 8080
max_position = nan
leverage = 1e400
limits = []
symbols = [1, {}]
balances = 5
instruments = [{symbol = []}]
fees = 1979-05-27
sizing = true
account = []
webhook = 1
x = [[[[]]]]
""".splitlines()
_WORDS = st.sampled_from([*_LINES, "0 = 0x" + "f" * 4000])


def outcome(text: str, environ: dict[str, str]) -> Settings | ConfigurationError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quartermaster.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            return load_settings(path, environ)
        except ConfigurationError as error:
            return error


def is_told_in_lines(result: Settings | ConfigurationError) -> bool:
    return isinstance(result, Settings) or all(
        fault.isprintable() and len(fault) < 2000 and ": " in fault for fault in result.faults
    )


@given(st.dictionaries(_NAMES.map("QUARTERMASTER_".__add__), _VALUES, max_size=6))
def test_any_environment_gives_settings_or_faults(environ: dict[str, str]) -> None:
    assert is_told_in_lines(outcome(SOUND, environ))


@given(st.lists(_WORDS, max_size=12).map("\n".join))
def test_any_tables_give_settings_or_faults(text: str) -> None:
    result = outcome(text, {})
    assert isinstance(result, ConfigurationError)
    assert is_told_in_lines(result)


@given(st.text(max_size=200))
def test_any_text_gives_settings_or_faults(text: str) -> None:
    assert is_told_in_lines(outcome(text, {}))


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 1e" + "9" * 30])
def test_monstrous_values_are_faults(text: str) -> None:
    assert isinstance(outcome(text, {}), ConfigurationError)


@given(st.text(alphabet="abcXYZ019-_!", min_size=1, max_size=40).map("zq-".__add__))
def test_a_secret_is_never_shown(secret: str) -> None:
    text = SOUND.replace("0123456789abcdef-secret", secret).replace("0123456789abcdef-token", secret)
    variables = {"QUARTERMASTER_WEBHOOK__SECRET": secret, "QUARTERMASTER_WEBHOOK__SECERT": secret}
    for result in (outcome(text, {}), outcome(SOUND, variables)):
        assert isinstance(result, ConfigurationError)
        assert secret not in f"{result} {result!r} {result.faults}"
    settings = outcome(SOUND.replace("0123456789abcdef-secret", secret + "0123456789abcdef"), {})
    assert isinstance(settings, Settings)
    assert secret not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('[webhook]\nsecret = ["hunter2hunter2hunter2"]', "webhook.secret"),
        ('[webhook.secret]\nvalue = "hunter2hunter2hunter2"', "webhook.secret"),
        ('webhook = "hunter2hunter2hunter2"', "webhook"),
        ('[webhook]\nsecert = "hunter2hunter2hunter2"', "webhook.secert"),
        ('[database]\nurl = "postgresql://me:hunter2@host/db"', "database.url"),
        ('[[accounts]]\nid = "a"\nvenue = "paper"\napi_secret = "hunter2hunter2"', "accounts.a.api_secret"),
        ('[[accounts]]\nid = "a"\nvenue = "bybit"\napi_secret = "hunter2 hunter2"', "accounts.a.api_secret"),
        ('[[accounts]]\nid = "a"\nvenue = "bybit"\napi_key = ["hunter2"]', "accounts.a.api_key"),
        ('[[accounts]]\nid = "a"\nvenue = "bybit"\napi_secrt = "hunter2"', "accounts.a.api_secrt"),
    ],
)
def test_a_misplaced_secret_is_not_shown_either(line: str, key: str) -> None:
    result = outcome(line, {})
    assert isinstance(result, ConfigurationError)
    assert any(fault.startswith(f"{key}: ") for fault in result.faults)
    assert "hunter2" not in str(result)


@pytest.mark.parametrize("key", ["max_wrong_secrets", "wrong_secrets_window_s"])
def test_a_number_of_secrets_is_none(key: str) -> None:
    result = outcome(f"[server]\n{key} = -3", {})
    assert isinstance(result, ConfigurationError)
    assert any(fault.startswith(f"server.{key}: ") and fault.endswith(", got -3") for fault in result.faults)
