"""The desk as configured: what the core needs to know before the first command."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.model.gap import OnGap
from portfolio.model.identifiers import UNASSIGNED, AccountId, StrategyId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.position import Key
from portfolio.model.signal import Size
from portfolio.model.venue import ForeignOrders
from portfolio.ports import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetup:
    """`balances` are what the account starts with, by currency; where they are empty, what its venue says that it has.

    `trusts_signal_price` is true on paper only, and there without a `feed`, the venue at whose prices it trades: what
    a venue says is never set aside for an alert's price.
    `foreign_orders` is what becomes of orders at the venue that are not the desk's. With `attaches_protection` entries
    take their stop along to the venue, which can do that.
    """

    id: AccountId
    balances: Mapping[str, Decimal]
    instruments: Mapping[Symbol, Instrument]
    leverage: Decimal
    send_within_s: Decimal
    trusts_signal_price: bool
    foreign_orders: ForeignOrders = ForeignOrders.REPORT
    attaches_protection: bool = False
    feed: str | None = None

    @property
    def ends_orders_in_time(self) -> bool:
        """True where orders that are good till a time end by themselves; which real venues know that is not known."""
        return self.trusts_signal_price or self.feed is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySetup:
    """`symbols` empty means every instrument of the account. With `shared` others may trade the same symbols.

    `on_gap` is what to do where alerts were missed.
    """

    id: StrategyId
    account: AccountId
    strategy: Strategy
    symbols: frozenset[Symbol] = frozenset()
    sizing: Size | None = None
    shared: bool = False
    on_gap: OnGap = OnGap.REPORT

    def trades(self, symbol: Symbol) -> bool:
        return not self.symbols or symbol in self.symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`pegged` are currencies that count one to one where no price of theirs is known."""

    currency: str
    max_age_s: Decimal
    accounts: Mapping[AccountId, AccountSetup]
    strategies: Mapping[StrategyId, StrategySetup]
    pegged: frozenset[str] = frozenset()
    shared: frozenset[tuple[AccountId, Symbol]] = field(init=False)

    def __post_init__(self) -> None:
        """What strategies share is known."""
        object.__setattr__(self, "shared", frozenset(self._shared_symbols()))

    def _shared_symbols(self) -> Iterator[tuple[AccountId, Symbol]]:
        for strategy in self.strategies.values():
            if strategy.shared:
                symbols = strategy.symbols or self.accounts[strategy.account].instruments
                yield from ((strategy.account, symbol) for symbol in symbols)

    def instrument(self, key: Key) -> Instrument:
        return self.accounts[key.account].instruments[key.symbol]

    def is_shared(self, key: Key) -> bool:
        """True where several strategies may hold the symbol, which their venue nets."""
        return (key.account, key.symbol) in self.shared

    def attaches(self, account: AccountId, symbol: Symbol) -> bool:
        """True where an entry may take its protection along: what the venue closes is a strategy's alone."""
        own = self.accounts[account]
        terms = own.instruments.get(symbol)
        is_contract = terms is not None and not terms.is_spot
        return own.attaches_protection and is_contract and (account, symbol) not in self.shared

    def only_trader(self, account: AccountId, symbol: Symbol) -> StrategyId:
        """The strategy that trades the symbol there, if there is but one; else nobody's."""
        traders = [one.id for one in self.strategies.values() if one.account == account and one.trades(symbol)]
        return traders[0] if len(traders) == 1 else UNASSIGNED

    def enforces_reduce_only(self, key: Key) -> bool:
        """True where the venue itself sees to it that a reduce-only order never opens anything.

        Spot knows no such order, and of a shared symbol the venue knows only the net.
        """
        return not self.instrument(key).is_spot and not self.is_shared(key)
