"""What `quartermaster init` writes: private, sound, and fit for a first order."""

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from app.desk import build_desk
from app.initial import initial_configuration, write_initial
from app.settings import Settings, load_settings, permission_warning


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


def test_its_lines_fit_a_screen() -> None:
    assert max(len(line) for line in initial_configuration().splitlines()) <= 120


def test_its_limits_admit_a_first_order_of_a_thousand(path: Path) -> None:
    settings = load(path)
    limits, account = settings.portfolio.limits.limits(), settings.accounts[0]
    equity, order = account.balances["USDT"], Decimal(1010)
    for key in ("max_order_notional", "max_position", "max_exposure", "max_net_exposure"):
        assert limits[key].most.of(equity) >= order  # type: ignore[attr-defined]
    assert limits["max_exposure"].most.of(equity) <= equity * account.leverage  # type: ignore[attr-defined]
    assert limits["max_leverage"].most <= account.leverage  # type: ignore[attr-defined]


def test_each_of_its_commented_examples_is_right(path: Path) -> None:
    """A reader may take the # away from any example."""
    lines = path.read_text(encoding="utf-8").splitlines()
    examples = [line for line in lines if line.startswith("# ") and (" = " in line or line.startswith("# [["))]
    for example in examples:
        lines[lines.index(example)] = example.removeprefix("# ")
    path.write_text("\n".join(lines), encoding="utf-8")
    settings = load(path)
    assert len(examples) > 10
    assert settings.symbols == {"MYBITCOIN": "BTC/USDT:USDT"}
    assert "PEPE/USDT:USDT" in build_desk(settings)[0].accounts["main"].instruments
