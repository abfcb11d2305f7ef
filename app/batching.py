"""One batch through the core: what it has to ask of the past, and what it decides, command after command."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from app import past
from app.queueing import Item, NotStored
from app.storage.questions import Answers, Questions
from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.manager import PortfolioManager
from portfolio.model.account import Readiness
from portfolio.model.command import Earlier, EarlierSignal, Envelope, Mark, ReceiveSignal, ReportOrder
from portfolio.model.decision import Decision
from portfolio.model.effect import Effect
from portfolio.model.errors import AccountNotReady
from portfolio.model.quote import Quote
from portfolio.model.signal import Signal
from portfolio.ports import QuoteSource
from portfolio.rehearsal import Rehearsed, rehearse, twin_for
from portfolio.reply import Reply


@dataclass(slots=True)
class Decided:
    """A batch as decided, not yet on disk; `failed` are commands on which the core itself failed."""

    envelopes: list[tuple[Envelope, Reply]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    failed: list[tuple[Item, Exception]] = field(default_factory=list)


def questions_of(items: list[Item], book: Book) -> Questions:
    """One look-up for the whole batch: earlier alerts, and what venues may have told before."""
    alert_ids, contents, venues = [], [], []
    for item in items:
        match item.command:
            case ReceiveSignal(signal=signal) if signal.alert_id is not None:
                alert_ids.append((signal.strategy, signal.alert_id))
            case ReceiveSignal(signal=signal):
                contents.append(signal.content_hash)
            case command:
                venues.append(past.ask(command, book))
    return Questions(
        frozenset(alert_ids),
        frozenset(contents),
        frozenset().union(*(asked.order_ids for asked in venues)),
        frozenset().union(*(asked.trade_ids for asked in venues)),
        frozenset().union(*(asked.foreign for asked in venues)),
        frozenset().union(*(asked.fundings for asked in venues)),
    )


class Batcher:
    """Numbers, stamps and decides commands; what it decided is in the book at once, for the next in line."""

    def __init__(self, book: Book, limits: LimitChain, quotes: QuoteSource, last_seq: int) -> None:
        self.book = book
        self._limits = limits
        self._manager = PortfolioManager(book, limits)
        self._quotes = quotes
        self._seq = last_seq

    def decide(self, items: list[Item], answers: Answers, now: datetime) -> Decided:
        """Every command is decided, or has failed alone. A repeat inside the batch meets the decision before it."""
        decided = Decided()
        for item in items:
            self._seq += 1
            quotes = self._quotes_for(item)
            envelope = Envelope(self._seq, item.command, now, quotes, self._earlier(item, answers))
            try:
                handled = self._manager.handle(envelope)
            except AccountNotReady as error:
                item.refuse(NotStored("NOT_RECONCILED", str(error)))
                continue
            except Exception as error:  # noqa: BLE001 - one command must not take the others with it
                decided.failed.append((item, error))
                continue
            self._remember(envelope, handled.reply, answers)
            decided.envelopes.append((envelope, handled.reply))
            decided.items.append(item)
            decided.effects += handled.effects
        return decided

    def rehearsal(self, command: ReceiveSignal, now: datetime, *, reconciled: bool) -> "Rehearsal":
        """The command on a twin of the book as it is now; with `reconciled` accounts that were never compared with
        their venues count as if they had been."""
        twin = twin_for(self.book, command.signal)
        for account in twin.setup.accounts if reconciled else ():
            if twin.readiness.get(account) is None:
                twin.readiness.load(account, Readiness.RECONCILED)
        return Rehearsal(twin, self._limits, Envelope(self._seq + 1, command, now, self._quotes_for(Item(command))))

    def _earlier(self, item: Item, answers: Answers) -> Earlier | None:
        if isinstance(item.command, ReceiveSignal):
            return _earlier_signal(item.command.signal, answers)
        return past.answer_to(item.command, self.book, answers)

    def _remember(self, envelope: Envelope, reply: Reply, answers: Answers) -> None:
        command = envelope.command
        if not isinstance(command, ReceiveSignal) or not isinstance(reply, Decision) or reply.duplicate:
            return
        signal = command.signal
        earlier = EarlierSignal(signal.content_hash, reply)
        if signal.alert_id is not None:
            answers.by_alert_id[signal.strategy, signal.alert_id] = earlier
        else:
            answers.by_content[signal.content_hash] = earlier

    def _quotes_for(self, item: Item) -> tuple[Quote, ...]:
        """The quotes of the symbols concerned, none where there is no feed."""
        match item.command:
            case ReceiveSignal(signal=signal):
                strategy = self.book.setup.strategies[signal.strategy]
                quote = self._quotes.latest(strategy.account, signal.symbol)
                return (quote,) if quote else ()
            case ReportOrder(account=account, report=report):
                order = self.book.orders.get(report.client_order_id)
                quote = self._quotes.latest(account, order.symbol) if order else None
                return (quote,) if quote else ()
            case Mark():
                return tuple(self._valuing())
        return self._quotes.all()

    def _valuing(self) -> Iterator[Quote]:
        """The quotes that say what something is worth: of what is held or at work, and of the currencies in play.

        The others come with an alert of their symbol: each second all of them would fill the journal.
        """
        book = self.book
        held = {(key.account, key.symbol): book.setup.instrument(key) for key in book.holdings()}
        coins = {wallet.currency for wallet, amount in book.wallets.items() if amount} | {book.setup.currency}
        coins.update(currency for terms in held.values() for currency in (terms.quote, terms.settle))
        for quote in self._quotes.all():
            terms = book.setup.accounts[quote.account].instruments[quote.symbol]
            if (quote.account, quote.symbol) in held or terms.base in coins:
                yield quote


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An alert that will be decided on a book of its own, once it is known what came before."""

    book: Book
    limits: LimitChain
    envelope: Envelope

    def decide(self, command: ReceiveSignal, answers: Answers) -> Rehearsed:
        earlier = _earlier_signal(command.signal, answers)
        return rehearse(self.book, self.limits, replace(self.envelope, earlier=earlier), command)


def _earlier_signal(signal: Signal, answers: Answers) -> EarlierSignal | None:
    if signal.alert_id is not None:
        return answers.by_alert_id.get((signal.strategy, signal.alert_id))
    return answers.by_content.get(signal.content_hash)


def is_tick(item: Item) -> bool:
    """True for a command that the next tick will bring again."""
    return isinstance(item.command, Mark)
