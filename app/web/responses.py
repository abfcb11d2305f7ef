"""Answers as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from quart import Response

from app.codec import to_json


def json_response(body: Any, status: int = 200) -> Response:
    return Response(to_json(body), status, content_type="application/json")


def listing(found: Sequence[Mapping[str, Any]]) -> Response:
    """A collection that is always shown whole."""
    return json_response({"items": found, "next": None})
