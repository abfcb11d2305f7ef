"""Positions follow from their fills, and balances from positions: through the model, in the order of the bookings."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import Connection, Table, func, select

from app.storage import rows
from app.storage.checks.finding import Finding, Looked
from app.storage.checks.pages import pages
from app.storage.schema import accounts, brought_forward, equity_snapshots, fills, positions
from portfolio.book import FLAT
from portfolio.model.decimals import ZERO, plain
from portfolio.model.instrument import Instrument
from portfolio.model.position import Key, Position
from portfolio.setup import Setup


def check_positions(looked: Looked) -> Iterator[Finding]:
    """What the fills lead to, from what was brought forward where older ones were pruned, is what is stored."""
    stored = holdings(looked.connection, positions)
    expected = holdings(looked.connection, brought_forward)
    sums: dict[Key, tuple[Decimal, Decimal]] = {}
    for page in pages(looked.connection, fills, size=5000):
        for row in page:
            fill, key = rows.fill_from(row), rows.key_from(row)
            instrument = instrument_of(looked.setup, key)
            if instrument is not None:
                expected[key] = expected.get(key, FLAT).after(fill, instrument)
                continue
            known = expected.get(key, FLAT)
            quantity, fees = sums.get(key, (known.quantity, known.fees))
            sums[key] = quantity + fill.side.signed(fill.quantity), fees + fill.fee
    for key in dict.fromkeys((*stored, *expected, *sums)):
        held = stored.get(key, FLAT)
        if key in sums:
            yield from _compared(key, (held.quantity, held.fees), sums[key], ("quantity", "fees"))
        else:
            followed = expected.get(key, FLAT)
            names = Position.__slots__
            yield from _compared(
                key, [getattr(held, name) for name in names], [getattr(followed, name) for name in names], names
            )


def check_balances(looked: Looked) -> Iterator[Finding]:
    """A wallet is what the account opened with and what its holdings earned since, fees taken off."""
    held = holdings(looked.connection, positions)
    for row in looked.connection.execute(select(accounts)).mappings():
        account = row["account"]
        opening = opening_balance(looked.connection, account)
        if opening is None:
            continue
        earned = sum((p.realised - p.fees for key, p in held.items() if key.account == account), ZERO)
        if row["balance"] != opening + earned:
            yield Finding(
                "balances",
                account,
                f"the balance is {plain(row['balance'])}; it opened with {plain(opening)} and earned {plain(earned)}",
            )


def holdings(connection: Connection, table: Table) -> dict[Key, Position]:
    return {rows.key_from(row): rows.position_from(row) for row in connection.execute(select(table)).mappings()}


def instrument_of(setup: Setup, key: Key) -> Instrument | None:
    """The terms as configured; None for what the configuration does not know any more."""
    account = setup.accounts.get(key.account)
    return account.instruments.get(key.symbol) if account else None


def opening_balance(connection: Connection, account: str) -> Decimal | None:
    """The equity of the account's first snapshot, taken before its first order; it is never pruned."""
    snapshots = equity_snapshots.c
    own = (snapshots.account == account, snapshots.strategy == "", snapshots.symbol == "")
    first = select(func.min(snapshots.id)).where(*own).scalar_subquery()
    found: Decimal | None = connection.execute(select(snapshots.equity).where(snapshots.id == first)).scalar()
    return found


def _compared(key: Key, stored: object, expected: object, names: object) -> Iterator[Finding]:
    for name, is_, should in zip(names, stored, expected, strict=True):  # type: ignore[call-overload]
        if is_ != should:
            yield Finding(
                "positions",
                " ".join(key),
                f"{name} is {plain(is_)}; its fills, at the instrument's terms as configured, lead to {plain(should)}",
            )
