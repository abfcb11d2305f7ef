"""What real accounts hear of prices on their own connections, for everybody who looks at prices."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.clock import now_utc
from app.prices.desk import PriceDesk
from app.settings import Settings
from exchange.connection import Environment
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.prices.ticker import Ticker


class OwnQuotes:
    """Real money's prices are the venue's: they join what the venue says to all. A testnet's are no prices."""

    def __init__(
        self,
        settings: Settings,
        prices: PriceDesk,
        clock: Callable[[], datetime] = now_utc,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prices, self._clock, self._monotonic = prices, clock, monotonic
        self._venues = {
            account.id: account.venue
            for account in settings.accounts
            if not account.is_paper and account.environment is Environment.LIVE and account.venue in prices.known
        }

    def hear(self, account: AccountId, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        """The newest bid and ask stand beside what else the venue has said of the market."""
        venue = self._venues.get(account)
        if venue is None:
            return
        now_s, now = self._monotonic(), self._clock()
        known = self._prices.board.ticker(venue, symbol)
        known = known or Ticker(venue=venue, symbol=symbol, received_s=now_s, received_at=now)
        self._prices.put(
            replace(
                known,
                received_s=now_s,
                received_at=now,
                venue_time=None,
                bid=bid,
                ask=ask,
                bid_size=None,
                ask_size=None,
                by_stream=True,
            )
        )
