"""What all that the accounts own is worth in one currency, and how that has changed since it was last written down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.decimals import ONE, ZERO, money
from portfolio.model.identifiers import AccountId
from portfolio.model.worth import AssetWorth, WalletPart, WalletSnapshot
from portfolio.prices.rate import Rate
from portfolio.prices.ticker import Venue
from portfolio.prices.valuing import Valuer

Place: TypeAlias = tuple[AccountId, str]
"""An account, and one of its currencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthRow:
    """A part of the wallet at the middle of `rate`; where there is none, `reason` says why and it counts for nothing.
    `coin` is what the account's code stands for. `share` is of the whole, None where that is not above zero."""

    part: WalletPart
    coin: str
    rate: Rate | None
    value: Decimal | None
    unrealised_value: Decimal | None
    share: Decimal | None = None
    reason: str = ""

    @property
    def place(self) -> Place:
        return self.part.account, self.part.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class NetWorth:
    """`rows` are the dearest first, those without a price last; `total` is the sum of the others, what is unrealised
    included."""

    currency: str
    rows: tuple[WorthRow, ...]
    total: Decimal
    unrealised: Decimal

    def of(self, account: AccountId) -> Decimal:
        return sum((row.value for row in self.rows if row.value is not None and row.part.account == account), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthChange:
    """Since the snapshot of `since`: of what had a price then and has one now; `left_out` are the others, as account
    and currency. `is_at_rate_of_today`: nobody knows what the currency was worth then, and today's rate was taken."""

    since: datetime
    before: Decimal
    change: Decimal
    share: Decimal | None
    left_out: tuple[Place, ...]
    is_at_rate_of_today: bool


def net_worth(
    parts: Iterable[WalletPart], currency: str, valuer: Valuer, venue_of: Callable[[AccountId], Venue]
) -> NetWorth:
    """Every part at the account's own venue's price where it has one."""
    rows = [_row(part, currency, valuer, venue_of(part.account)) for part in parts]
    total = sum((row.value for row in rows if row.value is not None), ZERO)
    shared = [_with_share(row, total) for row in rows]
    return NetWorth(
        currency=currency,
        rows=tuple(sorted(shared, key=lambda row: (row.value is None, -(row.value or ZERO), row.place))),
        total=total,
        unrealised=sum((row.unrealised_value for row in rows if row.unrealised_value is not None), ZERO),
    )


def change_since(
    snapshot: WalletSnapshot, worth: NetWorth, valuer: Valuer, accounts: set[AccountId]
) -> WorthChange | None:
    """What became of the snapshot's worth, of these accounts; None where nothing tells it in the currency."""
    rate = ONE if snapshot.currency == worth.currency else snapshot.rates.get(worth.currency)
    today = None if rate is not None else valuer.rate(snapshot.currency, worth.currency)
    factor = rate if rate is not None else today.mid if today else None
    if factor is None:
        return None
    then = {(asset.account, asset.currency): asset.value for asset in snapshot.assets if asset.account in accounts}
    now = {row.place: row.value for row in worth.rows}
    left_out = {place for values in (then, now) for place, value in values.items() if value is None}
    before = money(sum((value * factor for place, value in then.items() if value and place not in left_out), ZERO))
    after = sum((value for place, value in now.items() if value and place not in left_out), ZERO)
    return WorthChange(
        since=snapshot.time,
        before=before,
        change=after - before,
        share=(after - before) / before if before > 0 else None,
        left_out=tuple(sorted(left_out)),
        is_at_rate_of_today=rate is None,
    )


def assets_of(worth: NetWorth) -> tuple[AssetWorth, ...]:
    """What is kept of it."""
    return tuple(
        AssetWorth(account=row.part.account, currency=row.part.currency, amount=row.part.owned, value=row.value)
        for row in worth.rows
    )


def _row(part: WalletPart, currency: str, valuer: Valuer, venue: Venue) -> WorthRow:
    coin = valuer.terms.assets.of(venue, part.currency)
    rate = valuer.rate(coin, currency, venue)
    if rate is None:
        reason = valuer.why_not(coin, currency)
        return WorthRow(part=part, coin=coin, rate=None, value=None, unrealised_value=None, reason=reason)
    return WorthRow(
        part=part,
        coin=coin,
        rate=rate,
        value=money(part.owned * rate.mid),
        unrealised_value=money(part.unrealised * rate.mid),
    )


def _with_share(row: WorthRow, total: Decimal) -> WorthRow:
    return replace(row, share=row.value / total) if row.value is not None and total > 0 else row
