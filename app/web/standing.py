"""The book as the API shows it: status, accounts, positions, limits, strategies."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.freshness import Freshness, freshness_of
from app.service import Service
from app.web.answers import (
    AccountItem,
    Figures,
    LimitItem,
    PositionItem,
    PricesItem,
    StatusAnswer,
    StrategyItem,
    UseItem,
)
from app.web.venues import reconciled_item, venue_items
from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Amount, ScopedLimit, Use
from portfolio.liquidation import liquidation_price
from portfolio.model.account import Readiness
from portfolio.model.decimals import ZERO, plain
from portfolio.model.identifiers import AccountId
from portfolio.model.position import Key, Position
from portfolio.model.scope import PORTFOLIO, Scope

_LARGEST_SHARE = Decimal(1_000_000)


def status_item(service: Service) -> StatusAnswer:
    """The whole desk at a glance."""
    book = service.engine.book
    return {
        "state": book.status_of(PORTFOLIO),
        "ready": service.engine.is_ready,
        "currency": service.setup.currency,
        **_figures(book, PORTFOLIO),
        "accounts": account_items(service),
        "strategies": strategy_items(service),
        "states": [
            {"scope": str(scope), "state": state.status, "cause": state.cause, "since": state.since}
            for scope, state in book.states.items()
        ],
        "live_orders": len(book.live_orders_in(PORTFOLIO)),
        "positions": len([key for key, position in book.positions.items() if position.quantity]),
    }


def account_items(service: Service) -> list[AccountItem]:
    book = service.engine.book
    return [
        {
            "account": account.id,
            "venue": account.venue,
            "environment": None if account.is_paper else account.environment,
            "condition": book.condition_of(account.id).condition,
            "conditions": venue_items(book, account.id),
            "state": book.status_of(Scope(account.id)),
            "reconciliation": book.readiness.get(account.id) or Readiness.STARTING,
            "reconciled": reconciled_item(book, account.id),
            "currency": service.setup.currency,
            "balance": _balance(book, account.id),
            "balances": {
                wallet.currency: amount for wallet, amount in book.wallets.items() if wallet.account == account.id
            },
            "unpriced": book.unpriced(Scope(account.id)),
            "prices": _prices_item(freshness_of(service, account)),
            **_figures(book, Scope(account.id)),
        }
        for account in service.settings.accounts
    ]


def _prices_item(known: Freshness) -> PricesItem:
    return {
        "source": known.source,
        "detail": known.detail,
        "watched": len(known.watched),
        "priced": known.priced,
        "oldest_s": known.oldest_s,
        "oldest": known.oldest,
    }


def _balance(book: Book, account: AccountId) -> Decimal:
    """The wallets in the portfolio's currency."""
    wallets = ((wallet, amount) for wallet, amount in book.wallets.items() if wallet.account == account)
    return sum(((book.rate(*wallet) or ZERO) * amount for wallet, amount in wallets), ZERO)


def _figures(book: Book, scope: Scope) -> Figures:
    """Equity with what it is measured against, and exposure in the worst case of the live orders."""
    equity = book.equity(scope)
    exposure = exposure_of(book, scope)
    baseline = book.baselines.get(scope)
    return {
        "equity": equity,
        "unrealised": sum((_unrealised(book, key) for key in book.positions if scope.covers(key)), ZERO),
        "day_start": baseline.day_start if baseline else equity,
        "day_change": equity - baseline.day_start if baseline else ZERO,
        "peak": max(baseline.peak, equity) if baseline else equity,
        "gross_exposure": exposure.gross,
        "net_exposure": exposure.net,
    }


def _unrealised(book: Book, key: Key) -> Decimal:
    return book.unrealised(key) * (book.settle_rate(key) or ZERO)


def strategy_items(service: Service) -> list[StrategyItem]:
    book = service.engine.book
    kinds = {strategy.id: strategy.kind for strategy in service.settings.strategies}
    return [
        {
            "strategy": strategy.id,
            "kind": kinds[strategy.id],
            "account": strategy.account,
            "symbols": sorted(strategy.symbols),
            "state": book.status_of(Scope(strategy.account, strategy.id)),
            "paused": book.is_paused(strategy.account, strategy.id),
            "shared": strategy.shared,
            "profit": book.equity(Scope(strategy.account, strategy.id)),
            "gross_exposure": exposure_of(book, Scope(strategy.account, strategy.id)).gross,
        }
        for strategy in service.setup.strategies.values()
    ]


def position_items(service: Service) -> list[PositionItem]:
    """A row for each strategy's holding and one, without a strategy, for what the account holds; flat ones left out."""
    book = service.engine.book
    items: list[PositionItem] = []
    for key, position in book.positions.items():
        if position.quantity:
            items.append(_position_item(book, key, position, key.strategy))
    for account in service.setup.accounts:
        for symbol, total in book.net_positions(account).items():
            if total.quantity:
                items.append(_position_item(book, Key(account, "", symbol), total, None))
    return items


def _position_item(book: Book, key: Key, position: Position, strategy: str | None) -> PositionItem:
    instrument = book.setup.instrument(key)
    mark = book.marks.get((key.account, key.symbol))
    price = mark.price if mark else ZERO
    return {
        "account": key.account,
        "strategy": strategy,
        "symbol": key.symbol,
        "quantity": position.quantity,
        "entry_price": _rounded(position.entry_price(instrument)),
        "mark": price,
        "mark_source": mark.source if mark else None,
        "mark_time": mark.time if mark else None,
        "currency": instrument.settle,
        "notional": instrument.notional(position.quantity, price) if price else ZERO,
        "liquidation_price": _rounded(liquidation_price(book, key.account, key.symbol)),
        "unrealised": position.unrealised(price, instrument) if price else ZERO,
        "realised": position.realised,
        "fees": position.fees,
        "funding": position.funding,
    }


def _rounded(number: Decimal | None) -> Decimal | None:
    return number.quantize(Decimal("1E-12")) if number is not None else None


def limit_items(service: Service) -> list[LimitItem]:
    """Every configured limit with its scope, as written, and how much of it is used now."""
    book, now = service.engine.book, service.clock()
    return [_limit_item(item, book, now) for item in service.limits.all()]


def _limit_item(item: ScopedLimit, book: Book, now: datetime) -> LimitItem:
    most: Any = getattr(item.limit, "most", None) or getattr(item.limit, "least", None)
    if isinstance(most, Amount):
        most = plain(most.number) + ("%" if most.is_percent else "")
    scope = item.scope
    return {
        "code": item.limit.key.upper(),
        "scope": str(scope),
        "account": scope.account,
        "strategy": scope.strategy,
        "symbol": scope.symbol,
        "limit": str(most),
        "use": _use_item(item.use(book, now)),
        "state": book.status_of(scope),
        "tripped": _has_tripped(item, book),
    }


def _use_item(use: Use | None) -> UseItem | None:
    if use is None:
        return None
    share = use.share
    return {
        "value": use.value if use.value.is_finite() else None,
        "most": use.most,
        "share": min(share, _LARGEST_SHARE).quantize(Decimal("0.0001")) if share is not None else None,
        "symbol": use.of,
        "exceeded": use.value > use.most,
    }


def _has_tripped(item: ScopedLimit, book: Book) -> bool:
    """True where the scope's state was brought about by this very limit."""
    state = book.states.get(item.scope)
    return state is not None and state.cause == item.limit.key.upper()
