"""One account compared with its venue because somebody asked: again and again until nothing differs any more."""

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from app.reconciling import NotReconciled
from portfolio.reply import Reconciled

AGAIN_AFTER_S = 1.0
AT_MOST_S = 20.0


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found, all rounds together; `reason` is why the books are not settled, empty where they are."""

    found: Reconciled
    reason: str = ""


class Comparing(Protocol):
    async def reconcile(self) -> Reconciled:
        """One round. Raises NotReconciled or NotStored."""


async def reconcile_now(reconciler: Comparing) -> Compared:
    """What differs is looked at until it has been booked or has gone, or time is up. Raises NotStored."""
    found = Reconciled(settled=False)
    try:
        async with asyncio.timeout(AT_MOST_S):
            while True:
                found = _together(found, await reconciler.reconcile())
                if found.settled:
                    return Compared(found)
                await asyncio.sleep(AGAIN_AFTER_S)
    except NotReconciled as error:
        return Compared(replace(found, settled=False), str(error))
    except TimeoutError:
        return Compared(replace(found, settled=False), _still(found))


def _still(found: Reconciled) -> str:
    if found.differences:
        return "something still differs; it is looked at again"
    return f"not done within {AT_MOST_S:g} s"


def _together(before: Reconciled, now: Reconciled) -> Reconciled:
    """What was done in any round, and what is true after the last."""
    return replace(
        now,
        adjusted=(*before.adjusted, *now.adjusted),
        foreign=tuple({order.known_as: order for order in (*before.foreign, *now.foreign)}.values()),
        adopted=(*before.adopted, *(order for order in now.adopted if order not in before.adopted)),
        ended=(*before.ended, *(order for order in now.ended if order not in before.ended)),
    )
