"""What a test lets go wrong: at a venue, at an endpoint or a stream's channel, for some times or by a seeded chance."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random

from tests.simulators.public.quote import Quote

REQUEST_FAULTS = frozenset(
    {
        "timeout",  # never answered; for `seconds` where given, then answered
        "reset_before_headers",
        "reset_after_headers",
        "truncated",  # half of the body that the header promised, then the end of the connection
        "empty_200",
        "error_500",
        "html_502",
        "html_200",
        "http_429",  # with Retry-After where `seconds` is given
        "http_418",  # Binance's ban; Retry-After as above
        "http_403",
        "venue_error",  # the venue's own way to say that it cannot serve
        "wrong_root",  # a list for an object, an object for a list
        "missing_keys",  # every second key of every object
    }
)
QUOTE_FAULTS = frozenset(
    {
        "null_prices",
        "nan_prices",
        "negative_prices",
        "empty_prices",  # empty text
        "null_time",
        "frozen",  # goes on with the price and the time of when the fault began
        "no_bid",
        "no_ask",
        "crossed",  # bid and ask change places, 1 % apart at least
        "absurd",  # ten times the price
    }
)
STREAM_FAULTS = frozenset(
    {
        "cut",  # the connection ends, the frame is lost
        "silence",  # nothing comes any more on this connection, which stays open
        "garbage",  # before the frame, one that is no JSON and one that is of no shape
        "repeated",
        "reordered",  # swapped with the next one
        "lost",
    }
)
KINDS = REQUEST_FAULTS | QUOTE_FAULTS | STREAM_FAULTS


@dataclass(slots=True, kw_only=True)
class Fault:
    """`venue`, `endpoint` and `symbol` are patterns as of file names. A stream's endpoint is `stream <channel>`.

    `times` None is without end; `skip` lets the first ones pass. `held` is what a frozen venue goes on with.
    """

    kind: str
    venue: str = "*"
    endpoint: str = "*"
    symbol: str = "*"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 0
    seed: int = 1
    struck: int = 0
    held: dict[tuple[str, str], Quote] = field(default_factory=dict, repr=False)
    random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(sorted(KINDS))}")
        self.random = Random(f"{self.seed}{self.kind}{self.venue}{self.endpoint}")

    def concerns(self, venue: str, endpoint: str, symbol: str | None = None) -> bool:
        return (
            fnmatchcase(venue, self.venue)
            and fnmatchcase(endpoint, self.endpoint)
            and (symbol is None or fnmatchcase(symbol, self.symbol))
        )

    def strikes(self) -> bool:
        """Of what it concerns; each call is one chance."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.probability < 1 and self.random.random() >= self.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """The first request or stream fault that strikes is it; quote faults add up."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.all.append(fault)

    def clear(self, venue: str = "*", kind: str = "*") -> None:
        """Those of the venue and kind are over; `*` is every one."""
        self.all = [item for item in self.all if not (venue in ("*", item.venue) and kind in ("*", item.kind))]

    def of_request(self, venue: str, endpoint: str) -> Fault | None:
        return _first(REQUEST_FAULTS, self.all, venue, endpoint)

    def of_frame(self, venue: str, channel: str, symbol: str) -> Fault | None:
        return _first(STREAM_FAULTS, self.all, venue, f"stream {channel}", symbol)

    def of_quotes(self, venue: str, endpoint: str) -> list[Fault]:
        """Those that may strike there: each has yet to be asked."""
        return [item for item in self.all if item.kind in QUOTE_FAULTS and item.concerns(venue, endpoint)]


def _first(
    kinds: frozenset[str], faults: Iterable[Fault], venue: str, endpoint: str, symbol: str | None = None
) -> Fault | None:
    concerned = (item for item in faults if item.kind in kinds and item.concerns(venue, endpoint, symbol))
    return next((item for item in concerned if item.strikes()), None)
