"""`quartermaster rotate`: a new secret in the file, told where and never what."""

import stat
import tomllib
from pathlib import Path

import pytest

from tests.unit.app.cli.conftest import SECRET, TOKEN, Run


def tables(config: Path) -> dict[str, dict[str, str]]:
    return tomllib.loads(config.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("which", "section", "key", "old"),
    [("webhook", "webhook", "secret", SECRET), ("api", "server", "api_token", TOKEN)],
)
def test_the_file_has_a_new_secret_and_the_old_one_beside_it(
    run: Run, config: Path, which: str, section: str, key: str, old: str
) -> None:
    result = run("rotate", which)
    found = tables(config)[section]
    assert result.exit_code == 0
    assert found[f"previous_{key}"] == old
    assert len(found[key]) >= 40
    assert found[key] not in result.output
    assert old not in result.output
    assert f"[{section}] {key}" in result.stdout
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert run("check").exit_code == 0


def test_finishing_takes_the_old_one_out(run: Run, config: Path) -> None:
    run("rotate", "webhook")
    new = tables(config)["webhook"]["secret"]
    assert run("rotate", "webhook", "--finish").exit_code == 0
    assert tables(config)["webhook"] == {"secret": new}
    again = run("rotate", "webhook", "--finish")
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)


def test_a_rotation_that_is_not_finished_is_not_overtaken(run: Run, config: Path) -> None:
    run("rotate", "api")
    before = config.read_bytes()
    result = run("rotate", "api")
    assert (result.exit_code, config.read_bytes()) == (2, before)
    assert "--finish" in result.stderr
    assert run("rotate", "api", "--now").exit_code == 0
    assert "previous_api_token" not in tables(config)["server"]


def test_both_ends_at_once_are_wrong_use(run: Run, config: Path) -> None:
    before = config.read_bytes()
    assert run("rotate", "webhook", "--now", "--finish").exit_code == 2
    assert run("rotate", "everything").exit_code == 2
    assert config.read_bytes() == before


def test_a_secret_that_the_environment_sets_is_not_the_files_to_change(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERMASTER_WEBHOOK__SECRET", "0123456789abcdef-other")
    before = config.read_bytes()
    result = run("rotate", "webhook")
    assert (result.exit_code, config.read_bytes()) == (2, before)
    assert "QUARTERMASTER_WEBHOOK__SECRET" in result.stderr


def test_a_layout_it_does_not_know_is_left_alone(run: Run, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("[webhook]\nsecret", "[webhook]\n'secret'")
    config.write_text(text, encoding="utf-8")
    result = run("rotate", "webhook")
    assert (result.exit_code, config.read_text(encoding="utf-8")) == (2, text)
    assert "by hand" in result.stderr
