"""A venue's prices on their way to paper accounts: onto the engine's board, shown to what rests, missed when silent."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.engine import Engine
from app.feeds import fed_accounts, symbols_quoted
from app.prices.desk import PriceDesk
from app.settings import Settings
from exchange.paper import is_reached
from exchange.quotes import QuoteBoard
from exchange.ticket import MarketPrice
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Mark, ReportCondition
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.order import PriceSource
from portfolio.model.scope import Scope
from portfolio.model.venue import Condition, VenueCondition
from portfolio.prices.board import age_s
from portfolio.prices.ports import News
from portfolio.prices.ticker import Ticker, Venue
from portfolio.setup import Setup

MARK_AT_MOST_EVERY_S = 0.05
MOST_NAMED = 3
OWNER = "accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What `LiveQuotes` works on."""

    settings: Settings
    setup: Setup
    limits: LimitChain
    engine: Engine
    board: QuoteBoard
    prices: PriceDesk
    monotonic: Callable[[], float] = time.monotonic


class LiveQuotes:
    """Keeps what fed accounts trade and hold watched, and brings them its prices. `hear` gets all that is news."""

    def __init__(self, parts: Quoted) -> None:
        self._parts = parts
        self._feeds = fed_accounts(parts.settings)
        self._accounts = {account.id: account for account in parts.settings.accounts}
        self._wanted: dict[AccountId, tuple[Symbol, ...]] = {}
        self._readers: Mapping[tuple[Venue, Symbol], Sequence[AccountId]] = {}
        self._silent: set[AccountId] = set()
        self._began_s = parts.monotonic()
        self._marked_s = 0.0
        self._marking: asyncio.TimerHandle | None = None
        parts.prices.listen(self.hear)

    def watched(self, account: AccountId) -> tuple[Symbol, ...]:
        """What is kept fresh for the account."""
        return self._wanted.get(account, ())

    def state_of(self, account: AccountId) -> str:
        """How its feed does, in a line; empty while it answers."""
        state = self._parts.prices.state(self._feeds[account])
        return f"{state.status}: {state.detail}" if state.detail else ""

    # --- what is told ----------------------------------------------------------------------------------------------

    def hear(self, news: News) -> None:
        """A price with both sides counts for every account that trades at it; it is as old as its venue says."""
        if not isinstance(news, Ticker) or news.bid is None or news.ask is None or not 0 < news.bid <= news.ask:
            return
        for account in self._readers.get((news.venue, news.symbol), ()):
            self._parts.board.put(account, news.symbol, news.bid, news.ask, age_s(news, self._parts.monotonic()))
            if self._reaches_order(account, news):
                self._mark_soon()

    def _reaches_order(self, account: AccountId, ticker: Ticker) -> bool:
        """True where an order that rests would trade: that is not for the next tick of the clock to find out."""
        engine = self._parts.engine
        if not engine.is_loaded or ticker.bid is None or ticker.ask is None:
            return False
        price = MarketPrice(ticker.bid, ticker.ask, PriceSource.QUOTE)
        return any(is_reached(order, price) for order in engine.book.live_orders_of(account, ticker.symbol))

    def _mark_soon(self) -> None:
        """One Mark for all that comes within a moment."""
        if self._marking is None:
            wait_s = max(0.0, self._marked_s + MARK_AT_MOST_EVERY_S - self._parts.monotonic())
            self._marking = asyncio.get_running_loop().call_later(wait_s, self._mark)

    def _mark(self) -> None:
        self._marking = None
        self._marked_s = self._parts.monotonic()
        self._parts.engine.tell(Mark())

    # --- what time asks for ------------------------------------------------------------------------------------------

    def pass_time(self) -> None:
        """What is traded, held or at work is watched; a feed that went silent, or came back, is told of."""
        self._watch()
        for account in self._feeds:
            self._note_silence(account)

    def _watch(self) -> None:
        wanted = {account: self._wanted_of(account) for account in self._feeds}
        if wanted == self._wanted:
            return
        self._wanted = wanted
        readers: dict[tuple[Venue, Symbol], list[AccountId]] = defaultdict(list)
        venues: dict[Venue, dict[Symbol, None]] = defaultdict(dict)
        for account, symbols in wanted.items():
            venue = self._feeds[account]
            venues[venue] |= dict.fromkeys(symbols)
            for symbol in symbols:
                readers[venue, symbol].append(account)
        self._readers = readers
        for venue, symbol in readers:
            if (known := self._parts.prices.board.ticker(venue, symbol)) is not None:
                self.hear(known)
        self._parts.prices.want(OWNER, {venue: tuple(symbols) for venue, symbols in venues.items()})

    def _wanted_of(self, account: AccountId) -> tuple[Symbol, ...]:
        book, known = self._parts.engine.book, self._parts.setup.accounts[account].instruments
        coins = [wallet.currency for wallet, amount in book.wallets.items() if wallet.account == account and amount]
        traded = symbols_quoted(self._parts.settings, self._accounts[account], coins, known)
        return tuple(dict.fromkeys((*traded, *self._exposed(account))))

    def _exposed(self, account: AccountId) -> list[Symbol]:
        """The symbols that are held, or that orders are at work in."""
        return list(dict.fromkeys(key.symbol for key in self._parts.engine.book.holdings(Scope(account))))

    def _note_silence(self, account: AccountId) -> None:
        silent = list(self._stale(account))
        if bool(silent) is not (account in self._silent):
            condition = VenueCondition(
                condition=Condition.PRICES_STALE if silent else Condition.WORKING,
                detail=self._described(account, silent) if silent else "",
            )
            self._parts.engine.tell(ReportCondition(account, condition))
            (self._silent.add if silent else self._silent.discard)(account)

    def _stale(self, account: AccountId) -> Iterator[Symbol]:
        """What the account is exposed in, and has no current price of."""
        book, limits = self._parts.engine.book, self._parts.limits
        for key in book.holdings(Scope(account)):
            oldest_s, quote = limits.oldest_quote_s(key), self._parts.board.latest(account, key.symbol)
            waited_s = self._parts.monotonic() - self._began_s
            if oldest_s is not None and (float(quote.age_s) if quote is not None else waited_s) > oldest_s:
                yield key.symbol

    def _described(self, account: AccountId, silent: Sequence[Symbol]) -> str:
        symbols = list(dict.fromkeys(silent))
        named = ", ".join(symbols[:MOST_NAMED])
        more = f" and {len(symbols) - MOST_NAMED} more" if len(symbols) > MOST_NAMED else ""
        state = self.state_of(account)
        return f"{self._feeds[account]} tells no current price of {named}{more}{f'; {state}' if state else ''}"
