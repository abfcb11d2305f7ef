"""How much of each limit is used now: the figure its check would compare, without another order."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.exposure import MaxExposure, MaxLeverage, MaxNetExposure
from portfolio.limits.limit import Amount, ScopedLimit
from portfolio.limits.loss import MaxDailyLoss, MaxDrawdown
from portfolio.limits.open_orders import MaxOpenOrders
from portfolio.limits.position import MaxPosition
from portfolio.model.decimals import ZERO
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class Usage:
    """`limit` is the amount now, a share already turned into money; `used` is None where single orders are judged, or
    where a loss cannot be measured."""

    limit: Decimal
    used: Decimal | None = None


def usage_of(book: Book, item: ScopedLimit) -> Usage | None:
    """None for a limit that is no number."""
    scope, limit = item.scope, item.limit
    if isinstance(limit, MaxDailyLoss | MaxDrawdown):
        check = limit.check_book(book, scope)
        assert isinstance(check.limit, Decimal)
        return Usage(check.limit, check.value if isinstance(check.value, Decimal) else None)
    most = _amount(getattr(limit, "most", None), book.equity(Scope(scope.account)))
    return Usage(most, _used(book, item)) if most is not None else None


def _amount(most: object, equity: Decimal) -> Decimal | None:
    if isinstance(most, Amount):
        return most.of(equity)
    return Decimal(most) if isinstance(most, Decimal | int) else None


def _used(book: Book, item: ScopedLimit) -> Decimal | None:
    scope = item.scope
    match item.limit:
        case MaxPosition():
            symbols = {key.symbol for key in book.holdings(scope)}
            return max((exposure_of(book, scope._replace(symbol=symbol)).gross for symbol in symbols), default=ZERO)
        case MaxExposure():
            return exposure_of(book, scope).gross
        case MaxNetExposure():
            return exposure_of(book, scope).net
        case MaxLeverage():
            gross, equity = exposure_of(book, scope).gross, book.equity(Scope(scope.account))
            if equity > 0:
                return gross / equity
            return Decimal("Infinity") if gross else ZERO
        case MaxOpenOrders():
            return Decimal(exposure_of(book, scope).orders)
    return None
