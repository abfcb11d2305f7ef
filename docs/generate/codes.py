"""Every code that an answer can have, found in the sources, and what codes.toml says of it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.generate.keys import described
from docs.uml.generate import ROOT
from portfolio.limits.registry import LIMITS
from portfolio.prices.labels import LabelCode
from portfolio.prices.source import SourceStatus

TEXTS = Path(__file__).parents[1] / "reference/codes.toml"
_QUOTED = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|BUSY|STARTING|STOPPING)"')
_NAMED = re.compile(r'^([A-Z]+) = "\1"$', re.MULTILINE)
_ANSWERING = ("app/web", "app/intake", "app/engine.py", "app/queueing.py", "portfolio", "strategies")
_NO_CODES = {"BODY_TIMEOUT", "MAX_CONTENT_LENGTH"}
_OF_QUART = "QUART_"
_OF_HTTP = {"UNAUTHORIZED", "NOT_FOUND", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT"}
"""Made from the status by app/web/problems.py."""
_OF_STATES = {"HALTED", "REDUCING"}
_OF_SOURCES = {status.value for status in SourceStatus} - {SourceStatus.LIVE, SourceStatus.UNKNOWN}
"""Why a venue has no new price."""
_OF_LABELS = {code.value for code in LabelCode}
"""Why a price is not compared with the others."""
_COMPOSED = {"UNKNOWN_ACCOUNT"}
"""Made from the name of the parameter by app/web/parameters.py."""


@dataclass(frozen=True, slots=True)
class Advice:
    """`met` says where the code occurs, the first being what it is filed under."""

    code: str
    met: tuple[str, ...]
    cause: str
    remedy: str


def codes() -> set[str]:
    """Every code there is. States of orders, accounts and scopes are none."""
    limits = {key.upper() for key in LIMITS}
    return codes_in_sources() | limits | _OF_HTTP | _OF_STATES | _OF_SOURCES | _OF_LABELS | _COMPOSED


def codes_in_sources() -> set[str]:
    files = [file for file in sources(*_ANSWERING) if "portfolio/model" not in file.as_posix()]
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = {code for text in texts for code in (*_QUOTED.findall(text), *_NAMED.findall(text))}
    return {code for code in found - _NO_CODES if not code.startswith(_OF_QUART)}


def sources(*places: str) -> Iterator[Path]:
    """The Python files at or below the places."""
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def advice() -> dict[str, Advice]:
    """What is told of each code; a limit's comes from its description where codes.toml has nothing of its own."""
    written = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    told = {code: Advice(code, tuple(row["met"]), row["cause"], row["remedy"]) for code, row in written.items()}
    return {key.upper(): _of_limit(key) for key in LIMITS} | told


def _of_limit(key: str) -> Advice:
    cause = f"The order would break the limit `{key}`. What it holds: {described().get(f'limits.{key}', '')}"
    remedy = (
        f"The reason's `scope` says which one, `limit` what is allowed, `value` what it would come to. Ask for less, or"
        f" change the limit. With figures: [{key}](limits.md#{key})."
    )
    return Advice(key.upper(), ("denied",), cause, remedy)
