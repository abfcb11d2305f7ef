"""docs/configuration.md has every key there is, with its default."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo

from app.settings.keys import NOT_YET
from app.settings.model import LimitTable, Settings
from app.settings.shape import rows_of, table_of
from app.settings.table import Table
from docs.uml.generate import ROOT
from portfolio.limits.registry import LIMITS
from portfolio.model.decimals import plain
from strategies.registry import BUILT_IN, parameters_of

PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| (.+?) \|", PAGE, re.MULTILINE))
REQUIRED = "required"


def keys_of(model: type[Table], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every key that can be set, with its default as the page writes it; limits are told once for all scopes."""
    for name, field in model.model_fields.items():
        inner = table_of(field) or rows_of(field)
        if inner is not None and issubclass(inner, LimitTable):
            yield f"{prefix}{name}", "none"
        elif inner is not None:
            yield from keys_of(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", default_of(field)


def default_of(field: FieldInfo) -> str:
    return REQUIRED if field.is_required() else written(field.get_default(call_default_factory=True))


def written(default: Any) -> str:
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Decimal):
        return f"`{plain(default)}`"
    if isinstance(default, tuple | Mapping) and not default:
        return "`{}`" if isinstance(default, Mapping) else "`[]`"
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default}`"


def test_every_key_is_told_with_its_default() -> None:
    settings = dict(keys_of(Settings))
    parameters = {
        f"strategies.{name}": written(field.default)
        for kind in BUILT_IN.values()
        for name, field in parameters_of(kind).items()
    }
    told = {key: default for key, default in ROWS.items() if not key.startswith("limits.")}
    assert told == settings | parameters


def test_every_limit_is_told() -> None:
    told = {key.removeprefix("limits.") for key in ROWS if key.startswith("limits.")}
    assert told == {*LIMITS, "symbols"}


def test_every_key_that_is_refused_for_now_is_told() -> None:
    section = PAGE.partition("## Not yet")[2]
    assert set(re.findall(r"`([a-z_]+)`", section)) == set(NOT_YET)
