"""Links between pages lead to headings that are there: as a code host reads them, and from the README as well."""

import re
from pathlib import Path

import pytest

from docs.uml.generate import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What a code host makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_its_links_lead_to_headings(page: Path) -> None:
    broken = []
    for target in _LINK.findall(text_of(page)):
        place, _, anchor = target.partition("#")
        if anchor and "://" not in target and anchor not in anchors(page.parent / place if place else page):
            broken.append(target)
    assert broken == []


def test_no_page_needs_the_network() -> None:
    remote = [page.name for page in PAGES if re.search(r"!\[[^]]*\]\(https?:", page.read_text(encoding="utf-8"))]
    assert remote == []
