"""An alert's content: one text for every spelling of the same body, and its hash."""

import hashlib
from typing import Any

import orjson

from portfolio.model.decimals import plain


def content_of(body: dict[str, Any]) -> tuple[str, str]:
    """The body as canonical JSON, numbers as strings in plain notation, and the SHA-256 of that in hex."""
    encoded = orjson.dumps(body, default=plain, option=orjson.OPT_SORT_KEYS)
    return encoded.decode(), hashlib.sha256(encoded).hexdigest()
