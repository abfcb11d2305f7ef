"""Which price a decision is made at, and what becomes the mark."""

from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Envelope
from portfolio.model.decimals import ZERO
from portfolio.model.effect import ShowPrice
from portfolio.model.order import PriceSource
from portfolio.model.position import Key
from portfolio.model.quote import MarkPrice, Quote, Reference
from portfolio.model.signal import Action, Signal


def quote_for(envelope: Envelope, key: Key) -> Quote | None:
    for quote in envelope.quotes:
        if quote.account == key.account and quote.symbol == key.symbol:
            return quote
    return None


def reference_for(
    book: Book, limits: LimitChain, envelope: Envelope, key: Key, signal: Signal | None, received_at: datetime | None
) -> Reference | None:
    """A fresh quote; else, on paper without a feed, the alert's price; else a stale quote or the last price, which open
    nothing."""
    quote = quote_for(envelope, key)
    if quote is not None and _is_fresh(quote, limits.oldest_quote_s(key)):
        return _of_quote(quote)
    own_price = signal.own_price if signal is not None else None
    if own_price is not None and book.setup.accounts[key.account].trusts_signal_price:
        age_s = _age_s(received_at or envelope.now, envelope.now)
        return Reference.single(own_price, PriceSource.SIGNAL, age_s)
    if quote is not None:
        return _of_quote(quote)
    return last_price(book, key)


def last_price(book: Book, key: Key) -> Reference | None:
    """The symbol's mark as a reference, good for reductions only."""
    last = book.mark_price(key.account, key.symbol)
    return Reference.single(last, PriceSource.LAST, None) if last is not None else None


def mark_from_quotes(book: Book, envelope: Envelope) -> list[ShowPrice]:
    """Symbols with a quote newer than their mark are valued at its mid price; the paper exchange is to be shown it."""
    shown: list[ShowPrice] = []
    for quote in envelope.quotes:
        where, received_at = (quote.account, quote.symbol), envelope.now - timedelta(seconds=float(quote.age_s))
        if _is_news(book, quote, received_at):
            book.quotes_seen.put(where, quote.number)
            book.marks.put(where, MarkPrice(quote.mid, PriceSource.QUOTE, received_at))
            shown.append(ShowPrice(quote.account, quote.symbol, quote.bid, quote.ask, PriceSource.QUOTE))
    return shown


def _is_news(book: Book, quote: Quote, received_at: datetime) -> bool:
    """Each quote counts once: told by its number, because the time of its receipt is worked out anew and jitters."""
    where = (quote.account, quote.symbol)
    seen, known = book.quotes_seen.get(where), book.marks.get(where)
    if quote.number and seen is not None:
        return quote.number > seen
    return known is None or received_at > known.time


def mark_from_signal(book: Book, limits: LimitChain, envelope: Envelope, key: Key, signal: Signal) -> list[ShowPrice]:
    """On paper, without a fresh quote, an alert's price becomes the mark before the alert is decided.

    Not so that of a limit order, which is what it waits for, nor the price of a `cancel`, which trades nothing: it
    must not fill the very orders it is to end.
    """
    if signal.price is None or signal.order_type.has_limit or signal.action is Action.CANCEL:
        return []
    quote = quote_for(envelope, key)
    if quote is not None and _is_fresh(quote, limits.oldest_quote_s(key)):
        return []
    if not book.setup.accounts[key.account].trusts_signal_price:
        return []
    book.marks.put((key.account, key.symbol), MarkPrice(signal.price, PriceSource.SIGNAL, envelope.now))
    return [ShowPrice(key.account, key.symbol, signal.price, signal.price, PriceSource.SIGNAL)]


def _is_fresh(quote: Quote, oldest_s: Decimal | None) -> bool:
    return oldest_s is None or quote.age_s <= oldest_s


def _of_quote(quote: Quote) -> Reference:
    return Reference(quote.bid, quote.ask, quote.mid, PriceSource.QUOTE, quote.age_s)


def _age_s(since: datetime, now: datetime) -> Decimal:
    """Seconds, never negative; how old the alert itself is, is held against `max_age_s`."""
    return max(ZERO, Decimal(str((now - since).total_seconds())))
