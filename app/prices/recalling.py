"""What was told of differences before this process began, put together from the stored events."""

from datetime import datetime
from decimal import Decimal

from app.storage.reading import EVENTS, Page, Reader, StoredRow
from portfolio.model.decimals import ZERO
from portfolio.model.event import EventKind
from portfolio.prices.arming import Arm
from portfolio.prices.discrepancy import PairKey

DISCREPANCIES = (EventKind.DISCREPANCY_FOUND.value, EventKind.DISCREPANCY_ENDED.value)
MOST_EVENTS = 1000
"""Of the newest: what is older has long cooled down, or is held against the market anew."""


async def discrepancies_told(reader: Reader) -> dict[PairKey, Arm]:
    """Every pair with its last telling. Raises StorageUnavailable."""
    page = await reader.page(EVENTS, Page(MOST_EVENTS, None, {"kind": DISCREPANCIES}))
    arms: dict[PairKey, Arm] = {}
    for row in page.items:
        arms.setdefault(_key(row), _arm(row))
    return arms


def _key(row: StoredRow) -> PairKey:
    return str(row["symbol"]), str(row["detail"]["buy_at"]), str(row["detail"]["sell_at"])


def _arm(row: StoredRow) -> Arm:
    """The newest event of a pair says how it stands."""
    detail = row["detail"]
    if row["kind"] == EventKind.DISCREPANCY_FOUND:
        return Arm.restored(row["time"], Decimal(detail.get("net", ZERO)), is_open=True)
    return Arm.restored(datetime.fromisoformat(detail["found_at"]), Decimal(detail["peak"]), is_open=False)
