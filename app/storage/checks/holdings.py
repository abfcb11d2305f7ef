"""Positions follow from their fills and funding: through the model, in the order of the bookings."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection, Table, select

from app.storage import rows
from app.storage.checks.finding import Finding, Looked
from app.storage.checks.pages import pages
from app.storage.schema import brought_forward, fills, fundings, positions
from portfolio.book import FLAT
from portfolio.model.decimals import ZERO, plain
from portfolio.model.fill import Fill
from portfolio.model.instrument import Instrument
from portfolio.model.position import Key, Position
from portfolio.setup import Setup


def check_positions(looked: Looked) -> Iterator[Finding]:
    """What the fills lead to, from what was brought forward where older ones were pruned, is what is stored.

    Of an instrument that is no longer configured quantities are compared; fees that were paid in a third currency were
    converted at rates that nobody keeps, and are not. Nor are the entries of a position, which are orders.
    """
    stored = holdings(looked.connection, positions)
    expected = holdings(looked.connection, brought_forward)
    unknown: set[Key] = set()
    converted: set[Key] = set()
    for page in pages(looked.connection, fills, size=5000):
        for row in page:
            fill, key = rows.fill_from(row), rows.key_from(row)
            known, instrument = expected.get(key, FLAT), instrument_of(looked.setup, key)
            if instrument is None:
                unknown.add(key)
                expected[key] = replace(known, quantity=known.quantity + fill.side.signed(fill.quantity))
                continue
            fee = fee_in_settle(fill, instrument)
            if fee is None:
                converted.add(key)
            expected[key] = known.after(fill, instrument, fee or ZERO)
    for row in looked.connection.execute(select(fundings)).mappings():
        key = rows.key_from(row)
        known = expected.get(key, FLAT)
        expected[key] = replace(known, funding=known.funding + row["amount"])
    for key in dict.fromkeys((*stored, *expected)):
        names = ("quantity",) if key in unknown else tuple(Position.__slots__)
        left_out = {"entries", "fees"} if key in converted else {"entries"}
        yield from _compared(
            key, stored.get(key, FLAT), expected.get(key, FLAT), [n for n in names if n not in left_out]
        )


def holdings(connection: Connection, table: Table) -> dict[Key, Position]:
    return {rows.key_from(row): rows.position_from(row) for row in connection.execute(select(table)).mappings()}


def instrument_of(setup: Setup, key: Key) -> Instrument | None:
    """The terms as configured; None for what the configuration does not know any more."""
    account = setup.accounts.get(key.account)
    return account.instruments.get(key.symbol) if account else None


def is_followed(instrument: Instrument, fee_currency: str) -> bool:
    """True where what a fee was booked as does not depend on the rates of the time."""
    return fee_currency == instrument.settle or (fee_currency == instrument.base and instrument.is_spot)


def fee_in_settle(fill: Fill, instrument: Instrument) -> Decimal | None:
    """What was booked as the fee; None where that depended on the rates of the time."""
    if fill.fee and not is_followed(instrument, fill.fee_currency):
        return None
    return instrument.fee_in_settle(fill.fee, fill.fee_currency, fill.price)


def _compared(key: Key, stored: Position, expected: Position, names: list[str]) -> Iterator[Finding]:
    for name in names:
        is_, should = getattr(stored, name), getattr(expected, name)
        if is_ != should:
            yield Finding(
                "positions",
                " ".join(key),
                f"{name} is {plain(is_)}; its fills, at the instrument's terms as configured, lead to {plain(should)}",
            )
