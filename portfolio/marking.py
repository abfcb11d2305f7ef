"""Equity over time: the turn of the day, peaks, snapshots, and the limits that trip by themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.limits.loss import MaxDailyLoss, MaxDrawdown
from portfolio.model.account import Baseline, TradingState, TradingStatus, Wallet
from portfolio.model.decimals import ZERO, money
from portfolio.model.event import Event, EventKind
from portfolio.model.scope import PORTFOLIO, Scope

SNAPSHOT_EVERY = timedelta(seconds=60)


def is_mark_due(book: Book, now: datetime) -> bool:
    """True where time alone asks for a Mark: for an order, or nothing was valued yet, a new day has begun, or a
    snapshot is due.

    Holdings that were never priced have no day to begin: to ask again each second would not help.
    """
    if book.due_by(now):
        return True
    baseline, last = book.baselines.get(PORTFOLIO), book.snapshots.get(PORTFOLIO)
    if last is None or (baseline is None and not book.unmeasured()):
        return True
    if baseline is not None and baseline.day < now.date():
        return True
    return now - last.time >= SNAPSHOT_EVERY and (book.is_exposed or book.equity(PORTFOLIO) != last.equity)


class Marking:
    def __init__(self, book: Book, limits: LimitChain) -> None:
        self._book = book
        self._losses = limits.losses
        accounts = [Scope(account) for account in book.setup.accounts]
        self._scopes = list(dict.fromkeys([PORTFOLIO, *accounts, *(scope for scope, _ in self._losses)]))

    def turn_day(self, now: datetime) -> None:
        """Every scope has a baseline of today: the last snapshot before 00:00 UTC, at first its starting equity.

        A scope whose holdings were never valued has none yet: what is priced later is no profit.
        """
        today = now.date()
        known = (self._book.baselines.get(scope) for scope in self._scopes)
        if all(baseline is not None and baseline.day >= today for baseline in known):
            return
        for scope in self._scopes:
            self._turn(scope, now)

    def _turn(self, scope: Scope, now: datetime) -> None:
        baseline = self._book.baselines.get(scope)
        if baseline is None:
            if self._book.unmeasured(scope):
                return
            equity = self._book.equity(scope)
            self._book.baselines.put(scope, Baseline(now.date(), equity, equity))
            self._book.take_snapshot(scope, now)
        elif baseline.day < now.date():
            last = self._book.snapshots.get(scope)
            start = last.equity if last else self._book.equity(scope)
            self._book.baselines.put(scope, replace(baseline, day=now.date(), day_start=start))
            detail = {"scope": str(scope), "equity": str(start)}
            self._book.record(Event(kind=EventKind.DAY_STARTED, time=now, account=scope.account, detail=detail))

    def take_due_snapshots(self, now: datetime) -> None:
        last = self._book.snapshots.get(PORTFOLIO)
        if last is None or now - last.time >= SNAPSHOT_EVERY:
            for scope in self._scopes:
                self._book.take_snapshot(scope, now)

    def watch(self, now: datetime) -> list[Scope]:
        """Peaks are up to date, and a scope that lost more than it may is REDUCING; answers those that just tripped."""
        for scope in self._scopes:
            baseline = self._book.baselines.get(scope)
            equity = self._book.equity(scope)
            if baseline is not None and equity > baseline.peak:
                self._book.baselines.put(scope, replace(baseline, peak=equity))
        return [scope for scope, limit in self._losses if self._trips(scope, limit, now)]

    def _trips(self, scope: Scope, limit: MaxDailyLoss | MaxDrawdown, now: datetime) -> bool:
        if scope not in self._book.baselines or self._book.status_of(scope) is not TradingStatus.ACTIVE:
            return False
        check = limit.check_book(self._book, scope)
        if check.passed:
            return False
        known = self._book.states.get(scope)
        tripped = TradingState(TradingStatus.REDUCING, check.code, now, paused=known is not None and known.paused)
        self._book.states.put(scope, tripped)
        detail = {"scope": check.scope, "code": check.code, "limit": str(check.limit), "value": str(check.value)}
        event = Event(
            kind=EventKind.LOSS_LIMIT_BREACHED,
            time=now,
            account=scope.account,
            strategy=scope.strategy,
            symbol=scope.symbol,
            detail=detail,
        )
        self._book.record(event)
        return True

    @contextmanager
    def apart_from_profit(self, now: datetime) -> Iterator[None]:
        """What changes meanwhile is neither profit nor loss: baselines move with equity."""
        before = {scope: self._book.equity(scope) for scope in self._scopes}
        yield
        for scope, equity in before.items():
            self._shift(scope, self._book.equity(scope) - equity, now)

    def count_in(self, silent: Mapping[Wallet, Decimal], now: datetime) -> None:
        """Wallets that were without a price, and have one now, are no profit: baselines rise by what they held."""
        for wallet, amount in silent.items():
            worth = money(amount * (self._book.rate(*wallet) or ZERO))
            for scope in (PORTFOLIO, Scope(wallet.account)):
                self._shift(scope, worth, now)

    def _shift(self, scope: Scope, moved: Decimal, now: datetime) -> None:
        baseline = self._book.baselines.get(scope)
        if baseline is not None and moved:
            shifted = replace(baseline, day_start=baseline.day_start + moved, peak=baseline.peak + moved)
            self._book.baselines.put(scope, shifted)
            self._book.take_snapshot(scope, now)

    def rebase(self, within: Scope, tripped: set[Scope]) -> None:
        """Losses that tripped a scope inside `within`, or would do so again at once, are forgotten."""
        for scope, baseline in self._book.baselines.items():
            if within.contains(scope) and (scope in tripped or self._is_breached(scope)):
                equity = self._book.equity(scope)
                self._book.baselines.put(scope, replace(baseline, day_start=equity, peak=equity))

    def _is_breached(self, scope: Scope) -> bool:
        limits = [limit for where, limit in self._losses if where == scope]
        return any(not limit.check_book(self._book, scope).passed for limit in limits)
