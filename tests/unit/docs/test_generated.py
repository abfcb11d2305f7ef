"""Generated pages are what the code says now, and every code has a cause and a remedy."""

import re

import pytest

from app.cli.main import PLACES
from docs.generate.codes import advice, codes
from docs.generate.command_line import commands
from docs.generate.pages import DOCS, PAGES, generated


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == generated(name), "run `make pages`"


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_has_a_cause_and_a_remedy(code: str) -> None:
    told = advice().get(code)
    assert told is not None, "say in docs/reference/codes.toml why it happens and what to do"
    assert told.met
    assert told.cause.endswith(".")
    assert told.remedy.endswith(".")


def test_nothing_is_explained_that_is_no_code() -> None:
    assert sorted(set(advice()) - codes()) == []


def test_every_code_is_found_by_its_anchor() -> None:
    headings = re.findall(r"^### (\w+)$", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(codes())


def test_every_command_and_each_of_its_options_says_what_it_does() -> None:
    assert set(PLACES) <= set(commands())
    unhelpful = [
        f"{name} {parameter.opts[0]}"
        for name, command in commands().items()
        for parameter in command.params
        if not parameter.help
    ]
    assert unhelpful == []
    assert [name for name, command in commands().items() if not command.help] == []
