"""Controls that hold whatever is configured, each for one order. The first group binds new risk only."""

from decimal import Decimal
from typing import ClassVar, Protocol

from portfolio.limits.proposal import Proposal
from portfolio.model.account import Readiness, TradingStatus
from portfolio.model.check import Check, Figure
from portfolio.model.decimals import ZERO
from portfolio.model.order import PriceSource
from portfolio.model.scope import Scope


class Control(Protocol):
    code: ClassVar[str]

    def check(self, proposal: Proposal) -> Check: ...


def _check(
    code: str, passed: bool, message: str, limit: Figure = None, value: Figure = None, scope: str = "order"
) -> Check:
    return Check(code, scope, passed, limit, value, message)


class TradingStateAllows:
    """HALTED or REDUCING, whichever applies and is stricter, admits no new risk."""

    code: ClassVar[str] = "TRADING_STATE"

    def check(self, proposal: Proposal) -> Check:
        found = proposal.book.trading_state(proposal.key)
        if found is None or found[1].status is TradingStatus.ACTIVE:
            return _check(self.code, True, "trading is active", None, TradingStatus.ACTIVE.value)
        scope, state = found
        message = f"{scope} is {state.status} since {state.since:%Y-%m-%d %H:%M:%S} UTC (cause: {state.cause})"
        return _check(state.status.value, False, message, TradingStatus.ACTIVE.value, state.status.value, str(scope))


class AccountReconciled:
    code: ClassVar[str] = "NOT_RECONCILED"

    def check(self, proposal: Proposal) -> Check:
        account = proposal.order.account
        readiness = proposal.book.readiness.get(account) or Readiness.STARTING
        passed = readiness is Readiness.RECONCILED
        message = f"account {account} is {'' if passed else 'not '}reconciled with its venue"
        expected = Readiness.RECONCILED.value
        return _check(self.code, passed, message, expected, readiness.value, str(Scope(account)))


class OutcomesKnown:
    code: ClassVar[str] = "UNKNOWN_ORDER"

    def check(self, proposal: Proposal) -> Check:
        passed = not proposal.book.has_unknown(proposal.order.account, proposal.order.symbol)
        message = "every order of the symbol is accounted for" if passed else "the outcome of an order is not known yet"
        return _check(self.code, passed, message)


class ReferencePriceKnown:
    """An alert's own price counts on paper; the symbol's last price is enough for reductions only."""

    code: ClassVar[str] = "NO_REFERENCE_PRICE"

    def check(self, proposal: Proposal) -> Check:
        reference = proposal.reference
        known = reference is not None and (proposal.order.is_exit or reference.source is not PriceSource.LAST)
        if known and reference is not None:
            return _check(self.code, True, f"the price comes from the {reference.source}", None, reference.mark)
        return _check(self.code, False, f"no current price of {proposal.order.symbol} is known; send one as `price`")


class CurrencyConvertible:
    """A contract that settles in another currency cannot be held against limits in the portfolio's."""

    code: ClassVar[str] = "NO_CONVERSION"

    def check(self, proposal: Proposal) -> Check:
        settle, currency = proposal.instrument.settle, proposal.book.setup.currency
        passed = settle == currency
        message = f"{settle} {'is' if passed else 'cannot be converted to'} the portfolio's currency"
        return _check(self.code, passed, message, currency, settle)


class MarginSuffices:
    """Worst-case gross exposure divided by the account's leverage must be covered by its equity."""

    code: ClassVar[str] = "INSUFFICIENT_MARGIN"

    def check(self, proposal: Proposal) -> Check:
        setup = proposal.book.setup.accounts[proposal.order.account]
        scope = Scope(setup.id)
        leverage = min(setup.leverage, proposal.instrument.max_leverage)
        available = max(ZERO, proposal.book.equity(scope))
        needed = proposal.exposure(scope).gross / leverage
        passed = needed <= available
        message = f"initial margin {'is covered by' if passed else 'exceeds'} the equity of account {setup.id}"
        return _check(self.code, passed, message, available, needed, str(scope))


class MinimumReached:
    """At least one lot and the venue's minimums; closing a whole position has none."""

    code: ClassVar[str] = "BELOW_MINIMUM"

    def check(self, proposal: Proposal) -> Check:
        order, instrument = proposal.order, proposal.instrument
        least = max(instrument.min_quantity, instrument.lot)
        if order.quantity <= 0 or (order.quantity < least and not self._closes_all(proposal)):
            return _check(self.code, False, "the quantity, in whole lots, is below the minimum", least, proposal.asked)
        price = order.price or order.reference_price
        cost = instrument.value(order.quantity, price)
        if price and cost < instrument.min_cost and not order.is_exit:
            return _check(self.code, False, "the order's value is below the minimum", instrument.min_cost, cost)
        return _check(self.code, True, "the quantity reaches the minimum", least, order.quantity)

    @staticmethod
    def _closes_all(proposal: Proposal) -> bool:
        return proposal.order.is_exit and proposal.order.quantity == abs(proposal.book.position(proposal.key).quantity)


class ReduceOnlyHolds:
    """A reduce-only order neither increases nor flips the position, counting the exits already sent."""

    code: ClassVar[str] = "REDUCE_ONLY"

    def check(self, proposal: Proposal) -> Check:
        order = proposal.order
        if not order.reduce_only:
            return _check(self.code, True, "the order is not reduce-only")
        if order.is_waiting:
            return _check(self.code, True, "tested once the order before it has ended", None, order.quantity)
        position = proposal.book.position(proposal.key).quantity
        closes = order.side.signed(order.quantity) * position < 0
        claimed_by_others = proposal.book.reservation(proposal.key).exits - (order.remaining if order.is_exit else ZERO)
        reducible = max(ZERO, abs(position) - claimed_by_others) if closes else ZERO
        passed = order.quantity <= reducible
        message = "the order only reduces" if passed else "the order would do more than reduce the position"
        return _check(self.code, passed, message, Decimal(reducible), order.quantity)


NEW_RISK: tuple[Control, ...] = (
    TradingStateAllows(),
    AccountReconciled(),
    OutcomesKnown(),
    CurrencyConvertible(),
    MarginSuffices(),
)
EVERY_ORDER: tuple[Control, ...] = (ReferencePriceKnown(), MinimumReached(), ReduceOnlyHolds())
