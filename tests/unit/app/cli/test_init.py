"""`quartermaster init`: one file, never over another, and no secret on the screen."""

from pathlib import Path

import pytest

from app.settings import load_settings
from tests.unit.app.cli.conftest import Run


def test_it_writes_one_file_and_says_where_the_secrets_are(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    path = folder / "my.toml"
    result = run("init", "--config", str(path))
    settings = load_settings(path, {})
    assert (result.exit_code, [*folder.iterdir()]) == (0, [path])
    assert "[webhook] secret and [server] api_token" in result.stdout
    assert settings.webhook.secret.get_secret_value() not in result.output
    assert settings.server.api_token.get_secret_value() not in result.output


def test_it_leaves_a_file_that_is_there(run: Run, config: Path) -> None:
    before = config.read_bytes()
    result = run("init", "--config", str(config))
    assert (result.exit_code, config.read_bytes()) == (2, before)
    assert result.stderr == f"quartermaster: {config} exists already and was left as it is\n"


def test_it_makes_no_folder(run: Run, tmp_path: Path) -> None:
    result = run("init", "--config", str(tmp_path / "none" / "q.toml"))
    assert (result.exit_code, (tmp_path / "none").exists()) == (2, False)
    assert result.stderr.endswith("none/q.toml: No such file or directory\n")


def test_it_writes_one_for_a_real_venue_and_says_where_the_keys_belong(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    result = run("init", "--venue", "bybit", "--config", str(path))
    assert result.exit_code == 0
    assert "bybit-testnet.key and bybit-testnet.secret" in result.stdout
    assert f"then: quartermaster check --config {path}" in result.stdout
    assert 'environment = "testnet"' in path.read_text()


@pytest.mark.parametrize(
    ("venue", "told"),
    [
        ("bitmex", 'bitmex closed on 2026-09-23; use venue = "bybit" instead'),
        ("bibit", "no configuration for bibit; did you mean bybit?"),
    ],
)
def test_it_writes_none_for_a_venue_that_cannot_be_traded(run: Run, tmp_path: Path, venue: str, told: str) -> None:
    result = run("init", "--venue", venue, "--config", str(tmp_path / "desk.toml"))
    assert (result.exit_code, result.stderr) == (2, f"quartermaster: {told}\n")
    assert not (tmp_path / "desk.toml").exists()
