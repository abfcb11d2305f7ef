"""The reader's side of the store: pages and single rows for the API, beside the writer, never in its way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import RowMapping, Select, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from app.storage.errors import StorageUnavailable
from app.storage.rows import wallet_snapshot_from
from app.storage.schema import events, fills, order_transitions, orders, signals, wallet_snapshots
from portfolio.model.worth import WalletSnapshot

StoredRow: TypeAlias = RowMapping
Collection: TypeAlias = Table
SIGNALS, ORDERS, FILLS, EVENTS, WALLET_SNAPSHOTS = signals, orders, fills, events, wallet_snapshots


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first: at most `limit` rows older than `before`, where the columns have these values, or one of them."""

    limit: int = 100
    before: int | None = None
    filters: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """`next` is what to pass as `before` for the rows that follow; None at the end."""

    items: list[RowMapping]
    next: int | None


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything that came of one signal."""

    signal: RowMapping
    orders: list[RowMapping]
    transitions: list[RowMapping]
    fills: list[RowMapping]
    events: list[RowMapping]


class Reader:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, table: Table, page: Page) -> Rows:
        """Raises StorageUnavailable."""
        wanted = {name: [value] if isinstance(value, str) else value for name, value in page.filters.items()}
        query = select(table).where(*(table.c[name].in_(values) for name, values in wanted.items()))
        if page.before is not None:
            query = query.where(table.c.id < page.before)
        found = await self._all(query.order_by(table.c.id.desc()).limit(page.limit + 1))
        items = found[: page.limit]
        return Rows(items, items[-1]["id"] if len(found) > page.limit else None)

    async def trail(self, wanted: str) -> Trail | None:
        """By our signal id, else by the alert's own id, the newest of it."""
        by_signal_id = select(signals).where(signals.c.signal_id == wanted)
        by_alert_id = select(signals).where(signals.c.alert_id.is_not(None), signals.c.alert_id == wanted)
        found = await self._all(by_signal_id) or await self._all(by_alert_id.order_by(signals.c.id.desc()).limit(1))
        if not found:
            return None
        origin = found[0]["signal_id"]
        placed = await self._all(select(orders).where(orders.c.origin == origin).order_by(orders.c.id))
        ids = [row["client_order_id"] for row in placed]
        return Trail(
            signal=found[0],
            orders=placed,
            transitions=await self._of_orders(order_transitions, ids),
            fills=await self._of_orders(fills, ids),
            events=await self._all(select(events).where(events.c.origin == origin).order_by(events.c.id)),
        )

    async def order(self, client_order_id: str) -> tuple[RowMapping, list[RowMapping], list[RowMapping]] | None:
        """The order, its transitions and its fills, each oldest first."""
        found = await self._all(select(orders).where(orders.c.client_order_id == client_order_id))
        if not found:
            return None
        ids = [client_order_id]
        return found[0], await self._of_orders(order_transitions, ids), await self._of_orders(fills, ids)

    async def last_wallet_snapshot(self) -> WalletSnapshot | None:
        """Raises StorageUnavailable."""
        found = await self._all(select(wallet_snapshots).order_by(wallet_snapshots.c.id.desc()).limit(1))
        return wallet_snapshot_from(found[0]) if found else None

    async def close(self) -> None:
        await self._engine.dispose()

    async def _of_orders(self, table: Table, ids: list[str]) -> list[RowMapping]:
        return await self._all(select(table).where(table.c.client_order_id.in_(ids)).order_by(table.c.id))

    async def _all(self, query: Select[Any]) -> list[RowMapping]:
        try:
            async with self._engine.connect() as connection:
                return list((await connection.execute(query)).mappings())
        except (DBAPIError, PoolTimeout) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise StorageUnavailable(f"{type(reason).__name__}: {reason}") from error
