"""Which commands there are, what wrong use ends with, and how little `serve` loads."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import PLACES
from tests.unit.app.cli.conftest import Run


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, "quartermaster 0.1.0\n")


def test_help_lists_every_command(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in PLACES)


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in PLACES if name not in {"db", "bench"}),
        *(f"db {name}" for name in ("check", "backup", "upgrade", "prune")),
        "bench prices",
    ],
)
def test_every_command_takes_a_configuration(run: Run, name: str) -> None:
    result = run(*name.split(), "--help")
    assert (result.exit_code, "--config" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stats"], "there is no command stats; did you mean status?"),
        (["orders", "--bogus"], "No such option: --bogus"),
        (["orders", "--limit", "0"], "Invalid value for '--limit'"),
        (["signals", "bogus"], "No such command 'bogus'"),
        (["signals", "show"], "Missing argument"),
        (["cancel"], "Missing argument"),
        (["--config", "x.toml", "status"], "No such option: --config"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("quartermaster: ")
    assert said in result.stderr


def test_no_command_shows_the_help_and_ends_with_2(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "init" in result.stdout
    assert result.stderr == "quartermaster: a command is needed\n"


def test_serve_loads_nothing_that_only_a_client_needs() -> None:
    program = (
        "import sys; from app.cli.main import Quartermaster; Quartermaster(name='q').get_command(None, 'serve');"
        "print([m for m in ('httpx', 'app.cli.tables', 'typer.rich_utils') if m in sys.modules])"
    )
    folder = Path(__file__).parents[4]
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["serve", "status", "halt", "check", "orders", "signals"])
def test_each_fault_of_a_configuration_is_a_line_of_its_own(run: Run, config: Path, command: str) -> None:
    text = config.read_text(encoding="utf-8").replace('kind = "follow"', 'kind = "folow"')
    config.write_text(text.replace('max_order_notional = "2000"', "max_orders = 1"), encoding="utf-8")
    result = run(command)
    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout, len(lines)) == (2, "", 2)
    assert all(line.startswith("quartermaster: ") for line in lines)


def test_a_configuration_that_is_not_there_is_one_line(run: Run, tmp_path: Path) -> None:
    result = run("status", "--config", str(tmp_path / "none.toml"))
    assert result.exit_code == 2
    assert "there is no such file, `quartermaster init` writes one" in result.stderr
