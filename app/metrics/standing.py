"""What is true now, read from the book when somebody asks: once for everybody, once for those who may see money."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.freshness import freshness_of
from app.service import Service
from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Amount, ScopedLimit
from portfolio.model.account import Readiness, TradingStatus
from portfolio.model.difference import DifferenceKind
from portfolio.model.order import OrderStatus
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.venue import Condition

Series = Sequence[tuple[Sequence[str], float | Decimal]]


class StandingFigures:
    """Readiness, states and numbers of orders: nothing that tells what anybody holds or is worth."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        service, engine = self._service, self._service.engine
        yield gauge("ready", "1 while an alert that adds risk would be taken.", [], [((), engine.is_ready)])
        yield gauge("storing", "1 while the store works.", [], [((), engine.is_storing)])
        yield _counter("store_failures", "Batches that could not be stored.", engine.store_failures)
        yield _counter("commands_failed", "Commands that failed inside the desk.", engine.commands_failed)
        yield gauge("queue_depth", "Commands waiting for the writer.", [], [((), engine.waiting)])
        waiting = [((account,), sender.waiting) for account, sender in service.senders.items()]
        yield gauge("send_queue_depth", "Orders and cancels waiting to be sent.", ["account"], waiting)
        ready = [
            ((account,), engine.readiness_of(account) is Readiness.RECONCILED) for account in service.setup.accounts
        ]
        yield from _of_prices(service)
        yield gauge("account_reconciled", "1 once the account has been compared with its venue.", ["account"], ready)
        if engine.is_loaded:
            yield from self._of_book(engine.book)
            yield from _of_venues(engine.book)

    def _of_book(self, book: Book) -> Iterator[Metric]:
        scopes = [PORTFOLIO, *(Scope(account) for account in book.setup.accounts)]
        scopes += [Scope(strategy.account, strategy.id) for strategy in book.setup.strategies.values()]
        states = [((str(scope), state), book.status_of(scope) is state) for scope in scopes for state in TradingStatus]
        yield gauge("trading_state", "1 for the state the scope is in, 0 for the others.", ["scope", "state"], states)
        live = {account: [0, 0] for account in book.setup.accounts}
        for order in book.live_orders_in(PORTFOLIO):
            live[order.account][order.status is OrderStatus.UNKNOWN] += 1
        known = [((account,), sum(counts)) for account, counts in live.items()]
        unknown = [((account,), counts[True]) for account, counts in live.items()]
        yield gauge("live_orders", "Orders that can still trade.", ["account"], known)
        yield gauge("unknown_orders", "Orders whose outcome is not known.", ["account"], unknown)


def _of_prices(service: Service) -> Iterator[Metric]:
    known = [(account.id, freshness_of(service, account)) for account in service.settings.accounts]
    told = [((account, fresh.source), fresh) for account, fresh in known]
    labels = ["account", "source"]
    yield gauge("prices_watched", "Symbols kept fresh.", labels, [(who, len(it.watched)) for who, it in told])
    yield gauge("prices_known", "Those of them with a price.", labels, [(who, it.priced) for who, it in told])
    ages = [(who, it.oldest_s) for who, it in told if it.oldest_s is not None]
    yield gauge("oldest_price_age_seconds", "Since the oldest of these prices was true.", labels, ages)


def _of_venues(book: Book) -> Iterator[Metric]:
    accounts = book.setup.accounts
    conditions = [
        ((account, condition), book.condition_of(account).condition is condition)
        for account in accounts
        for condition in Condition
    ]
    yield gauge(
        "venue_condition", "1 for the venue's condition, 0 for the others.", ["account", "condition"], conditions
    )
    differences = Counter((subject.account, subject.kind.value) for subject in book.differences)
    found = [((account, kind), differences[account, kind.value]) for account in accounts for kind in DifferenceKind]
    text = "What differs from the venue and is looked at again."
    yield gauge("reconciliation_differences", text, ["account", "kind"], found)
    times = [((account,), known.time.timestamp()) for account, known in book.reconciliations.items()]
    yield gauge("reconciled_at", "When the account was compared last, in seconds since 1970.", ["account"], times)


class MoneyFigures:
    """Equity, exposure and what is used of the limits, in the portfolio's currency; rounded, as Prometheus has it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        if self._service.engine.is_loaded:
            book = self._service.engine.book
            yield from self._equities(book)
            yield from self._limits(book)

    def _equities(self, book: Book) -> Iterator[Metric]:
        scopes = [PORTFOLIO, *(Scope(account) for account in book.setup.accounts)]
        equities = [((str(scope),), book.equity(scope)) for scope in scopes]
        yield gauge("equity", "Wallets and unrealised profit.", ["scope"], equities)
        baselines = [(scope, book.baselines.get(scope)) for scope in scopes]
        starts = [((str(scope),), baseline.day_start) for scope, baseline in baselines if baseline is not None]
        yield gauge("equity_day_start", "Equity at 00:00 UTC.", ["scope"], starts)
        peaks = [
            ((str(scope),), max(baseline.peak, book.equity(scope)))
            for scope, baseline in baselines
            if baseline is not None
        ]
        yield gauge("equity_peak", "The highest equity so far.", ["scope"], peaks)
        balances = [((wallet.account, wallet.currency), amount) for wallet, amount in book.wallets.items()]
        yield gauge("balance", "Each wallet in its own currency.", ["account", "currency"], balances)
        exposures: list[tuple[Sequence[str], Decimal]] = []
        for scope in scopes:
            exposure = exposure_of(book, scope)
            exposures += [((str(scope), "gross"), exposure.gross), ((str(scope), "net"), exposure.net)]
        yield gauge("exposure", "Exposure in the worst case of the live orders.", ["scope", "kind"], exposures)

    def _limits(self, book: Book) -> Iterator[Metric]:
        now = self._service.clock()
        most: list[tuple[Sequence[str], Decimal]] = []
        used: list[tuple[Sequence[str], Decimal]] = []
        for item in self._service.limits.all():
            labels = (str(item.scope), item.limit.key)
            if (use := item.use(book, now)) is not None:
                most.append((labels, use.most))
                used.append((labels, use.value))
            elif (number := _most_of_order(item, book)) is not None:
                most.append((labels, number))
        yield gauge("limit", "The limit now; a share already in money.", ["scope", "limit"], most)
        yield gauge("limit_used", "What is used of the limit, without another order.", ["scope", "limit"], used)


def _most_of_order(item: ScopedLimit, book: Book) -> Decimal | None:
    """What a limit of single orders admits now; None where that is no number."""
    most = getattr(item.limit, "most", None)
    if isinstance(most, Amount):
        return most.in_scope(book, item.scope)
    return Decimal(most) if isinstance(most, Decimal | int) else None


def gauge(name: str, text: str, labels: Sequence[str], series: Series) -> GaugeMetricFamily:
    """The gauge with a series for each of the labels."""
    family = GaugeMetricFamily(f"quartermaster_{name}", text, labels=labels)
    for values, number in series:
        family.add_metric(values, float(number))
    return family


def _counter(name: str, text: str, number: int) -> CounterMetricFamily:
    return CounterMetricFamily(f"quartermaster_{name}", text, value=number)
