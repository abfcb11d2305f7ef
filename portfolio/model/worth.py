"""What the accounts own and what it was worth, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPart:
    """One currency of an account. `total` is the balance; of it `in_orders` is what live spot orders could spend, and
    `in_margin` what contracts tie up at worst, positions and orders together. `unrealised` is the contracts' profit
    that is not taken yet, in the same currency, and no part of the balance."""

    account: AccountId
    currency: str
    total: Decimal
    in_orders: Decimal = ZERO
    in_margin: Decimal = ZERO
    unrealised: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        return max(ZERO, self.total - self.in_orders - self.in_margin)

    @property
    def owned(self) -> Decimal:
        """The balance and what would come to it if the contracts were closed at their marks."""
        return self.total + self.unrealised


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWorth:
    """`amount` includes what is unrealised. `value` is None for what nobody priced."""

    account: AccountId
    currency: str
    amount: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletSnapshot:
    """What all accounts were worth in `currency`, and what one of that was worth in others, as quoted then."""

    time: datetime
    currency: str
    assets: tuple[AssetWorth, ...]
    rates: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        return sum((asset.value for asset in self.assets if asset.value is not None), ZERO)
