"""What `quartermaster init` writes: private, sound, and fit for a first order."""

import re
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from app.desk import build_desk
from app.initial import initial_configuration, write_initial
from app.initial_accounts import INITIAL
from app.settings import ConfigurationError, Settings, load_settings, permission_warning
from app.settings.venues import LIVE_LIMITS
from portfolio.model.signal import Size, SizeType


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "quartermaster.toml"
    write_initial(file)
    return file


def load(path: Path) -> Settings:
    return load_settings(path, {})


def test_it_loads_without_a_fault(path: Path) -> None:
    settings = load(path)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert [account.venue for account in settings.accounts] == ["paper"]
    assert settings.strategies[0].symbols == ("BTC/USDT:USDT", "ETH/USDT:USDT")


def test_only_its_owner_can_read_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert permission_warning(path) is None


def test_it_never_overwrites(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    with pytest.raises(FileExistsError, match="exists already"):
        write_initial(path)
    assert path.read_text(encoding="utf-8") == before


def test_it_does_not_follow_a_link_to_somewhere_else(tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "target.toml")
    with pytest.raises(FileExistsError):
        write_initial(link)


def test_each_file_has_secrets_of_its_own() -> None:
    assert initial_configuration() != initial_configuration()


@pytest.mark.parametrize("venue", INITIAL)
def test_its_lines_fit_a_screen(venue: str) -> None:
    assert max(len(line) for line in initial_configuration(venue).splitlines()) <= 120


def test_its_limits_admit_a_first_order_of_a_thousand(path: Path) -> None:
    settings = load(path)
    limits, account = settings.portfolio.limits.limits(), settings.accounts[0]
    equity, order = account.balances["USDT"], Decimal(1010)
    for key in ("max_order_notional", "max_position", "max_exposure", "max_net_exposure"):
        assert limits[key].most.of(equity) >= order  # type: ignore[attr-defined]
    assert limits["max_exposure"].most.of(equity) <= equity * account.leverage  # type: ignore[attr-defined]
    assert limits["max_leverage"].most <= account.leverage  # type: ignore[attr-defined]


@pytest.mark.parametrize("venue", INITIAL)
def test_each_of_its_commented_examples_is_right(tmp_path: Path, bybit: Path, venue: str) -> None:
    """A reader may take the # away from any example."""
    path = tmp_path / f"{venue}.toml"
    if venue != "bybit":
        write_initial(path, venue)
    lines = path.read_text(encoding="utf-8").splitlines()
    examples = [line for line in lines if line.startswith("# ") and (" = " in line or line.startswith("# [["))]
    for example in examples:
        lines[lines.index(example)] = example.removeprefix("# ")
    path.write_text("\n".join(lines), encoding="utf-8")
    settings = load(path)
    assert len(examples) > 10
    assert settings.symbols == {"MYBITCOIN": "BTC/USDT:USDT"}
    if venue == "paper":
        assert "PEPE/USDT:USDT" in build_desk(settings)[0].accounts["main"].instruments


@pytest.fixture
def bybit(tmp_path: Path) -> Path:
    """The file for Bybit's testnet, with a key and its secret where it says that they belong."""
    file = tmp_path / "bybit.toml"
    write_initial(file, "bybit")
    for name in ("bybit-testnet.key", "bybit-testnet.secret"):
        (tmp_path / name).write_text("not-a-real-one\n")
    return file


def test_a_real_venue_is_its_testnet_with_limits_and_without_keys(bybit: Path) -> None:
    settings = load(bybit)
    (account,) = settings.accounts
    assert (account.venue, account.environment, account.confirm_live) == ("bybit", "testnet", None)
    assert account.api_secret is not None
    assert account.api_secret.get_secret_value() == "not-a-real-one"
    assert set(LIVE_LIMITS) <= settings.portfolio.limits.limits().keys()
    assert settings.strategies[0].symbols == ("BTC/USDT:USDT", "ETH/USDT:USDT")
    assert settings.strategies[0].sizing is not None
    assert settings.strategies[0].sizing.size() == Size(Decimal(200), SizeType.NOTIONAL)


def test_without_its_keys_it_says_which_file_is_missing(tmp_path: Path) -> None:
    write_initial(tmp_path / "bybit.toml", "bybit")
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "bybit.toml")
    told = [fault.partition(": ")[0] for fault in caught.value.faults]
    assert told == ["accounts.bybit-testnet.api_key_file", "accounts.bybit-testnet.api_secret_file"]


def test_its_keys_may_come_from_the_environment_instead(bybit: Path) -> None:
    text = bybit.read_text()
    bybit.write_text("".join(line for line in text.splitlines(keepends=True) if not re.match("api_.*_file", line)))
    names = re.findall(r"QUARTERMASTER_\w+__API_\w+", text)
    settings = load_settings(bybit, dict.fromkeys(names, "from-the-environment"))
    assert len(names) == 2
    assert settings.accounts[0].api_key is not None
    assert settings.accounts[0].api_key.get_secret_value() == "from-the-environment"
