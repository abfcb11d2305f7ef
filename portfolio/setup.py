"""The desk as configured: what the core needs to know before the first command."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.identifiers import AccountId, StrategyId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.position import Key
from portfolio.model.signal import Size
from portfolio.ports import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetup:
    """`trusts_signal_price` is true on paper only: a real venue never takes an alert's price as reference."""

    id: AccountId
    currency: str
    balance: Decimal
    instruments: Mapping[Symbol, Instrument]
    leverage: Decimal
    send_within_s: Decimal
    trusts_signal_price: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySetup:
    """`symbols` empty means every instrument of the account."""

    id: StrategyId
    account: AccountId
    strategy: Strategy
    symbols: frozenset[Symbol] = frozenset()
    sizing: Size | None = None

    def trades(self, symbol: Symbol) -> bool:
        return not self.symbols or symbol in self.symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    currency: str
    max_age_s: Decimal
    accounts: Mapping[AccountId, AccountSetup]
    strategies: Mapping[StrategyId, StrategySetup]

    def instrument(self, key: Key) -> Instrument:
        return self.accounts[key.account].instruments[key.symbol]
