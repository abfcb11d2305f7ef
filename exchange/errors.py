"""What may come of a request to a venue, told by what left and what came back, never by an exception's class.

`NotSent`: nothing of it can have been carried out. `Refused`: the venue said no, in its own well-formed words.
`Unclear`: anything else; only a look-up tells.
"""

from collections.abc import Callable
from enum import StrEnum


class VenueError(Exception):
    """`detail` is safe to show: it holds no header, no signature and no key.

    `pause_s` asks for so much time before the same again. `at_s` is when the request was made, by the monotonic clock.
    `timed_out` tells that nobody answered in time.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.at_s = 0.0
        self.pause_s = 0.0
        self.timed_out = False

    def but_without(self, hide: Callable[[str], str]) -> None:
        """The text is shown as `hide` makes it."""
        self.detail = hide(self.detail)
        self.args = (self.detail,)


class NotSent(VenueError):
    """The request never left, or the venue surely took none of it."""


class Throttled(NotSent):
    """The venue asks for a pause; nothing may be sent for `pause_s`, `by_address` from any account at this address."""

    def __init__(self, detail: str, pause_s: float, *, by_address: bool = False) -> None:
        super().__init__(detail)
        self.pause_s = pause_s
        self.by_address = by_address


class Crowded(NotSent):
    """The desk's own line for the venue is too long; the venue has no part in it."""

    def __init__(self, detail: str, pause_s: float) -> None:
        super().__init__(detail)
        self.pause_s = pause_s


class Unclear(VenueError):
    """The venue may have carried the request out."""


class Refusal(StrEnum):
    """Why a venue said no. NOT_FOUND is of an order it does not have, or not any more."""

    ORDER = "order"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    UNCHANGED = "unchanged"
    KEY = "key"
    CLOCK = "clock"
    SYMBOL = "symbol"
    MAINTENANCE = "maintenance"


class Refused(VenueError):
    """A definite no. `code` is the venue's."""

    def __init__(self, refusal: Refusal, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({code})" if code else detail)
        self.refusal = refusal
        self.code = code
