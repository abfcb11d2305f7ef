"""The in-memory truth: positions, live orders and what they reserve, trading states and baselines."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portfolio.changes import Changes, History
from portfolio.due import due_at
from portfolio.model.account import (
    SEVERITY,
    Baseline,
    Readiness,
    Reconciliation,
    Snapshot,
    TradingState,
    TradingStatus,
    Wallet,
)
from portfolio.model.attachment import Attachment
from portfolio.model.decimals import ZERO
from portfolio.model.difference import Difference, DifferenceKind, Subject
from portfolio.model.event import Event
from portfolio.model.flattening import Flattening
from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol
from portfolio.model.order import Order, OrderTransition
from portfolio.model.position import Key, Position
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from portfolio.model.tally import Tally
from portfolio.model.transfer import Transfer
from portfolio.model.venue import WORKING, Balance, Standing
from portfolio.reservation import NOTHING_RESERVED, Reservation, reserved_by
from portfolio.setup import Setup
from portfolio.table import Table, UndoLog
from portfolio.valuation import Valuation

FLAT = Position()
HISTORY_OVERLAP = timedelta(seconds=60)
_MEMORY = ("readiness", "quotes_seen", "conditions", "differences", "stirred", "unconfigured", "locked")


def key_of(order: Order) -> Key:
    return Key(order.account, order.strategy, order.symbol)


def _owns(scope: Scope, wallet: Wallet) -> bool:
    """True for the wallets of a portfolio or account; a strategy or symbol has none."""
    return scope.strategy is None and scope.symbol is None and scope.account in (None, wallet.account)


class Book:
    """Rows are frozen values in tables; a command that fails is rolled back without a trace.

    Orders that ended stay until `settle`, so that later commands of the same batch still find them.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._undo = UndoLog()
        self._held: list[Key] | None = None
        self._valuation = Valuation(setup, self._undo, self._forget_holdings)
        self.wallets = self._valuation.wallets
        self.positions = self._valuation.positions
        self.marks = self._valuation.marks
        self.orders: Table[ClientOrderId, Order] = Table(self._undo)
        self.trades: Table[ClientOrderId, tuple[str, ...]] = Table(self._undo)
        self.states: Table[Scope, TradingState] = Table(self._undo)
        self.baselines: Table[Scope, Baseline] = Table(self._undo)
        self.snapshots: Table[Scope, Snapshot] = Table(self._undo)
        self.strategy_states: Table[StrategyId, Mapping[str, Any]] = Table(self._undo)
        self.funded: Table[tuple[AccountId, Symbol], datetime] = Table(self._undo)
        self.flattenings: Table[Key, Flattening] = Table(self._undo)
        self.attachments: Table[Key, Attachment] = Table(self._undo)
        self.tallies: Table[tuple[Scope, str], Tally] = Table(self._undo)
        self.readiness: Table[AccountId, Readiness] = Table(self._undo)
        self.quotes_seen: Table[tuple[AccountId, Symbol], int] = Table(self._undo)
        self.conditions: Table[tuple[AccountId, Symbol | None], Standing] = Table(self._undo)
        self.differences: Table[Subject, Difference] = Table(self._undo)
        self.stirred: Table[tuple[AccountId, str], datetime] = Table(self._undo)
        self.unconfigured: Table[tuple[AccountId, Symbol], datetime] = Table(self._undo)
        self.reconciliations: Table[AccountId, Reconciliation] = Table(self._undo)
        self.locked: Table[Wallet, Balance] = Table(self._undo)
        self._reservations: Table[Key, Reservation] = Table(self._undo, self._forget_holdings)
        self._live: Table[Key, tuple[ClientOrderId, ...]] = Table(self._undo)
        self._due: Table[ClientOrderId, datetime] = Table(self._undo)
        self.history = History()

    # --- staging -----------------------------------------------------------------------------------------------

    def savepoint(self) -> tuple[int, tuple[int, ...]]:
        return self._undo.position(), self.history.lengths()

    def roll_back_to(self, savepoint: tuple[int, tuple[int, ...]]) -> None:
        position, lengths = savepoint
        self._undo.roll_back_to(position)
        self._valuation.forget()
        self._held = None
        self.history.cut_to(lengths)

    def take_changes(self) -> Changes:
        """What the batch did, for the store. Until `settle` it can be taken once only."""
        return Changes(
            history=self.history,
            wallets=self.wallets.drain_changes(),
            positions=self.positions.drain_changes(),
            orders=self.orders.drain_changes(),
            states=self.states.drain_changes(),
            baselines=self.baselines.drain_changes(),
            strategy_states=self.strategy_states.drain_changes(),
            marks=self.marks.drain_changes(),
            flattenings=self.flattenings.drain_changes(),
            attachments=self.attachments.drain_changes(),
            funded=self.funded.drain_changes(),
            tallies=self.tallies.drain_changes(),
            reconciliations=self.reconciliations.drain_changes(),
        )

    def settle(self, changes: Changes) -> None:
        """The batch is on disk: there is no way back, and orders that ended leave."""
        for order_id, order in changes.orders.items():
            if order is not None and not order.is_live:
                self.orders.remove(order_id)
                self.trades.remove(order_id)
        for table in (self.orders, self.trades, self._live, self._reservations, self._due):
            table.drain_changes()
        self.history = History()
        self._undo.clear()

    def contents(self) -> dict[str, dict[Any, Any]]:
        """Everything that the store must give back after a restart, for comparison."""
        tables: dict[str, Table[Any, Any]] = {
            "wallets": self.wallets,
            "positions": self.positions,
            "orders": self.orders,
            "trades": self.trades,
            "states": self.states,
            "baselines": self.baselines,
            "snapshots": self.snapshots,
            "strategy_states": self.strategy_states,
            "marks": self.marks,
            "flattenings": self.flattenings,
            "attachments": self.attachments,
            "funded": self.funded,
            "tallies": self.tallies,
            "reconciliations": self.reconciliations,
        }
        contents: dict[str, dict[Any, Any]] = {name: table.as_dict() for name, table in tables.items()}
        contents["reservations"] = {key: total for key, total in self._reservations.items() if total.orders}
        contents["live"] = {key: set(ids) for key, ids in self._live.items() if ids}
        return contents

    def twin(self, setup: Setup | None = None) -> "Book":
        """A book of its own that says the same, of the same desk or another; what happens to it happens to it alone."""
        twin = Book(setup or self.setup)
        for name, table in vars(self).items():
            if isinstance(table, Table):
                getattr(twin, name).load_all(table)
        for strategy, state in self.strategy_states.items():
            twin.strategy_states.load(strategy, deepcopy(state))
        return twin

    def memory(self) -> dict[str, dict[Any, Any]]:
        """What only this process knows: it is in no store, and outlives a book that is loaded anew."""
        return {name: getattr(self, name).as_dict() for name in _MEMORY}

    def remember(self, memory: Mapping[str, Mapping[Any, Any]]) -> None:
        """Take over what an earlier book of this process knew."""
        for name, rows in memory.items():
            for key, value in rows.items():
                getattr(self, name).load(key, value)

    def forget_memory(self) -> None:
        """As after a new start: what only a process knew is gone."""
        for name in _MEMORY:
            table = getattr(self, name)
            for key in list(table):
                table.remove(key)

    # --- loading -----------------------------------------------------------------------------------------------

    def load_order(self, order: Order, trade_ids: tuple[str, ...]) -> None:
        """Take a live order from the store."""
        key = key_of(order)
        self.orders.load(order.client_order_id, order)
        if trade_ids:
            self.trades.load(order.client_order_id, trade_ids)
        self._live.load(key, (*self._live_ids(key), order.client_order_id))
        self._reservations.load(key, self.reservation(key).plus(self._share_of(key, order)))
        if (due := due_at(order)) is not None:
            self._due.load(order.client_order_id, due)

    # --- orders ------------------------------------------------------------------------------------------------

    def put_order(self, order: Order, reason: str = "") -> None:
        """The order is this from now on; its reservation follows, and a change of status is written down."""
        old = self.orders.get(order.client_order_id)
        previous = old.status if old else None
        if previous is not order.status:
            transition = OrderTransition(order.client_order_id, previous, order.status, order.updated_at, reason)
            self.history.transitions.append(transition)
        self.orders.put(order.client_order_id, order)
        self._reserve(old, order)
        self._note_due(order)

    def recall(self, order: Order, trade_ids: tuple[str, ...]) -> None:
        """An order that had ended and left is at hand again, with the executions that were booked for it."""
        self.orders.put(order.client_order_id, order)
        self.trades.put(order.client_order_id, trade_ids)

    def _reserve(self, old: Order | None, new: Order) -> None:
        key = key_of(new)
        total = self.reservation(key).plus(self._share_of(key, new))
        if old is not None:
            total = total.minus(self._share_of(key, old))
        self._reservations.put(key, total)
        was_live = old is not None and old.is_live
        if new.is_live and not was_live:
            self._live.put(key, (*self._live_ids(key), new.client_order_id))
        elif was_live and not new.is_live:
            rest = tuple(known for known in self._live_ids(key) if known != new.client_order_id)
            self._live.put(key, rest)

    def _note_due(self, order: Order) -> None:
        due = due_at(order)
        if due is not None:
            self._due.put(order.client_order_id, due)
        else:
            self._due.remove(order.client_order_id)

    def due_by(self, now: datetime) -> list[Order]:
        """Orders that time alone asks something of, by now."""
        return [self.orders[order_id] for order_id, at in self._due.items() if at <= now]

    def next_due(self, after: datetime) -> datetime | None:
        """When time alone asks something of an order next, later than `after`; None while nothing is known."""
        return min((at for at in self._due.values() if at > after), default=None)

    def _share_of(self, key: Key, order: Order) -> Reservation:
        return reserved_by(order, self.setup.instrument(key), venue_enforces=self.setup.enforces_reduce_only(key))

    def claimed_by(self, order: Order) -> Decimal:
        """What nobody but this order may close, of its holding's position."""
        return self._share_of(key_of(order), order).exits

    def reservation(self, key: Key) -> Reservation:
        return self._reservations.get(key) or NOTHING_RESERVED

    def _live_ids(self, key: Key) -> tuple[ClientOrderId, ...]:
        return self._live.get(key) or ()

    def live_orders(self, key: Key) -> tuple[Order, ...]:
        """The holding's orders that can still trade, oldest first."""
        return tuple(self.orders[order_id] for order_id in self._live_ids(key))

    def live_orders_of(self, account: AccountId, symbol: Symbol) -> list[Order]:
        """Every order that can still trade there, whatever its strategy."""
        keys = [key for key in self._live if key.account == account and key.symbol == symbol]
        return [order for key in keys for order in self.live_orders(key)]

    def live_orders_in(self, scope: Scope) -> list[Order]:
        return [order for order in self.orders.values() if order.is_live and scope.covers(key_of(order))]

    def has_resting(self, account: AccountId, symbol: Symbol) -> bool:
        """True while an order there may stay for long."""
        scope = Scope(account, symbol=symbol)
        return any(total.resting for key, total in self._reservations.items() if scope.covers(key))

    def has_unknown(self, account: AccountId, symbol: Symbol) -> bool:
        """True while an order there may or may not exist at the venue."""
        scope = Scope(account, symbol=symbol)
        return any(total.unknown for key, total in self._reservations.items() if scope.covers(key))

    # --- holdings ----------------------------------------------------------------------------------------------

    def position(self, key: Key) -> Position:
        return self.positions.get(key) or FLAT

    def entries(self, key: Key, side: Side) -> int:
        """Orders towards `side` that the position was built by, and those that may still add to it."""
        position = self.position(key)
        built = position.entries if side.signed(position.quantity) > 0 else 0
        return built + sum(1 for order in self.live_orders(key) if not order.is_exit and order.side is side)

    def reducible(self, key: Key) -> Decimal:
        """The unsigned quantity that may still be closed: the position less what live exits claim.

        Of coins no more than there are: others may have sold them.
        """
        own = max(ZERO, abs(self.position(key).quantity) - self.reservation(key).exits)
        instrument = self.setup.instrument(key)
        return min(own, self._free_coins(key.account, instrument.base)) if own and instrument.is_spot else own

    def spot_holdings(self, account: AccountId, coin: str) -> list[Key]:
        """Every holding of the coin, by whatever symbol it is traded."""
        own = [key for key in self.positions if key.account == account]
        terms = self.setup.accounts[account].instruments
        return [key for key in own if terms[key.symbol].is_spot and terms[key.symbol].base == coin]

    def _free_coins(self, account: AccountId, coin: str) -> Decimal:
        """The wallet less what live sells of any spot symbol claim."""
        claimed = ZERO
        for key, reserved in self._reservations.items():
            if key.account == account and reserved.exits:
                instrument = self.setup.instrument(key)
                claimed += reserved.exits if instrument.is_spot and instrument.base == coin else ZERO
        return max(ZERO, self.wallet(account, coin) - claimed)

    def holdings(self, scope: Scope = PORTFOLIO) -> list[Key]:
        """Every holding of the scope that has a position or a live order."""
        if self._held is None:
            keys = dict.fromkeys((*self.positions, *self._reservations))
            self._held = [key for key in keys if self.position(key).quantity or self.reservation(key).orders]
        return self._held if scope == PORTFOLIO else [key for key in self._held if scope.covers(key)]

    def _forget_holdings(self, changed: Key) -> None:
        self._held = None

    @property
    def is_exposed(self) -> bool:
        return bool(self.holdings())

    def mark_price(self, account: AccountId, symbol: Symbol) -> Decimal | None:
        mark = self.marks.get((account, symbol))
        return mark.price if mark else None

    def net(self, account: AccountId, symbol: Symbol) -> Decimal:
        """The signed quantity that the venue holds for all strategies together."""
        where = Scope(account, symbol=symbol)
        return sum((position.quantity for key, position in self.positions.items() if where.covers(key)), ZERO)

    def net_positions(self, account: AccountId) -> dict[Symbol, Position]:
        """What the venue holds, by symbol, for all strategies together; flat ones too."""
        net: dict[Symbol, Position] = {}
        for key, position in self.positions.items():
            if key.account == account:
                net[key.symbol] = position.plus(net.get(key.symbol) or FLAT)
        return net

    def notional(self, key: Key) -> Decimal:
        """The signed notional of the position at its mark, in the settle currency."""
        return self._valuation.notional(key)

    def unrealised(self, key: Key) -> Decimal:
        """Profit that is not taken yet, at the mark, in the settle currency."""
        return self._valuation.unrealised(key)

    # --- values ------------------------------------------------------------------------------------------------

    def rate(self, account: AccountId, currency: str) -> Decimal | None:
        """Units of the portfolio's currency that one of `currency` is worth; None where no price says so."""
        return self._valuation.rates.of(account, currency)

    def settle_rate(self, key: Key) -> Decimal | None:
        """The rate of the currency that the holding's cost and profit are in."""
        return self._valuation.settle_rate(key)

    def equity(self, scope: Scope) -> Decimal:
        """In the portfolio's currency: the wallets and unrealised profit of a portfolio or account; of a strategy or
        symbol its profit and loss since the beginning, after fees and funding."""
        return self._valuation.equity(scope)

    def wallet(self, account: AccountId, currency: str) -> Decimal:
        return self.wallets.get(Wallet(account, currency)) or ZERO

    def pay(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """The wallet holds so much more, or less."""
        if amount:
            self.wallets.put(Wallet(account, currency), self.wallet(account, currency) + amount)

    def transfer(self, transfer: Transfer) -> None:
        """Money came to the account or left it without a trade."""
        self.pay(transfer.account, transfer.currency, transfer.amount)
        self.history.transfers.append(transfer)

    def unpriced(self, scope: Scope = PORTFOLIO) -> list[str]:
        """Currencies of the scope's wallets and holdings that cannot be valued; they are left out of its equity."""
        idle = {wallet.currency for wallet in self.silent() if _owns(scope, wallet)}
        return sorted(idle.union(self.unmeasured(scope)))

    def unmeasured(self, scope: Scope = PORTFOLIO) -> list[str]:
        """Currencies without a price that the scope's holdings pay in: what they gain or lose cannot be told."""
        paying = {Wallet(key.account, self.setup.instrument(key).settle) for key in self.holdings(scope)}
        return sorted({currency for account, currency in paying if self.rate(account, currency) is None})

    def silent(self) -> dict[Wallet, Decimal]:
        """Wallets that no price values: they count for nothing yet."""
        return {wallet: amount for wallet, amount in self.wallets.items() if amount and self.rate(*wallet) is None}

    # --- trading states ----------------------------------------------------------------------------------------

    def trading_state(self, key: Key) -> tuple[Scope, TradingState] | None:
        """The strictest state that applies to the holding, and where it was set; None while all is ACTIVE."""
        found = [(scope, state) for scope, state in self.states.items() if scope.covers(key)]
        return max(found, key=lambda item: SEVERITY[item[1].status], default=None)

    def status_of(self, scope: Scope) -> TradingStatus:
        """The state the scope is in, counting what was set on the scopes around it."""
        around = [state for where, state in self.states.items() if where.contains(scope)]
        return max((state.status for state in around), key=SEVERITY.__getitem__, default=TradingStatus.ACTIVE)

    def is_paused(self, account: AccountId, strategy: StrategyId) -> bool:
        state = self.states.get(Scope(account, strategy))
        return state is not None and state.paused

    # --- venues ---------------------------------------------------------------------------------------------------

    def condition_of(self, account: AccountId, symbol: Symbol | None = None) -> Standing:
        """How the account's venue can be traded; of a symbol the worse of its own condition and the account's."""
        whole = self.conditions.get((account, None)) or WORKING
        own = self.conditions.get((account, symbol)) if symbol is not None else None
        return own if own is not None and not whole.condition.forbids_risk else whole

    def history_since(self, account: AccountId) -> datetime | None:
        """From when on the account's history has to be read again; None where its books have not begun."""
        known = self.reconciliations.get(account)
        if known is None or known.history_until is None or known.begun_at is None:
            return None
        return max(known.begun_at, known.history_until - HISTORY_OVERLAP)

    def stir(self, account: AccountId, name: str, time: datetime) -> None:
        """What happened then to the symbol or the currency is booked: what was seen of it has to be seen again."""
        self.stirred.put((account, name), max(self.stirred.get((account, name)) or time, time))
        for kind in DifferenceKind:
            seen = self.differences.get(Subject(account, kind, name))
            if seen is not None:
                self.differences.put(Subject(account, kind, name), seen.unseen())

    # --- history -----------------------------------------------------------------------------------------------

    def record(self, event: Event) -> None:
        self.history.events.append(event)

    def take_snapshot(self, scope: Scope, now: datetime) -> None:
        snapshot = Snapshot(now, self.equity(scope))
        self.snapshots.put(scope, snapshot)
        self.history.snapshots.append((scope, snapshot))
