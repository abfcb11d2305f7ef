"""GET /docs: a page of our own that lists the API and lets one try it. Nothing comes from elsewhere."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from quart import Quart, Response

from app.web.described import HTML, Described
from app.web.problems import Problem

_TYPES = {"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
)


def add_explorer(app: Quart) -> None:
    """The page and its two files, read once."""
    folder = files(__name__)
    page = (folder / "page.html").read_bytes()
    parts = {name: (folder / name).read_bytes() for name in _TYPES}

    @app.get("/docs")
    @Described(tag="operations", answers={200: str}, answer_type=HTML, problems=(429,))
    async def docs() -> Response:
        """A page to read this description and to try it."""
        return _answer(page, f"{HTML}; charset=utf-8")

    @app.get("/docs/<part>")
    @Described(tag="operations", answers={200: str}, answer_type="*/*", problems=(404, 429))
    async def docs_part(part: str) -> Response:
        """A file of that page."""
        if part not in parts:
            raise Problem(404, "NOT_FOUND", "the page has no such file")
        return _answer(parts[part], _TYPES[part])


def _answer(content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers.update(HEADERS)
    return response
