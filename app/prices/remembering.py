"""What screens have told before, by the events that are on disk."""

from app.prices.screens import Earlier
from app.storage.reading import EVENTS, Page, Reader
from portfolio.model.event import EventKind

MOST_EVENTS = 10_000
_AT_ONCE = 1000


async def told_before(reader: Reader) -> list[Earlier]:
    """The newest matches that were told of. Raises StorageUnavailable."""
    found: list[Earlier] = []
    before: int | None = None
    while len(found) < MOST_EVENTS:
        page = await reader.page(EVENTS, Page(_AT_ONCE, before, {"kind": EventKind.SCREEN_MATCHED.value}))
        found += [
            Earlier(row["detail"]["screen"], row["detail"]["venue"], row["symbol"], row["time"]) for row in page.items
        ]
        if page.next is None:
            break
        before = page.next
    return found
