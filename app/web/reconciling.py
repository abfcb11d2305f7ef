"""Accounts compared with their venues, as the API shows it."""

import asyncio

from app.reconciling_now import Compared, reconcile_now
from app.service import Service
from app.settings import AccountSettings
from app.web.reconciling_answers import (
    ForeignOrderItem,
    ReconcileAnswer,
    ReconciliationItem,
    StrangePositionItem,
)
from app.web.venues import difference_item
from portfolio.model.account import Readiness
from portfolio.model.identifiers import AccountId
from portfolio.model.venue import VenueOrder, VenuePosition


async def reconcile_answer(service: Service, account: AccountId | None) -> ReconcileAnswer:
    """Every account, or the one named, has been compared with its venue; all at the same time. Raises NotStored."""
    wanted = [known for known in service.settings.accounts if account in (None, known.id)]
    compared = await asyncio.gather(*(reconcile_now(service.reconcilers[known.id]) for known in wanted))
    return {"accounts": [_item(service, known, found) for known, found in zip(wanted, compared, strict=True)]}


def _item(service: Service, account: AccountSettings, compared: Compared) -> ReconciliationItem:
    book, found = service.engine.book, compared.found
    last = book.reconciliations.get(account.id)
    return {
        "account": account.id,
        "venue": account.venue,
        "environment": None if account.is_paper else account.environment,
        "settled": found.settled,
        "reason": compared.reason or None,
        "reconciliation": book.readiness.get(account.id) or Readiness.STARTING,
        "time": last.time if last else None,
        "adjusted": [difference_item(seen) for seen in found.adjusted],
        "differences": [difference_item(seen) for seen in found.differences],
        "foreign": [_order(order) for order in found.foreign],
        "adopted": list(found.adopted),
        "ended": list(found.ended),
        "unknown": [_position(position) for position in found.unknown],
        "not_compared": list(found.not_compared),
    }


def _order(order: VenueOrder) -> ForeignOrderItem:
    return {
        "client_order_id": order.client_order_id,
        "venue_order_id": order.venue_order_id,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.order_type,
        "quantity": order.quantity,
        "filled": order.filled,
        "price": order.price,
        "stop_price": order.stop_price,
        "status": order.status,
    }


def _position(position: VenuePosition) -> StrangePositionItem:
    return {"symbol": position.symbol, "quantity": position.quantity}
