"""Times in bodies that are kept ready: written as marks, which become the moment at which an answer leaves."""

from datetime import UTC, datetime

DAY_MS = 86_400_000
NOW_MS = 1_111_111_111_111
DAY_AGO_MS = 1_222_222_222_222
_NOW_ISO = "1111-11-11T11:11:11.111111Z"


def day_before(time_ms: int | None) -> int | None:
    if time_ms == NOW_MS:
        return DAY_AGO_MS
    return None if time_ms is None else time_ms - DAY_MS


def iso(time_ms: int | None) -> str | None:
    if time_ms == NOW_MS:
        return _NOW_ISO
    return None if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def filled(body: bytes, now_ms: int) -> bytes:
    """The marks are times: each mark is as long as what takes its place."""
    now_iso = iso(now_ms) or ""
    return (
        body.replace(str(NOW_MS).encode(), str(now_ms).encode())
        .replace(str(DAY_AGO_MS).encode(), str(now_ms - DAY_MS).encode())
        .replace(_NOW_ISO.encode(), now_iso.encode())
    )
