"""A short name for a configuration, the same for the same settings however they were written."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, SecretStr

from portfolio.model.decimals import plain


def fingerprint(settings: BaseModel) -> str:
    """Sixteen hexadecimal characters over everything but the secrets."""
    text = json.dumps(_canonical(settings), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {key: _canonical(item) for key, item in value if item is not None and not isinstance(item, SecretStr)}
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    return value if value is None or isinstance(value, str | int) else str(value)
