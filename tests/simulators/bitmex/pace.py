"""The venue's limits: 120 requests a minute, 10 a second where orders are changed, told in headers."""

import time

from tests.simulators.bitmex.refusal import Refused

SECOND_LAYER = {
    ("POST", "/api/v1/order"),
    ("PUT", "/api/v1/order"),
    ("DELETE", "/api/v1/order"),
    ("DELETE", "/api/v1/order/all"),
    ("POST", "/api/v1/position/isolate"),
    ("POST", "/api/v1/position/leverage"),
}


class _Bucket:
    """Tokens that come back evenly over the period."""

    def __init__(self, size: int, period_s: float) -> None:
        self.size, self._rate = size, size / period_s
        self._left, self._at = float(size), time.monotonic()

    def refill(self) -> int:
        now = time.monotonic()
        self._left, self._at = min(self.size, self._left + (now - self._at) * self._rate), now
        return int(self._left)

    def take(self) -> bool:
        if self.refill() < 1:
            return False
        self._left -= 1
        return True

    def full_in_s(self) -> float:
        return (self.size - self._left) / self._rate


class Pace:
    """Answers with the headers of a request, or refuses it until `Retry-After` seconds have passed."""

    def __init__(self, per_minute: int, per_second: int) -> None:
        self._minute, self._second = _Bucket(per_minute, 60), _Bucket(per_second, 1)
        self.counted = 0
        self.refused = 0

    def count(self, method: str, path: str) -> dict[str, str]:
        self.counted += 1
        is_order = (method, path) in SECOND_LAYER
        is_within = self._minute.take() and (not is_order or self._second.take())
        headers = {
            "x-ratelimit-limit": str(self._minute.size),
            "x-ratelimit-remaining": str(self._minute.refill()),
            "x-ratelimit-reset": str(int(time.time() + self._minute.full_in_s()) + 1),
        }
        if is_order:
            headers["x-ratelimit-remaining-1s"] = str(self._second.refill())
        if not is_within:
            self.refused += 1
            raise too_many(1, headers)
        return headers


def too_many(retry_after_s: int, headers: dict[str, str] | None = None) -> Refused:
    told = {**(headers or {}), "Retry-After": str(retry_after_s)}
    return Refused(429, f"Rate limit exceeded, retry in {retry_after_s} seconds.", "RateLimitError", told)
