"""What pages show is what the files are, and the order states are those of the code."""

import re
from pathlib import Path

import pytest

from docs.uml.generate import ORDER_STATES, PAGES, ROOT, order_states, refreshed
from portfolio.model.order import TRANSITIONS, OrderStatus

PAGE_NAMES = [page.name for page in PAGES]


def test_the_order_states_are_those_of_the_code() -> None:
    assert ORDER_STATES.read_text(encoding="utf-8") == order_states(), "run `make diagrams`"


def test_the_drawing_has_every_state_and_every_arrow() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+)$", order_states(), re.MULTILINE)
    assert sorted(arrows) == sorted((state, after) for state in TRANSITIONS for after in TRANSITIONS[state])
    assert all(state in order_states() for state in OrderStatus)


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_a_page_shows_its_files_as_they_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run `make diagrams`"


def test_every_diagram_is_shown_in_the_architecture() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    diagrams = sorted((ROOT / "docs/uml").glob("*.mmd"))
    assert diagrams
    assert all(f"<!-- shows docs/uml/{diagram.name} -->" in page for diagram in diagrams)


def test_an_outdated_copy_is_noticed() -> None:
    page = "<!-- shows docs/uml/context.mmd -->\n```mermaid\nflowchart LR\n```\n<!-- end -->\n"
    assert refreshed(page) != page
    assert refreshed(refreshed(page)) == refreshed(page)
