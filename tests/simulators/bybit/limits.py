"""Request limits by endpoint, told in headers; who asks again inside a closed window is counted."""

from dataclasses import dataclass, field

WINDOW_MS = 1000
EVERYTHING = "*"


@dataclass(slots=True)
class _Window:
    ends_ms: int = 0
    used: int = 0


@dataclass(frozen=True, slots=True)
class _Closed:
    until_ms: int
    told_ms: int
    is_told: bool
    answer: str


@dataclass(slots=True)
class Verdict:
    """`headers` go on the answer; `refusal` is how the request is turned away, if it is, and `until_ms` until when."""

    headers: dict[str, str]
    refusal: str | None
    until_ms: int
    is_told: bool


@dataclass(slots=True)
class RequestLimits:
    """`by_endpoint` are requests a second. `answer` says how an excess is refused: `10006`, `403` or `429`.

    An endpoint, or with 403 and 429 everything, is closed from then on: until the time that was told, if it was.
    `inside` is who asked nevertheless: when, what, and whether the time had been told; what was under way for
    `grace_ms` when the window closed is nobody's fault.
    """

    default: int = 100_000
    by_endpoint: dict[str, int] = field(default_factory=dict)
    answer: str = "10006"
    ban_s: float = 1.0
    tells_retry_after: bool = True
    grace_ms: int = 50
    inside: list[tuple[int, str, bool]] = field(default_factory=list)
    _windows: dict[str, _Window] = field(default_factory=dict)
    _closed: dict[str, _Closed] = field(default_factory=dict)

    def see(self, path: str, now_ms: int) -> Verdict:
        """The request is counted, and noted where it came inside a closed window.

        As on Bybit the reset timestamp is the present while the limit is not exceeded.
        """
        limit = self.by_endpoint.get(path, self.default)
        window = self._windows.get(path)
        if window is None or now_ms >= window.ends_ms:
            window = self._windows[path] = _Window(now_ms + WINDOW_MS)
        window.used += 1
        closed = self._note(path, now_ms)
        if closed is None and window.used > limit:
            closed = self._exceeded(path, window.ends_ms, now_ms)
        until_ms = closed.until_ms if closed else now_ms
        headers = {
            "X-Bapi-Limit": str(limit),
            "X-Bapi-Limit-Status": "0" if closed else str(max(0, limit - window.used)),
            "X-Bapi-Limit-Reset-Timestamp": str(until_ms),
        }
        return Verdict(headers, closed.answer if closed else None, until_ms, closed is not None and closed.is_told)

    def close(self, path: str, until_ms: int, now_ms: int, *, is_told: bool, answer: str) -> None:
        """Nothing is served there until then; `EVERYTHING` is every endpoint."""
        self._closed[path] = _Closed(until_ms, now_ms, is_told, answer)

    def open(self) -> None:
        """No window is closed, and every count begins anew."""
        self._windows.clear()
        self._closed.clear()

    def _note(self, path: str, now_ms: int) -> _Closed | None:
        """The closed window that the request came into."""
        for name in (path, EVERYTHING):
            closed = self._closed.get(name)
            if closed and now_ms < closed.until_ms:
                if now_ms > closed.told_ms + self.grace_ms:
                    self.inside.append((now_ms, path, closed.is_told))
                return closed
        return None

    def _exceeded(self, path: str, ends_ms: int, now_ms: int) -> _Closed:
        if self.answer == "10006":
            self.close(path, ends_ms, now_ms, is_told=True, answer=self.answer)
            return self._closed[path]
        is_told = self.answer == "429" and self.tells_retry_after
        self.close(EVERYTHING, now_ms + int(self.ban_s * 1000), now_ms, is_told=is_told, answer=self.answer)
        return self._closed[EVERYTHING]
