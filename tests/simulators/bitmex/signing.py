"""Who may ask: hex HMAC-SHA256(secret, VERB + path?query + expires + body), and a time until which it counts."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tests.simulators.bitmex.refusal import Refused

_NEEDS_ORDER = ("POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Key:
    """`permissions` as /apiKey tells them: "order", "orderCancel", "withdraw"; none may only read."""

    id: str
    secret: str
    permissions: tuple[str, ...] = ("order",)
    is_enabled: bool = True


class Gate:
    """Lets a signed request in, or raises Refused in the venue's words."""

    def __init__(self, key: Key, clock_s: Callable[[], float]) -> None:
        self.key = key
        self._clock_s = clock_s

    def authenticate(self, request: web.Request, body: str) -> None:
        """Any `api-…` header asks to be checked, also where the endpoint is public."""
        key_id, expires = request.headers.get("api-key", ""), request.headers.get("api-expires", "")
        if key_id != self.key.id:
            raise Refused(401, "Invalid API Key.")
        if not self.key.is_enabled:
            raise Refused(401, "This key is disabled.")
        if not expires.isdigit():
            raise Refused(401, "Missing API Key expiration (api-expires).")
        signed = f"{request.method}{request.raw_path}{expires}{body}".encode()
        expected = hmac.new(self.key.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("api-signature", "")):
            raise Refused(401, "Signature not valid.")
        now = self._clock_s()
        if int(expires) <= now:
            raise Refused(401, f"This request has expired - `expires` is in the past. Current time: {int(now)}")

    def permit(self, method: str) -> None:
        """Changes need the permission to order; cancels are content with `orderCancel`."""
        allowed = {"order", "orderCancel"} if method == "DELETE" else {"order"}
        if method in _NEEDS_ORDER and not allowed & set(self.key.permissions):
            raise Refused(403, "Access Denied")
