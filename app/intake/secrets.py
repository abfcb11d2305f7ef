"""The secret in an alert's body: taken out, compared in constant time, and never let through."""

import hmac
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

SECRET_KEYS = frozenset({"secret", "passphrase", "key", "token", "pin"})
MASK = "***"


class HiddenText(Protocol):
    """What keeps a secret out of logs and tracebacks, such as pydantic's SecretStr."""

    def get_secret_value(self) -> str: ...


Secret: TypeAlias = str | HiddenText


def is_secret_key(key: str) -> bool:
    """True for a key whose value is a secret, in any case."""
    return key.lower() in SECRET_KEYS


def take_secret(body: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Every secret the body presents, a number as its text, and the body without the keys that held them."""
    presented = tuple(
        str(value) for key, value in body.items() if is_secret_key(key) and isinstance(value, str | Decimal)
    )
    return presented, {key: value for key, value in body.items() if not is_secret_key(key)}


def secret_matches(presented: str, expected: Sequence[Secret]) -> bool:
    """True where `presented` is one of `expected`; how long it takes does not tell how much of it was right."""
    given = _bytes(presented)
    matches = [hmac.compare_digest(given, _bytes(text)) for text in map(_revealed, expected) if text]
    return any(matches)


def redacted(value: Any, secrets: Sequence[Secret]) -> Any:
    """`value` with every occurrence of a secret in its strings and keys masked, and numbers that are one."""
    texts = sorted({text for text in map(_revealed, secrets) if text}, key=len, reverse=True)
    return _masked(value, texts) if texts else value


def _masked(value: Any, texts: Sequence[str]) -> Any:
    if isinstance(value, str):
        return _masked_text(value, texts)
    if isinstance(value, dict):
        return {_masked_text(key, texts): _masked(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, texts) for item in value]
    if isinstance(value, Decimal) and str(value) in texts:
        return MASK
    return value


def _masked_text(value: str, texts: Sequence[str]) -> str:
    for text in texts:
        if text in value:
            value = value.replace(text, MASK)
    return value


def _revealed(secret: Secret) -> str:
    return secret if isinstance(secret, str) else secret.get_secret_value()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
