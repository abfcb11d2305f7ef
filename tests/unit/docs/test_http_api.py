"""docs/http-api.md has every route, every code and every kind of event."""

import re
from pathlib import Path

import pytest

from app.bootstrap import build_service
from app.initial import write_initial
from app.settings import load_settings
from app.storage.preparing import prepare
from app.web import create_app
from docs.generate.codes import codes_in_sources, sources
from docs.uml.generate import ROOT
from portfolio.limits.registry import LIMITS
from portfolio.model.event import EventKind

PAGE = (ROOT / "docs/http-api.md").read_text(encoding="utf-8")


def routes(tmp_path: Path) -> set[tuple[str, str]]:
    path = tmp_path / "quartermaster.toml"
    write_initial(path)
    settings = load_settings(path, {})
    prepare(settings.database_path)
    app = create_app(build_service(settings))
    return {
        (method, _nameless(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_told(tmp_path: Path) -> None:
    told = _nameless(" ".join(PAGE.split()))
    missing = [f"{method} {route}" for method, route in routes(tmp_path) if f"`{method} {route}`" not in told]
    assert missing == []


def _nameless(text: str) -> str:
    """A parameter of a route by whatever name."""
    return re.sub(r"<[\w:]+>", "<>", text)


@pytest.mark.parametrize("code", sorted(codes_in_sources()))
def test_every_code_is_told(code: str) -> None:
    assert f"`{code}`" in PAGE


@pytest.mark.parametrize("key", LIMITS)
def test_every_limit_is_told_as_a_reason(key: str) -> None:
    assert f"`{key.upper()}`" in PAGE


def test_every_kind_of_event_that_occurs_is_told() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in sources("portfolio") if file.name != "event.py")
    used = [kind.value for name, kind in EventKind.__members__.items() if f"EventKind.{name}" in text]
    assert used
    assert [kind for kind in used if f"`{kind}`" not in PAGE] == []
