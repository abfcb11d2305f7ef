"""What a batch did to the book, for the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from portfolio.model.account import Baseline, Reconciliation, Snapshot, TradingState, Wallet
from portfolio.model.attachment import Attachment
from portfolio.model.event import Event
from portfolio.model.fill import Fill, FundingShare
from portfolio.model.flattening import Flattening
from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol
from portfolio.model.order import Order, OrderTransition
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.scope import Scope
from portfolio.model.tally import Tally
from portfolio.model.transfer import Transfer
from portfolio.model.worth import WalletSnapshot


@dataclass(slots=True)
class History:
    """Lines that are only ever added: what a batch appends to the store."""

    transitions: list[OrderTransition] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    snapshots: list[tuple[Scope, Snapshot]] = field(default_factory=list)
    fundings: list[FundingShare] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    wallet_snapshots: list[WalletSnapshot] = field(default_factory=list)

    def lengths(self) -> tuple[int, ...]:
        return tuple(map(len, self._all()))

    def cut_to(self, lengths: tuple[int, ...]) -> None:
        for lines, length in zip(self._all(), lengths, strict=True):
            del lines[length:]

    def _all(self) -> tuple[list[Any], ...]:
        return (
            self.transitions,
            self.fills,
            self.events,
            self.snapshots,
            self.fundings,
            self.transfers,
            self.wallet_snapshots,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything one transaction has to write: lines to add, rows to put, and None for rows to remove."""

    history: History
    wallets: Mapping[Wallet, Decimal | None]
    positions: Mapping[Key, Position | None]
    orders: Mapping[ClientOrderId, Order | None]
    states: Mapping[Scope, TradingState | None]
    baselines: Mapping[Scope, Baseline | None]
    strategy_states: Mapping[StrategyId, Mapping[str, Any] | None]
    marks: Mapping[tuple[AccountId, Symbol], MarkPrice | None]
    flattenings: Mapping[Key, Flattening | None]
    attachments: Mapping[Key, Attachment | None]
    funded: Mapping[tuple[AccountId, Symbol], datetime | None]
    tallies: Mapping[tuple[Scope, str], Tally | None]
    reconciliations: Mapping[AccountId, Reconciliation | None]
