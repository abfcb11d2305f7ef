"""Controls that hold whatever is configured, each for one order. The first group binds new risk only."""

from decimal import Decimal
from typing import ClassVar, Protocol

from portfolio.book import Book
from portfolio.exposure import free_balance, initial_margin, margin_balance
from portfolio.limits.proposal import Proposal
from portfolio.limits.self_cross import NoSelfCross
from portfolio.model.account import Readiness, TradingStatus
from portfolio.model.check import Check, Figure
from portfolio.model.decimals import ZERO, plain
from portfolio.model.difference import DifferenceKind, Subject
from portfolio.model.identifiers import AccountId
from portfolio.model.order import PriceSource
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.venue import Condition
from portfolio.reservation import claims


class Control(Protocol):
    code: ClassVar[str]

    def check(self, proposal: Proposal) -> Check | None:
        """None where the control has nothing to do with such an order."""


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
        if state.status is TradingStatus.REDUCING and _shrinks_net(proposal):
            return _check(self.code, True, "the order shrinks what the account holds", None, state.status.value)
        message = f"{scope} is {state.status} since {state.since:%Y-%m-%d %H:%M:%S} UTC (cause: {state.cause})"
        return _check(state.status.value, False, message, TradingStatus.ACTIVE.value, state.status.value, str(scope))


def _shrinks_net(proposal: Proposal) -> bool:
    """True for an order that brings the account's net of the symbol towards zero, with all that is live counted.

    One that rests does so only as long as nobody else closes first, and nobody would ask again.
    """
    order, book = proposal.order, proposal.book
    if order.rests:
        return False
    net = book.net(order.account, order.symbol)
    live = book.live_orders_in(Scope(order.account, symbol=order.symbol))
    same_side = sum((other.remaining for other in live if other.side is order.side), ZERO)
    return order.side.signed(same_side) * net < 0 and same_side <= abs(net)


class AccountReconciled:
    code: ClassVar[str] = "NOT_RECONCILED"

    def check(self, proposal: Proposal) -> Check:
        account = proposal.order.account
        readiness = proposal.book.readiness.get(account) or Readiness.STARTING
        passed = readiness is Readiness.RECONCILED
        message = f"account {account} is {'' if passed else 'not '}reconciled with its venue"
        expected = Readiness.RECONCILED.value
        return _check(self.code, passed, message, expected, readiness.value, str(Scope(account)))


class VenueWorks:
    """A venue, or a symbol of it, that cannot be traded as usual gets no new risk."""

    code: ClassVar[str] = "VENUE_UNAVAILABLE"

    def check(self, proposal: Proposal) -> Check:
        account, symbol = proposal.order.account, proposal.order.symbol
        standing = proposal.book.condition_of(account, symbol)
        passed = not standing.condition.forbids_risk
        message = f"the venue of account {account} is {standing.condition}"
        if not passed:
            since = f" since {standing.since:%Y-%m-%d %H:%M:%S} UTC" if standing.since else ""
            message = f"{symbol} at {message}{since}{f' ({standing.detail})' if standing.detail else ''}"
        expected, scope = Condition.WORKING.value, str(Scope(account))
        return _check(self.code, passed, message, expected, standing.condition.value, scope)


class HoldingsAgree:
    """What the venue holds of the symbol is what the book says: where it is not, the venue is asked again."""

    code: ClassVar[str] = "NOT_RECONCILED"

    def check(self, proposal: Proposal) -> Check | None:
        account, symbol = proposal.order.account, proposal.order.symbol
        seen = proposal.book.differences.get(Subject(account, DifferenceKind.POSITION, symbol))
        if seen is None:
            return None
        message = f"the venue holds {plain(seen.venue)} of {symbol}, the book {plain(seen.book)}: it is being looked at"
        return _check(self.code, False, message, seen.venue, seen.book, str(Scope(account, symbol=symbol)))


class OutcomesKnown:
    code: ClassVar[str] = "UNKNOWN_ORDER"

    def check(self, proposal: Proposal) -> Check:
        passed = not proposal.book.has_unknown(proposal.order.account, proposal.order.symbol)
        message = "every order of the symbol is accounted for" if passed else "the outcome of an order is not known yet"
        return _check(self.code, passed, message)


class ReferencePriceKnown:
    """An alert's own price counts on paper without a feed; the symbol's last price is enough for reductions only."""

    code: ClassVar[str] = "NO_REFERENCE_PRICE"

    def check(self, proposal: Proposal) -> Check:
        reference = proposal.reference
        known = reference is not None and (proposal.order.is_exit or reference.source is not PriceSource.LAST)
        if known and reference is not None:
            return _check(self.code, True, f"the price comes from the {reference.source}", None, reference.mark)
        setup, symbol = proposal.book.setup.accounts[proposal.order.account], proposal.order.symbol
        if setup.feed is not None:
            return _check(self.code, False, f"{setup.feed} has told no price of {symbol} yet")
        return _check(self.code, False, f"no current price of {symbol} is known; send one as `price`")


class CurrencyConvertible:
    """Only what can be valued in the portfolio's currency can be held against limits: the order, and all holdings."""

    code: ClassVar[str] = "NO_CONVERSION"

    def check(self, proposal: Proposal) -> Check:
        book, currency = proposal.book, proposal.book.setup.currency
        settles = {book.setup.instrument(key).settle: key for key in (*book.holdings(), proposal.key)}
        unknown = sorted(settle for settle, key in settles.items() if book.settle_rate(key) is None)
        if not unknown:
            return _check(self.code, True, "everything held can be valued", currency, proposal.instrument.settle)
        message = f"no price says what {', '.join(unknown)} is worth in {currency}, the portfolio's currency"
        return _check(self.code, False, message, currency, unknown[0])


