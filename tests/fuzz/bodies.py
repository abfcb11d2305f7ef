"""Requests to the webhook that must be refused, each for a known reason: random, but never by chance a good one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from types import ModuleType

from tests.fuzz import no_alert, not_json
from tests.fuzz.good import Made
from tests.servers import SECRET

MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Malformed:
    """`statuses` are those that the reason may be answered with. A body that `is_chunked` comes in pieces."""

    reason: str
    body: bytes
    statuses: set[int]
    headers: dict[str, str] = field(default_factory=dict)
    is_chunked: bool = False


def _kinds_of(module: ModuleType) -> dict[str, Callable[[Random], Made]]:
    """Every function of the module by its name in plain words."""
    own = {name: make for name, make in vars(module).items() if getattr(make, "__module__", "") == module.__name__}
    return {name.replace("_", " "): make for name, make in own.items()}


KINDS = _kinds_of(not_json) | _kinds_of(no_alert)


def malformed(random: Random, number: int) -> Iterator[Malformed]:
    """So many, of every kind, in the random order that the seed makes."""
    kinds = list(KINDS.items())
    for place in range(number):
        reason, make = kinds[place] if place < len(kinds) else random.choice(kinds)
        body, statuses = make(random)
        is_long = len(body) > MAX_BODY_BYTES
        secret = {} if statuses == {401} else {"Authorization": f"Bearer {SECRET}"}
        is_chunked = not is_long and random.random() < 0.1
        yield Malformed(reason, body, {413} if is_long else statuses, _headers(random) | secret, is_chunked)


def _headers(random: Random) -> dict[str, str]:
    kinds = ("application/json", "text/plain", "application/x-www-form-urlencoded", "application/xml", "image/png", "?")
    headers = {"Content-Type": random.choice(kinds)} if random.random() < 0.8 else {}
    if random.random() < 0.1:
        headers["Accept"] = random.choice(("text/html", "*/*;q=0", "nonsense"))
    return headers
