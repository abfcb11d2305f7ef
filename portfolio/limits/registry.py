"""Every limit a user can set, by its key. A new limit is a file, its test and a line here."""

from portfolio.limits.concentration import MaxConcentration
from portfolio.limits.cooldown import Cooldown, CooldownAfterLoss
from portfolio.limits.entries import MaxEntries
from portfolio.limits.exposure import MaxExposure, MaxLeverage, MaxNetExposure
from portfolio.limits.limit import (
    LimitType,
    parse_amount,
    parse_count,
    parse_frequency,
    parse_number,
    parse_ratio,
    parse_seconds,
)
from portfolio.limits.liquidation_distance import MinLiquidationDistance
from portfolio.limits.loss import MaxDailyLoss, MaxDrawdown
from portfolio.limits.open_notional import MaxOpenNotional
from portfolio.limits.open_orders import MaxOpenOrders
from portfolio.limits.order_notional import MaxOrderNotional
from portfolio.limits.order_rate import MaxOrdersPerDay, MaxOrdersPerMinute
from portfolio.limits.position import MaxPosition
from portfolio.limits.price_collar import PriceCollar
from portfolio.limits.quote_age import MaxQuoteAge
from portfolio.limits.repeat_throttle import RepeatThrottle, parse_repeats

LIMITS: dict[str, LimitType] = {
    MaxOrderNotional.key: LimitType(MaxOrderNotional, parse_amount),
    MaxPosition.key: LimitType(MaxPosition, parse_amount),
    MaxExposure.key: LimitType(MaxExposure, parse_amount),
    MaxNetExposure.key: LimitType(MaxNetExposure, parse_amount),
    MaxLeverage.key: LimitType(MaxLeverage, parse_number),
    MaxConcentration.key: LimitType(MaxConcentration, parse_ratio),
    MaxOpenOrders.key: LimitType(MaxOpenOrders, parse_count),
    MaxOpenNotional.key: LimitType(MaxOpenNotional, parse_amount),
    MaxEntries.key: LimitType(MaxEntries, parse_count),
    MaxOrdersPerMinute.key: LimitType(MaxOrdersPerMinute, parse_frequency),
    MaxOrdersPerDay.key: LimitType(MaxOrdersPerDay, parse_count),
    RepeatThrottle.key: LimitType(RepeatThrottle, parse_repeats),
    Cooldown.key: LimitType(Cooldown, parse_seconds),
    CooldownAfterLoss.key: LimitType(CooldownAfterLoss, parse_seconds),
    MinLiquidationDistance.key: LimitType(MinLiquidationDistance, parse_ratio),
    PriceCollar.key: LimitType(PriceCollar, parse_ratio),
    MaxQuoteAge.key: LimitType(MaxQuoteAge, parse_number),
    MaxDailyLoss.key: LimitType(MaxDailyLoss, parse_amount),
    MaxDrawdown.key: LimitType(MaxDrawdown, parse_amount),
}