class MarginSuffices:
    """Worst-case gross exposure of the contracts in one currency, each divided by its leverage, is covered by what
    the account has of that currency: its wallet with unrealised profit, less what live spot buys will spend.
    """

    code: ClassVar[str] = "INSUFFICIENT_MARGIN"

    def check(self, proposal: Proposal) -> Check | None:
        setup = proposal.book.setup.accounts[proposal.order.account]
        settle = proposal.instrument.settle
        if proposal.instrument.is_spot:
            return None
        available = max(ZERO, margin_balance(proposal.book, setup.id, settle))
        needed = initial_margin(proposal.book, setup.id, settle)
        passed = needed <= available
        message = f"initial margin {'is covered by' if passed else 'exceeds'} the {settle} of account {setup.id}"
        return _check(self.code, passed, message, available, needed, str(Scope(setup.id)))


class BalanceSuffices:
    """Spot trades coins that are there: a buy spends no more than is free, a sell nothing that is not held."""

    code: ClassVar[str] = "INSUFFICIENT_BALANCE"

    def check(self, proposal: Proposal) -> Check | None:
        instrument, order, book = proposal.instrument, proposal.order, proposal.book
        if not instrument.is_spot:
            return None
        scope = str(Scope(order.account))
        if order.side is Side.SELL:
            held = max(ZERO, book.reducible(proposal.key))
            message = f"the strategy has not that much {instrument.base} free to sell"
            return _check(self.code, False, message, held, order.quantity, scope)
        needed = proposal.notional_in_settle
        available = max(ZERO, _spendable(book, order.account, instrument.quote) + needed)
        passed = needed <= available
        message = f"the {instrument.quote} of {scope} {'covers' if passed else 'does not cover'} the buy"
        return _check(self.code, passed, message, available, needed, scope)


def _spendable(book: Book, account: AccountId, currency: str) -> Decimal:
    """Free coins that do not back contracts, less what live spot buys, the one on trial too, could spend."""
    free, backing = free_balance(book, account, currency), margin_balance(book, account, currency)
    return min(free, backing - initial_margin(book, account, currency))


class MinimumReached:
    """At least one lot and the venue's minimums; closing a whole position has none."""

    code: ClassVar[str] = "BELOW_MINIMUM"

    def check(self, proposal: Proposal) -> Check:
        order, instrument = proposal.order, proposal.instrument
        least = max(instrument.min_quantity, instrument.lot)
        if order.quantity <= 0 or (order.quantity < least and not self._closes_all(proposal)):
            return _check(self.code, False, "the quantity, in whole lots, is below the minimum", least, proposal.asked)
        price = order.price or order.reference_price
        cost = instrument.quote_value(order.quantity, price)
        if price and cost < instrument.min_cost and not order.is_exit:
            return _check(self.code, False, "the order's value is below the minimum", instrument.min_cost, cost)
        return _check(self.code, True, "the quantity reaches the minimum", least, order.quantity)

    @staticmethod
    def _closes_all(proposal: Proposal) -> bool:
        return proposal.order.is_exit and proposal.order.quantity == abs(proposal.book.position(proposal.key).quantity)


class MaximumHolds:
    """No single order is larger than the venue takes."""

    code: ClassVar[str] = "ABOVE_MAXIMUM"

    def check(self, proposal: Proposal) -> Check | None:
        most, quantity = proposal.instrument.max_quantity, proposal.order.quantity
        if not most:
            return None
        passed = quantity <= most
        message = f"the quantity {'is within' if passed else 'exceeds'} the maximum of one order"
        return _check(self.code, passed, message, most, quantity)


class NotExpired:
    """An order that is good till a time is placed before it."""

    code: ClassVar[str] = "ORDER_EXPIRED"

    def check(self, proposal: Proposal) -> Check | None:
        until = proposal.order.expires_at
        if until is None:
            return None
        passed = until > proposal.now
        message = "the order is in time" if passed else "the time until which the order is good has passed"
        return _check(self.code, passed, message, until.isoformat(), proposal.now.isoformat())


class ReduceOnlyHolds:
    """A reduce-only order neither increases nor flips the position, counting the exits already sent."""

    code: ClassVar[str] = "REDUCE_ONLY"

    def check(self, proposal: Proposal) -> Check | None:
        order = proposal.order
        if not order.reduce_only:
            return None
        if order.is_waiting:
            return _check(self.code, True, "tested once the order before it has ended", None, order.quantity)
        position = proposal.book.position(proposal.key).quantity
        closes = order.side.signed(order.quantity) * position < 0
        reserved = proposal.book.reservation(proposal.key).exits
        claimed_by_others = reserved - proposal.book.claimed_by(order) if self._claims(proposal) else ZERO
        reducible = max(ZERO, abs(position) - claimed_by_others) if closes else ZERO
        passed = order.quantity <= reducible
        message = "the order only reduces" if passed else "the order would do more than reduce the position"
        return _check(self.code, passed, message, Decimal(reducible), order.quantity)

    @staticmethod
    def _claims(proposal: Proposal) -> bool:
        enforced = proposal.book.setup.enforces_reduce_only(proposal.key)
        return claims(proposal.order, venue_enforces=enforced)


NEW_RISK: tuple[Control, ...] = (
    TradingStateAllows(),
    AccountReconciled(),
    HoldingsAgree(),
    VenueWorks(),
    OutcomesKnown(),
    CurrencyConvertible(),
    MarginSuffices(),
    BalanceSuffices(),
    NoSelfCross(),
)
EVERY_ORDER: tuple[Control, ...] = (
    ReferencePriceKnown(),
    MinimumReached(),
    MaximumHolds(),
    ReduceOnlyHolds(),
    NotExpired(),
)
