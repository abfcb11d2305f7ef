"""The most each strategy may do by the limits in force: its largest order, position, exposure and loss of a day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from app.settings import Settings
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import Amount, ScopedLimit
from portfolio.model.decimals import HUNDRED, ZERO, plain
from portfolio.model.identifiers import AccountId
from portfolio.model.position import Key
from portfolio.setup import Setup, StrategySetup

Equities: TypeAlias = Mapping[AccountId | None, Decimal]
"""What accounts are worth in the portfolio's currency, and all together under None; unknown ones are left out."""

UNLIMITED = "no limit"
_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Amounts in the portfolio's currency; a share of equity is told as such where the equity is not known."""

    strategy: str
    order: str
    position: str
    exposure: str
    daily_loss: str


def equities_of(
    settings: Settings, balances: Mapping[AccountId, Mapping[str, Decimal] | None]
) -> dict[AccountId | None, Decimal]:
    """What the balances are worth, where all of an account's count one to one with the portfolio's currency."""
    known: dict[AccountId | None, Decimal] = {}
    for account in settings.accounts:
        held = balances.get(account.id)
        if held is not None and all(_is_par(settings, currency) for currency, amount in held.items() if amount):
            known[account.id] = sum(held.values(), ZERO)
    if len(known) == len(settings.accounts):
        known[None] = sum(known.values(), ZERO)
    return known


def _is_par(settings: Settings, currency: str) -> bool:
    own, pegged = settings.portfolio.currency, settings.portfolio.pegged
    return currency == own or (currency in pegged and own in pegged)


def ceilings_of(setup: Setup, limits: LimitChain, equities: Equities) -> list[Ceiling]:
    return [_ceiling(strategy, limits, equities) for strategy in setup.strategies.values()]


def _ceiling(strategy: StrategySetup, limits: LimitChain, equities: Equities) -> Ceiling:
    """A limit of the whole bounds its parts: no position is larger than the exposure, no order than the position."""
    symbols = sorted(strategy.symbols) or [""]
    by_symbol = [limits.applying_to(Key(strategy.account, strategy.id, symbol)) for symbol in symbols]
    whole = [item for item in by_symbol[0] if item.scope.symbol is None]
    exposure = [*_amounts(whole, "max_exposure", equities), *_levered(whole, equities)]
    position = [[*_amounts(items, "max_position", equities), *exposure] for items in by_symbol]
    order = [
        [*_amounts(items, "max_order_notional", equities), *bounds]
        for items, bounds in zip(by_symbol, position, strict=True)
    ]
    return Ceiling(
        strategy=strategy.id,
        order=_text(max(order, key=_money)),
        position=_text(max(position, key=_money)),
        exposure=_text(exposure),
        daily_loss=_text(list(_amounts(whole, "max_daily_loss", equities))),
    )


def _amounts(items: Iterable[ScopedLimit], key: str, equities: Equities) -> Iterator[Amount]:
    for item in items:
        if item.limit.key == key:
            yield _valued(getattr(item.limit, "most"), item, equities)  # noqa: B009 - each of these limits has one


def _levered(items: Iterable[ScopedLimit], equities: Equities) -> Iterator[Amount]:
    """Leverage bounds exposure by a multiple of equity."""
    for item in items:
        if item.limit.key == "max_leverage":
            share = Amount(getattr(item.limit, "most") * HUNDRED, is_percent=True)  # noqa: B009
            yield _valued(share, item, equities)


def _valued(amount: Amount, item: ScopedLimit, equities: Equities) -> Amount:
    """In money, where the equity is known that it is a share of."""
    equity = equities.get(item.scope.account)
    return Amount(amount.of(equity)) if amount.is_percent and equity is not None else amount


def _money(bounds: list[Amount]) -> Decimal:
    return min((bound.number for bound in bounds if not bound.is_percent), default=Decimal("Infinity"))


def _text(bounds: list[Amount]) -> str:
    money = [bound.number for bound in bounds if not bound.is_percent]
    shares = [bound.number for bound in bounds if bound.is_percent]
    told = [plain(min(money).quantize(_STEP))] if money else []
    told += [f"{plain(min(shares))}% of equity"] if shares else []
    return " or ".join(told) or UNLIMITED
