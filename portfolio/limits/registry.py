"""Every limit a user can set, by its key. A new limit is a file, its test and a line here."""

from portfolio.limits.exposure import MaxExposure, MaxLeverage, MaxNetExposure
from portfolio.limits.limit import LimitType, parse_amount, parse_count, parse_number, parse_ratio
from portfolio.limits.loss import MaxDailyLoss, MaxDrawdown
from portfolio.limits.open_orders import MaxOpenOrders
from portfolio.limits.order_notional import MaxOrderNotional
from portfolio.limits.position import MaxPosition
from portfolio.limits.price_collar import PriceCollar
from portfolio.limits.quote_age import MaxQuoteAge

LIMITS: dict[str, LimitType] = {
    MaxOrderNotional.key: LimitType(MaxOrderNotional, parse_amount),
    MaxPosition.key: LimitType(MaxPosition, parse_amount),
    MaxExposure.key: LimitType(MaxExposure, parse_amount),
    MaxNetExposure.key: LimitType(MaxNetExposure, parse_amount),
    MaxLeverage.key: LimitType(MaxLeverage, parse_number),
    MaxOpenOrders.key: LimitType(MaxOpenOrders, parse_count),
    PriceCollar.key: LimitType(PriceCollar, parse_ratio),
    MaxQuoteAge.key: LimitType(MaxQuoteAge, parse_number),
    MaxDailyLoss.key: LimitType(MaxDailyLoss, parse_amount),
    MaxDrawdown.key: LimitType(MaxDrawdown, parse_amount),
}
