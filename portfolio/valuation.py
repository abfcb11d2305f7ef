"""What wallets and holdings are worth in the portfolio's currency, remembered until something of it changes."""

from collections.abc import Callable
from decimal import Decimal

from portfolio.model.account import Wallet
from portfolio.model.decimals import ONE, ZERO, money
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.scope import Scope
from portfolio.rates import Rates
from portfolio.setup import Setup
from portfolio.table import Table, UndoLog


class Valuation:
    """Owns the tables that values come from: wallets, positions and marks."""

    def __init__(self, setup: Setup, undo: UndoLog, position_changed: Callable[[Key], None]) -> None:
        self._setup = setup
        self._tell = position_changed
        self.wallets: Table[Wallet, Decimal] = Table(undo, self._wallet_changed)
        self.positions: Table[Key, Position] = Table(undo, self._position_changed)
        self.marks: Table[tuple[AccountId, Symbol], MarkPrice] = Table(undo, self._mark_changed)
        self.rates = Rates(setup, self.marks.get)
        self._worths: dict[Key, Decimal] = {}
        self._equities: dict[Scope, Decimal] = {}

    def forget(self) -> None:
        """Nothing is remembered: rows are not what they were."""
        self.rates.forget()
        self._worths.clear()
        self._equities.clear()

    def _wallet_changed(self, wallet: Wallet) -> None:
        self._equities.clear()

    def _position_changed(self, key: Key) -> None:
        self._worths.pop(key, None)
        self._equities.clear()
        self._tell(key)

    def _mark_changed(self, where: tuple[AccountId, Symbol]) -> None:
        self.forget()

    # --- in the settle currency ----------------------------------------------------------------------------------

    def notional(self, key: Key) -> Decimal:
        """The signed notional of the position at its mark."""
        position, mark = self.positions.get(key), self.marks.get((key.account, key.symbol))
        if position is None or mark is None or not position.quantity:
            return ZERO
        return self._setup.instrument(key).notional(position.quantity, mark.price)

    def unrealised(self, key: Key) -> Decimal:
        """Profit that is not taken yet, at the mark."""
        position, mark = self.positions.get(key), self.marks.get((key.account, key.symbol))
        if position is None or mark is None or not (position.quantity or position.cost):
            return ZERO
        return position.unrealised(mark.price, self._setup.instrument(key))

    # --- in the portfolio's currency -----------------------------------------------------------------------------

    def settle_rate(self, key: Key) -> Decimal | None:
        """The rate of the currency that the holding's cost and profit are in."""
        return self.rates.of(key.account, self._setup.instrument(key).settle)

    def equity(self, scope: Scope) -> Decimal:
        """The wallets and unrealised profit of a portfolio or account; of a strategy or symbol its profit and loss.

        The latter since the beginning, after fees and funding. What has no price is left out.
        """
        equity = self._equities.get(scope)
        if equity is None:
            equity = self._equities[scope] = self._computed(scope)
        return equity

    def _computed(self, scope: Scope) -> Decimal:
        if scope.strategy is not None or scope.symbol is not None:
            return money(sum((self._profit(key) for key in self.positions if scope.covers(key)), ZERO))
        if scope.account is None:
            return sum((self.equity(Scope(account)) for account in self._setup.accounts), ZERO)
        equity = ZERO
        for wallet, amount in self.wallets.items():
            if wallet.account == scope.account:
                rate = self.rates.of(*wallet) or ZERO
                equity += amount if rate is ONE else rate * amount
        for key in self.positions:
            if key.account == scope.account:
                equity += self._worth(key)
        return money(equity)

    def _worth(self, key: Key) -> Decimal:
        """What the holding adds to its account's wallets.

        Coins bought on spot are in a wallet: they count at their own symbol's mark, not at another's.
        """
        worth = self._worths.get(key)
        if worth is None:
            worth = self._worths[key] = self._computed_worth(key)
        return worth

    def _computed_worth(self, key: Key) -> Decimal:
        rate, instrument = self.settle_rate(key) or ZERO, self._setup.instrument(key)
        if not instrument.is_spot:
            unrealised = self.unrealised(key)
            return unrealised if rate is ONE else unrealised * rate
        held = self.positions[key].quantity
        if not held or (key.account, key.symbol) not in self.marks:
            return ZERO
        return self.notional(key) * rate - held * (self.rates.of(key.account, instrument.base) or ZERO)

    def _profit(self, key: Key) -> Decimal:
        profit = self.unrealised(key) + self.positions[key].earned
        return profit * (self.settle_rate(key) or ZERO) if profit else ZERO
