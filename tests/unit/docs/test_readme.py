"""The front page promises what there is, and every link leads somewhere."""

import re
import tomllib
from pathlib import Path

import pytest

from app.cli.main import PLACES
from app.initial import write_initial
from app.intake.canonical import FIELDS
from app.serving import announcement
from app.settings import load_settings
from docs.uml.generate import ROOT
from portfolio.limits.registry import LIMITS
from strategies.registry import BUILT_IN

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def first_cells(heading: str) -> list[str]:
    """What the first column of the table under the heading names."""
    section = re.split(r"^## ", README.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)", cell)]


def test_it_shows_the_command_that_serve_prints(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    write_initial(path)
    printed = announcement(load_settings(path, {}), Path("quartermaster.toml"))
    command = next(line for line in printed.splitlines() if "curl" in line)
    assert command[command.index("curl") :] in README


def test_it_lists_the_fields_of_an_alert() -> None:
    assert sorted(first_cells("An alert")) == sorted({"secret", *FIELDS})


def test_it_lists_the_limits() -> None:
    assert first_cells("Limits") == list(LIMITS)


def test_it_lists_the_strategies() -> None:
    assert sorted(first_cells("Strategies")) == sorted(BUILT_IN)


def test_it_lists_the_commands() -> None:
    assert sorted(first_cells("Command line")) == sorted(PLACES)


def test_its_configuration_works(tmp_path: Path) -> None:
    text = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0]
    path = tmp_path / "quartermaster.toml"
    path.write_text(text, encoding="utf-8")
    assert load_settings(path, {}).accounts[0].venue == tomllib.loads(text)["accounts"][0]["venue"]


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_its_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []
