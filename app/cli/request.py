"""What a command asks of the desk, and what the desk answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.settings import Settings

ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to the API; one that `is_alert` goes to the webhook instead. `body` None sends none.

    One that `is_rehearsal` changes nothing, and needs no database. `patience_s` is how long the answer may take.
    """

    method: str = "GET"
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_alert: bool = False
    is_rehearsal: bool = False
    patience_s: float = ANSWER_WITHIN_S

    @property
    def is_read(self) -> bool:
        return self.method == "GET" or self.is_rehearsal

    @property
    def secret_name(self) -> str:
        return "webhook secret" if self.is_alert else "api_token"

    def headers(self, settings: Settings) -> dict[str, str]:
        secret = settings.webhook.secret if self.is_alert else settings.server.api_token
        return {"Authorization": f"Bearer {secret.get_secret_value()}", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`note` says where it came from if not from a server."""

    status: int
    body: bytes
    data: dict[str, Any]
    note: str = ""

    @property
    def is_problem(self) -> bool:
        return self.status >= 400


def answer_of(status: int, content_type: str, body: bytes, note: str = "") -> Answer | None:
    """None where this is nothing that Quartermaster's API would say."""
    expected = "application/problem+json" if status >= 400 else "application/json"
    if content_type.partition(";")[0].strip() != expected:
        return None
    try:
        data = json.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict) or (status >= 400 and not {"detail", "code"} <= data.keys()):
        return None
    return Answer(status, body, data, note)
