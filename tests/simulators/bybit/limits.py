"""Request limits by endpoint, told in headers; who asks again inside a closed window is counted."""

from dataclasses import dataclass, field

WINDOW_MS = 1000


@dataclass(slots=True)
class _Window:
    ends_ms: int = 0
    used: int = 0


@dataclass(slots=True)
class Verdict:
    """`headers` go on the answer; `is_over` where the request must not be served."""

    headers: dict[str, str]
    is_over: bool


@dataclass(slots=True)
class RequestLimits:
    """`by_endpoint` are requests a second. `answer` says how an excess is refused: `10006`, `403` or `429`.

    An endpoint, or with 403 and 429 everything, is closed until the time that was told.
    """

    default: int = 100_000
    by_endpoint: dict[str, int] = field(default_factory=dict)
    answer: str = "10006"
    ban_s: float = 1.0
    tells_retry_after: bool = True
    windows: dict[str, _Window] = field(default_factory=dict)
    closed_until_ms: dict[str, int] = field(default_factory=dict)
    inside: list[tuple[int, str]] = field(default_factory=list)

    def see(self, path: str, now_ms: int) -> Verdict:
        """The request is counted, and noted where it came inside a window that was told to be closed."""
        limit = self.by_endpoint.get(path, self.default)
        closed_until = max(self.closed_until_ms.get(path, 0), self.closed_until_ms.get("*", 0))
        if now_ms < closed_until:
            self.inside.append((now_ms, path))
        window = self.windows.get(path)
        if window is None or now_ms >= window.ends_ms:
            window = self.windows[path] = _Window(now_ms + WINDOW_MS)
        window.used += 1
        is_over = window.used > limit or now_ms < closed_until
        if is_over and now_ms >= closed_until:
            closed_until = self.close(path, window.ends_ms, now_ms)
        return Verdict(
            {
                "X-Bapi-Limit": str(limit),
                "X-Bapi-Limit-Status": str(max(0, limit - window.used)),
                "X-Bapi-Limit-Reset-Timestamp": str(closed_until if is_over else window.ends_ms),
            },
            is_over,
        )

    def close(self, path: str, ends_ms: int, now_ms: int) -> int:
        """The endpoint is closed until the window's end, or everything for the time of the ban; answers until when."""
        is_all = self.answer != "10006"
        until = now_ms + int(self.ban_s * 1000) if is_all else ends_ms
        self.closed_until_ms["*" if is_all else path] = until
        return until
