"""What a route says of itself beside its code, for the OpenAPI description."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.web.filters import Filters

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "_quartermaster_description"
TOKEN, SECRET = "api_token", "webhook_secret"
JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A decorator: the view's docstring is the summary and the text, this is the rest.

    `answers` are shapes by status, `problems` the statuses of problems. `security` are the schemes any of which will
    do, None among them where none is needed.
    """

    tag: str
    answers: Mapping[int, Any]
    answer_type: str = JSON
    problems: tuple[int, ...] = ()
    security: tuple[str | None, ...] = (None,)
    filters: Filters = field(default_factory=dict)
    is_paged: bool = False
    body: Any = None
    body_types: tuple[str, ...] = (JSON,)
    is_body_required: bool = True
    examples: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, view: View) -> View:
        setattr(view, _ATTRIBUTE, self)
        return view


def description_of(view: Callable[..., Any]) -> Described | None:
    found: Described | None = getattr(view, _ATTRIBUTE, None)
    return found
