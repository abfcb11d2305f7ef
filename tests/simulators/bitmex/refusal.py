"""A request that the venue does not do, as the answer says it."""

from typing import Any


class Refused(Exception):
    """Answered with `status`, a message in the venue's words, and headers where they matter."""

    def __init__(self, status: int, message: str, name: str = "HTTPError", headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.document: dict[str, Any] = {"error": {"message": message, "name": name}}


def invalid(message: str) -> Refused:
    return Refused(400, message, "ValidationError")
