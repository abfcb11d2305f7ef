"""How Sphinx builds the site: offline, from Markdown and docstrings, with every warning an error (`make docs`)."""

import logging
import re
import tomllib
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Quartermaster"
author = "the Quartermaster authors"
release = _PROJECT["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["examples", "generate", "uml"]
suppress_warnings = ["misc.highlighting_failure"]  # examples of JSON are shortened by an ellipsis
default_role = "code"

myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme = "furo"
html_title = f"Quartermaster {release}"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


_OUTSIDE_CODE = re.compile(r"(`[^`]*`)|([*|]|_\b)")


def setup(app: Sphinx) -> None:
    """Docstrings are read as text, and diagrams shown as text: drawing them would need a script from elsewhere."""
    app.add_lexer("mermaid", TextLexer)
    logging.getLogger("sphinx.sphinx.directives.other").addFilter(_is_no_empty_list)
    app.connect("autodoc-process-docstring", _as_plain_text)
    app.connect("source-read", _with_decisions)


def _is_no_empty_list(record: logging.LogRecord) -> bool:
    """A list of pages may be empty; Sphinx gives that warning no type by which it could be left out."""
    return getattr(record, "subtype", "") != "empty_glob"


def _as_plain_text(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are text with code between backticks; nothing else in them is markup."""
    lines[:] = [_OUTSIDE_CODE.sub(lambda found: found[1] or f"\\{found[2]}", line) for line in lines]


def _with_decisions(app: Sphinx, name: str, source: list[str]) -> None:
    """Every decision is in the table of contents, without a block in the list that a code host would show."""
    if name == "decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"
