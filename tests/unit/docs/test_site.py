"""The documentation builds without a warning into a site that needs nothing from elsewhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate.codes import codes
from docs.uml.generate import ROOT

_LOADED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)\"""")
_FROM_STYLES = re.compile(r"""(?:url\(|@import\s+)["']?(https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


def loaded(page: Path) -> Iterator[str]:
    for found in _LOADED.finditer(page.read_text(encoding="utf-8")):
        yield found[1] or found[2]


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert pages
    assert [(page.name, url) for page in pages for url in loaded(page) if re.match(r"(https?:)?//", url)] == []
    styles = [sheet.name for sheet in site.rglob("*.css") if _FROM_STYLES.search(sheet.read_text(encoding="utf-8"))]
    assert styles == []


def test_every_code_can_be_looked_up(site: Path) -> None:
    page = (site / "troubleshooting.html").read_text(encoding="utf-8")
    assert [code for code in codes() if f'id="{code.lower().replace("_", "-")}"' not in page] == []


def test_what_authors_need_has_its_docstrings(site: Path) -> None:
    page = (site / "reference/python.html").read_text(encoding="utf-8")
    needed = ["portfolio.ports.View", "portfolio.ports.Strategy", "portfolio.model.intent.Wishes", "strategies.moves"]
    needed += ["portfolio.limits.limit.Limit", "portfolio.limits.proposal.Proposal", "portfolio.model.signal.Signal"]
    assert [name for name in needed if f'id="{name}' not in page and f'id="module-{name}' not in page] == []
