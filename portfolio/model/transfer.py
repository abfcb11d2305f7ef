"""Money that came to an account or left it without a trade of ours."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from portfolio.model.identifiers import AccountId


class TransferKind(StrEnum):
    """OPENING is what an account was found to have at first, TRANSFER a deposit or withdrawal; ROUNDING corrects what a
    venue rounds otherwise; COVER undoes in wallets what an adjusted holding of coins seems to have paid."""

    OPENING = "opening"
    TRANSFER = "transfer"
    ROUNDING = "rounding"
    COVER = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`amount` is negative for what left."""

    account: AccountId
    currency: str
    amount: Decimal
    kind: TransferKind
    time: datetime
