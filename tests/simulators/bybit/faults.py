"""What a test lets go wrong: once, some times, or by a seeded chance, at one endpoint or at all of them."""

from dataclasses import dataclass, field
from random import Random

REQUEST_FAULTS = frozenset(
    {
        "timeout_after_accept",  # handled; the answer comes after `seconds`, when nobody waits any more
        "timeout_before_accept",  # not handled; nothing is answered for `seconds`
        "lost_after_accept",  # handled; never answered
        "reset_after_accept",
        "reset_before_accept",
        "html_502_after_accept",
        "html_502_before_accept",
        "json_500_after_accept",
        "json_504_after_accept",
        "truncated_after_accept",
        "html_200_after_accept",
        "html_200_before_accept",
        "empty_200_after_accept",
        "empty_200_before_accept",
        "overloaded_503",  # not handled
        "http_429",  # not handled; with Retry-After where `seconds` is given
        "http_403",  # not handled; everything is refused for `seconds`
        "code_10006",  # not handled
        "code_10000_after_accept",
        "code_10000_before_accept",
        "code_10016_after_accept",
        "code_10016_before_accept",
        "slow_after_accept",  # handled at once, answered `seconds` later
        "slow_before_accept",  # handled and answered `seconds` later
        "late_accept",  # found good at once, handled and answered `seconds` later
        "unseen",  # handled; look-ups do not see the order for `seconds`
        "repeated_rows",  # a list's rows come twice
        "repeated_request",  # handled twice, as by a proxy that sends again; the second answer is the one that comes
        "refused_funds",  # not handled; a definite no: retCode 110007
        "refused_400",  # not handled; a definite no: HTTP 400 and retCode 10001
        "refused_401",  # not handled; HTTP 401 without a word
        "refused_expired",  # not handled; the key is said to have expired: retCode 33004
    }
)
STREAM_FAULTS = frozenset(
    {
        "frame_duplicated",
        "frame_delayed",  # by `seconds`; later frames overtake it
        "frame_reordered",  # swapped with the next one
        "frame_lost",
        "cut_before_frame",  # the connection is cut, the frame is lost
        "cut_after_frame",
    }
)


@dataclass(slots=True)
class Fault:
    """`endpoint` is a path, a stream topic, `*`, or `!` and what alone is spared.

    `times` None is without end; `skip` lets the first ones pass.
    """

    kind: str
    endpoint: str = "*"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 0
    seed: int = 1
    struck: int = 0
    random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in REQUEST_FAULTS | STREAM_FAULTS:
            raise ValueError(f"no such fault: {self.kind}")
        self.random = Random(f"{self.seed}{self.kind}{self.endpoint}")

    def strikes(self, endpoint: str) -> bool:
        if not self._is_meant(endpoint) or (self.times is not None and self.struck >= self.times):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.probability < 1 and self.random.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _is_meant(self, endpoint: str) -> bool:
        return self.endpoint in ("*", endpoint) or (self.endpoint[0] == "!" and self.endpoint[1:] != endpoint)


class Faults:
    """The first fault that strikes is it; the others keep their counts."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self._requests: list[Fault] = []
        self._frames: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.all.append(fault)
        (self._requests if fault.kind in REQUEST_FAULTS else self._frames).append(fault)

    def clear(self) -> None:
        self.all, self._requests, self._frames = [], [], []

    def of_request(self, path: str) -> Fault | None:
        return next((fault for fault in self._requests if fault.strikes(path)), None)

    def of_frame(self, topic: str) -> Fault | None:
        return next((fault for fault in self._frames if fault.strikes(topic)), None)
