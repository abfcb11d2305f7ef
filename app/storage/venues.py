"""What the database keeps of venues: where each account is, and the instruments it was told of."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, insert, select

from app.codec import from_json
from app.storage.bulk import put
from app.storage.database import refusing, writer_engine
from app.storage.errors import DatabaseRefused
from app.storage.schema import venues
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument

Instruments: TypeAlias = Mapping[AccountId, Mapping[Symbol, Instrument]]


class Place(NamedTuple):
    """Where an account is; `environment` is empty on paper."""

    venue: str
    environment: str = ""

    def __str__(self) -> str:
        return f"{self.venue} ({self.environment})" if self.environment else self.venue


def require_same_places(path: Path, places: Mapping[AccountId, Place]) -> None:
    """The accounts are where the database knows them; new ones are remembered. Raises DatabaseRefused.

    What an account holds at one venue would be booked as lost at another.
    """
    with _transaction(path) as connection:
        rows = connection.execute(select(venues)).all()
        known = {row.account: Place(row.venue, row.environment) for row in rows}
        for account, place in places.items():
            if known.get(account, place) != place:
                raise DatabaseRefused(
                    f"account {account} is at {known[account]} in the database, and at {place} in the configuration: "
                    "give it an id of its own there, or name another file in [database] url"
                )
        new = [
            {"account": a, "venue": p.venue, "environment": p.environment} for a, p in places.items() if a not in known
        ]
        if new:
            connection.execute(insert(venues), new)


def save_instruments(path: Path, account: AccountId, told: Mapping[Symbol, Instrument], now: datetime) -> None:
    """What the venue told is remembered. Raises DatabaseRefused."""
    rows = [{"account": account, "symbol": symbol, "terms": terms, "told_at": now} for symbol, terms in told.items()]
    if rows:
        with _transaction(path) as connection:
            put("instruments", connection.dialect).execute(connection, rows)


def load_instruments(path: Path) -> Instruments:
    """What venues have told ever, by account; nothing where there is no database, or an older one."""
    if not path.is_file() or not path.stat().st_size:
        return {}
    found: dict[AccountId, dict[Symbol, Instrument]] = {}
    with refusing(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'instruments'").fetchone():
            return {}
        for account, symbol, terms in connection.execute("SELECT account, symbol, terms FROM instruments"):
            found.setdefault(account, {})[symbol] = from_json(Instrument, terms)
    return found


def load_held(path: Path) -> Instruments:
    """The terms of what accounts hold, or have live orders in, as their venues told them last."""
    known, held = load_instruments(path), dict[AccountId, dict[Symbol, Instrument]]()
    if not known:
        return held
    with refusing(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        positions = connection.execute("SELECT account, symbol, quantity FROM positions").fetchall()
        orders = connection.execute("SELECT DISTINCT account, symbol FROM orders WHERE live = 1").fetchall()
    for account, symbol in [*(row[:2] for row in positions if Decimal(row[2])), *orders]:
        if (terms := known.get(account, {}).get(symbol)) is not None:
            held.setdefault(account, {})[symbol] = terms
    return held


@contextmanager
def _transaction(path: Path) -> Iterator[Connection]:
    engine = writer_engine(path)
    with refusing(path), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
