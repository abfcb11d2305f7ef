"""Wallets follow from what the account opened with, what came and left, and what its holdings took and gave."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import Connection, func, select

from app.storage import rows
from app.storage.checks.finding import Finding, Looked
from app.storage.checks.holdings import fee_in_settle, holdings, instrument_of
from app.storage.schema import equity_snapshots, fills, positions, transfers, wallets
from portfolio.model.decimals import ZERO, plain
from portfolio.model.identifiers import AccountId
from portfolio.model.position import Key, Position
from portfolio.setup import AccountSetup, Setup


def check_wallets(looked: Looked) -> Iterator[Finding]:
    """A contract pays what it earned into its settle currency; spot holds coins, and the quote currency paid for them.

    Left alone are accounts that the configuration does not know whole any more, and those that paid fees in a third
    currency, whose conversion nobody keeps.
    """
    held = holdings(looked.connection, positions)
    stored: defaultdict[AccountId, dict[str, Decimal]] = defaultdict(dict)
    for row in looked.connection.execute(select(wallets)).mappings():
        stored[row["account"]][row["currency"] or looked.setup.currency] = row["amount"]
    for account, found in stored.items():
        own = {key: position for key, position in held.items() if key.account == account}
        setup = looked.setup.accounts.get(account)
        if setup is None or not _is_exact(looked, account, own):
            continue
        expected = _opening(looked.connection, looked.setup, setup)
        for key, position in own.items():
            _add(expected, looked.setup, key, position)
        for row in looked.connection.execute(select(transfers).where(transfers.c.account == account)).mappings():
            expected[row["currency"]] += row["amount"]
        for currency in dict.fromkeys((*found, *expected)):
            is_, should = found.get(currency, ZERO), expected.get(currency, ZERO)
            if is_ != should:
                message = (
                    f"the wallet has {plain(is_)}; its opening, its transfers and its holdings lead to {plain(should)}"
                )
                yield Finding("wallets", f"{account} {currency}", message)


def _is_exact(looked: Looked, account: AccountId, own: dict[Key, Position]) -> bool:
    if any(instrument_of(looked.setup, key) is None for key in own):
        return False
    distinct = (fills.c.account, fills.c.symbol, fills.c.fee_currency)
    newest = select(func.max(fills.c.id)).where(fills.c.account == account).group_by(*distinct)
    for row in looked.connection.execute(select(fills).where(fills.c.id.in_(newest))).mappings():
        instrument = instrument_of(looked.setup, rows.key_from(row))
        if instrument is None or fee_in_settle(rows.fill_from(row), instrument) is None:
            return False
    return True


def _opening(connection: Connection, setup: Setup, account: AccountSetup) -> defaultdict[str, Decimal]:
    """As configured; of an account that opened with the portfolio's currency alone, the equity of its first snapshot,
    which is never pruned: the configuration may have been changed since."""
    opening = defaultdict(Decimal, account.balances)
    if set(account.balances) == {setup.currency}:
        snapshots = equity_snapshots.c
        own = (snapshots.account == account.id, snapshots.strategy == "", snapshots.symbol == "")
        first = select(func.min(snapshots.id)).where(*own).scalar_subquery()
        equity = connection.execute(select(snapshots.equity).where(snapshots.id == first)).scalar()
        opening[setup.currency] = opening[setup.currency] if equity is None else equity
    return opening


def _add(expected: defaultdict[str, Decimal], setup: Setup, key: Key, position: Position) -> None:
    instrument = setup.instrument(key)
    if instrument.is_spot:
        expected[instrument.base] += position.quantity
        expected[instrument.quote] += position.earned - position.cost
    else:
        expected[instrument.settle] += position.earned
