"""The venue's clock: this machine's, moved by as much as a test wants."""

import time
from datetime import UTC, datetime


class VenueClock:
    def __init__(self) -> None:
        self.shift_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.shift_ms

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)
