"""What a venue says is held, against the executions that it told: a difference that lasts means that one was lost."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.dialects.dialect import HoldingsNews
from portfolio.model.decimals import ZERO
from portfolio.model.fill import Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.model.side import Side

SUSPECT_AFTER_S = 1.5
MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Position:
    """`told` by the venue, and `is_new` until it was seen to agree with executions: `agreed` is what it was then, None
    where it is not known, `since` what was executed after that. `wrong_since_s` is when the two began to differ."""

    told: Decimal = ZERO
    is_new: bool = False
    agreed: Decimal | None = None
    since: Decimal = ZERO
    executed_at_s: float = -math.inf
    wrong_since_s: float | None = None

    def is_right(self, now_s: float) -> bool:
        """Where nothing was agreed yet, an execution near by is explanation enough."""
        if self.agreed is None:
            return now_s - self.executed_at_s < SUSPECT_AFTER_S
        return self.told == self.agreed + self.since


class Holdings:
    """Of one link. Frames of positions, wallets and executions come in any order, a moment apart."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._trades: dict[str, None] = {}
        self.begin()

    def begin(self) -> None:
        """A link is made anew: what was missed is asked for anyway, and nothing that is told is known yet."""
        self._positions: dict[Symbol, _Position] = {}
        self._is_surveyed = False
        self._coins: dict[str, Decimal] = {}
        self._touched_at_s: dict[str, float] = {}
        self._unexplained: dict[str, float] = {}
        self._first_coins: frozenset[str] = frozenset()

    def take(self, news: HoldingsNews) -> None:
        for symbol, quantity in news.positions:
            position = self._position(symbol)
            position.told, position.is_new = quantity, True
        self._take_coins(dict(news.coins))

    def survey(self, positions: Mapping[Symbol, Decimal]) -> None:
        """The venue was asked what is held: all other positions are none."""
        for symbol in self._positions.keys() | positions.keys():
            position = self._positions.setdefault(symbol, _Position())
            if position.agreed is None:
                position.agreed, position.since = positions.get(symbol, ZERO), ZERO
        self._is_surveyed = True

    def _position(self, symbol: Symbol) -> _Position:
        return self._positions.setdefault(symbol, _Position(agreed=ZERO if self._is_surveyed else None))

    def note(self, reports: Iterable[VenueReport]) -> None:
        """Executions and funding that the venue has told, by whatever way; each counts once."""
        for report in reports:
            match report:
                case OrderReport(order=order, trades=trades) if order is not None:
                    self._execute(order.symbol, order.side, trades)
                case OutsideTrade(symbol=symbol, side=side, trade=trade):
                    self._execute(symbol, side, (trade,))
                case Funding(currency=currency):
                    self._touch(currency)

    def take_suspects(self) -> bool:
        """True where something was held for a while that no execution explains. To be asked a few times in that while;
        in between frames may agree by chance."""
        now_s = self._monotonic()
        latest_s = now_s - SUSPECT_AFTER_S
        positions = [position for position in self._positions.values() if position.is_new]
        wrong = [position for position in positions if self._has_been_wrong(position, now_s)]
        coins = [coin for coin, since_s in self._unexplained.items() if since_s <= latest_s]
        for coin in coins:
            del self._unexplained[coin]
        return bool(wrong or coins)

    @staticmethod
    def _has_been_wrong(position: _Position, now_s: float) -> bool:
        """What was missed will be asked for: until it is told, nothing is agreed."""
        if position.is_right(now_s):
            position.agreed, position.since = position.told, ZERO
            position.is_new, position.wrong_since_s = False, None
            return False
        if position.wrong_since_s is None:
            position.wrong_since_s = now_s
        if now_s - position.wrong_since_s < SUSPECT_AFTER_S:
            return False
        position.agreed, position.is_new, position.wrong_since_s = None, False, None
        return True

    def _execute(self, symbol: Symbol, side: Side, trades: Iterable[Trade]) -> None:
        new = [trade for trade in trades if trade.trade_id not in self._trades]
        if not new:
            return
        self._trades |= dict.fromkeys(trade.trade_id for trade in new)
        while len(self._trades) > MOST_REMEMBERED:
            del self._trades[next(iter(self._trades))]
        position = self._position(symbol)
        position.since += side.signed(sum((trade.quantity for trade in new), ZERO))
        position.executed_at_s = self._monotonic()
        self._touch(*(parse_symbol(symbol) or ()), *(trade.fee_currency for trade in new))

    def _take_coins(self, amounts: dict[str, Decimal]) -> None:
        """Whose amount has changed waits for an execution that touches it; at first sight any will do."""
        now_s = self._monotonic()
        is_first = bool(amounts) and not self._coins
        changed = [coin for coin, amount in amounts.items() if self._coins.get(coin) != amount]
        self._coins |= amounts
        latest_s = max(self._touched_at_s.values(), default=-math.inf)
        for coin in changed:
            touched_s = latest_s if is_first else self._touched_at_s.get(coin, -math.inf)
            if now_s - touched_s >= SUSPECT_AFTER_S:
                self._unexplained.setdefault(coin, now_s)
        if is_first:
            self._first_coins = frozenset(self._unexplained)

    def _touch(self, *coins: str | None) -> None:
        now_s = self._monotonic()
        for coin in coins:
            if coin:
                self._touched_at_s[coin] = now_s
                self._unexplained.pop(coin, None)
        for coin in self._first_coins:
            self._unexplained.pop(coin, None)
        self._first_coins = frozenset()
