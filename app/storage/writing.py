"""One batch into the tables: a bulk statement for each table that it touches."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete

from app.storage import rows, schema
from app.storage.bulk import added, put
from app.storage.rows import Row
from portfolio.changes import Changes
from portfolio.model.command import Envelope, ReceiveSignal
from portfolio.model.decision import Decision
from portfolio.model.identifiers import AccountId, StrategyId
from portfolio.reply import Reply

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: every envelope with its answer, and what they changed together."""

    decided: tuple[tuple[Envelope, Reply], ...]
    changes: Changes


def write(connection: Connection, batch: Batch, configuration: str, accounts: Mapping[StrategyId, AccountId]) -> None:
    """Every row of the batch is in the open transaction. Rows are added once and put as often as they change."""
    changes, history = batch.changes, batch.changes.history
    _add(connection, schema.journal, (rows.journal_row(envelope, configuration) for envelope, _ in batch.decided))
    _add(connection, schema.signals, _signal_rows(batch, accounts))
    _put(connection, schema.orders, [rows.order_row(order) for order in changes.orders.values() if order])
    _add(connection, schema.order_transitions, map(rows.transition_row, history.transitions))
    _add(connection, schema.fills, map(rows.fill_row, history.fills))
    _add(connection, schema.events, map(rows.event_row, history.events))
    _add(connection, schema.equity_snapshots, (rows.snapshot_row(*item) for item in history.snapshots))
    _add(connection, schema.wallet_snapshots, map(rows.wallet_snapshot_row, history.wallet_snapshots))
    _add(connection, schema.fundings, map(rows.funding_row, history.fundings))
    _add(connection, schema.transfers, map(rows.transfer_row, history.transfers))
    _replace(connection, schema.wallets, changes.wallets, rows.wallet_key_row, rows.wallet_row)
    _put(connection, schema.funded, _present(changes.funded, rows.funded_row))
    _put(connection, schema.positions, _present(changes.positions, rows.position_row))
    _put(connection, schema.marks, _present(changes.marks, rows.mark_row))
    _put(connection, schema.reconciliations, _present(changes.reconciliations, rows.reconciliation_row))
    _put(connection, schema.strategy_states, _present(changes.strategy_states, _strategy_state_row))
    _replace(connection, schema.baselines, changes.baselines, rows.scope_row, rows.baseline_row)
    _replace(connection, schema.trading_states, changes.states, rows.scope_row, rows.state_row)
    _replace(connection, schema.flattenings, changes.flattenings, rows.key_row, rows.flattening_row)
    _replace(connection, schema.attachments, changes.attachments, rows.key_row, rows.attachment_row)
    _replace(connection, schema.tallies, changes.tallies, rows.counter_row, rows.tally_row)


def _signal_rows(batch: Batch, accounts: Mapping[StrategyId, AccountId]) -> Iterable[Row]:
    for envelope, reply in batch.decided:
        command = envelope.command
        if isinstance(command, ReceiveSignal) and isinstance(reply, Decision) and not reply.duplicate:
            yield rows.signal_row(envelope, command, reply, accounts[command.signal.strategy])


def _strategy_state_row(strategy: StrategyId, state: Mapping[str, Any]) -> Row:
    return {"strategy": strategy, "state": dict(state)}


def _present(changes: Mapping[K, V | None], row: Callable[[K, V], Row]) -> list[Row]:
    return [row(key, value) for key, value in changes.items() if value is not None]


def _add(connection: Connection, table: Table, new: Iterable[Row]) -> None:
    values = list(new)
    if values:
        added(table.name, connection.dialect).execute(connection, values)


def _put(connection: Connection, table: Table, values: list[Row]) -> None:
    if values:
        put(table.name, connection.dialect).execute(connection, values)


def _replace(
    connection: Connection,
    table: Table,
    changes: Mapping[K, V | None],
    key_row: Callable[[K], Row],
    row: Callable[[K, V], Row],
) -> None:
    """Rows that are gone are deleted, the others put."""
    for key, value in changes.items():
        if value is None:
            where = [table.c[name] == part for name, part in key_row(key).items()]
            connection.execute(delete(table).where(*where))
    _put(connection, table, _present(changes, row))
