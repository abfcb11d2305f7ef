"""Every block of TOML on a page is a configuration or part of one; every block of Python is a file that is tested."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from app.initial import initial_configuration
from app.settings import load_settings
from docs.uml.generate import ROOT
from strategies import registry

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_SHOWN = re.compile(r"<!-- shows (\S+) -->.*?<!-- end -->", re.DOTALL)
_OTHERS = {"build-system"}
"""The tables of files that are no configuration of a desk."""


def blocks(language: str, text: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def configurations() -> Iterator[Any]:
    for page in PAGES:
        name = page.relative_to(ROOT).as_posix()
        for number, text in enumerate(blocks("toml", page.read_text(encoding="utf-8"))):
            if not _OTHERS & tomllib.loads(text).keys():
                yield pytest.param(text, id=f"{name}-{number}")


@pytest.mark.parametrize("text", list(configurations()))
def test_a_configuration_is_sound(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = at_home(merged(tomllib.loads(initial_configuration()), tomllib.loads(text)), tmp_path)
    monkeypatch.setattr("app.settings.load.read_tables", lambda path: tree)
    point = EntryPoint("rationed", "docs.examples.rationed:Rationed", "quartermaster.strategies")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert load_settings(tmp_path / "quartermaster.toml", {}).accounts


def merged(base: dict[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """What `init` writes with the part over it; `[accounts.limits]` alone means those of the first account."""
    for key, value in part.items():
        before = base.get(key)
        if isinstance(before, list) and isinstance(value, Mapping):
            before[0] = merged(before[0], value)
        elif isinstance(before, dict) and isinstance(value, Mapping):
            base[key] = merged(before, value)
        else:
            base[key] = value
    return base


def at_home(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Strategies trade on an account that there is, and files with keys are where the accounts say."""
    ids = [account["id"] for account in tree["accounts"]]
    for strategy in tree["strategies"]:
        if strategy.get("account") not in ids:
            strategy["account"] = ids[0]
    for account in tree["accounts"]:
        for key in ("api_key_file", "api_secret_file"):
            if key in account:
                (folder / account[key]).write_text("not-a-real-one")
    return tree


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_python_on_a_page_is_shown_from_a_file_that_is_tested(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert list(blocks("python", _SHOWN.sub("", text))) == []
    for shown in _SHOWN.findall(text):
        path = ROOT / shown
        is_tested = path.name.startswith("test_") or (ROOT / f"tests/unit/docs/test_{path.stem}.py").exists()
        assert path.suffix != ".py" or is_tested
