"""One account at a venue: wallets, positions, margin, funding and liquidation.

What a trade closes is realised into the wallet at the position's average cost, as the desk's own books do it.
Formulas: Bybit's and BitMEX's guides to inverse and linear contracts; margin is cross, by settle currency.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from exchange.ticket import MarketPrice, Ticket
from portfolio.model.decimals import ZERO, money
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.position import Position
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTerms:
    """Fees as shares of the traded value, `slippage` of the price of market orders, `fill_ratio` of what fills at once.

    With `base_fees` spot takes the fee of a buy in the coins bought.
    """

    instruments: Mapping[Symbol, Instrument]
    maker_fee: Decimal
    taker_fee: Decimal
    slippage: Decimal
    leverage: Decimal
    fill_ratio: Decimal = Decimal(1)
    base_fees: bool = False
    funding_interval_h: int = 8


@dataclass(slots=True)
class VenueState:
    """What the venue knows: wallets, positions in contracts, resting orders, last prices, last fundings."""

    wallets: dict[str, Decimal]
    positions: dict[Symbol, Position] = field(default_factory=dict)
    resting: dict[str, Ticket] = field(default_factory=dict)
    prices: dict[Symbol, MarketPrice] = field(default_factory=dict)
    funded: dict[Symbol, datetime] = field(default_factory=dict)


class Ledger:
    """Answers what an order may do and books what it did."""

    def __init__(self, terms: VenueTerms, state: VenueState) -> None:
        self._terms = terms
        self._state = state

    def execute(
        self, symbol: Symbol, side: Side, quantity: Decimal, price: Decimal, *, is_maker: bool
    ) -> tuple[Decimal, str]:
        """The trade is booked; answers its fee and the fee's currency."""
        instrument = self._terms.instruments[symbol]
        signed = side.signed(quantity)
        value = instrument.value(signed, price)
        if instrument.is_spot:
            self._pay(instrument.base, signed)
            self._pay(instrument.quote, -value)
        else:
            before = self._position(symbol)
            after = self._state.positions[symbol] = before.traded(signed, price, instrument)
            self._pay(instrument.settle, after.realised - before.realised)
        return self._charge(instrument, side, quantity, abs(value), is_maker=is_maker)

    def _charge(
        self, instrument: Instrument, side: Side, quantity: Decimal, value: Decimal, *, is_maker: bool
    ) -> tuple[Decimal, str]:
        rate = self._terms.maker_fee if is_maker else self._terms.taker_fee
        in_base = instrument.is_spot and self._terms.base_fees and side is Side.BUY
        fee, currency = (
            (money(quantity * rate), instrument.base) if in_base else (money(value * rate), instrument.settle)
        )
        self._pay(currency, -fee)
        return fee, currency

    def _pay(self, currency: str, amount: Decimal) -> None:
        self._state.wallets[currency] = self._state.wallets.get(currency, ZERO) + amount

    def held(self, symbol: Symbol) -> Decimal:
        """The signed position; coins on spot."""
        instrument = self._terms.instruments[symbol]
        if instrument.is_spot:
            return self._state.wallets.get(instrument.base, ZERO)
        return self._position(symbol).quantity

    def _position(self, symbol: Symbol) -> Position:
        return self._state.positions.get(symbol) or Position()

    def reducible(self, symbol: Symbol, side: Side) -> Decimal:
        """The unsigned quantity that an order of that side can close."""
        held = self.held(symbol)
        return abs(held) if side.signed(held) < 0 else ZERO

    # --- what an order may do ------------------------------------------------------------------------------------

    def lacks(self, ticket: Ticket, price: Decimal) -> str:
        """Why the account cannot carry the order at `price`; empty where it can."""
        instrument = self._terms.instruments[ticket.symbol]
        if instrument.is_spot:
            return self._lacks_coins(ticket, instrument, price)
        if ticket.reduce_only or ticket.remaining <= self.reducible(ticket.symbol, ticket.side):
            return ""
        return "" if self._has_margin(ticket, instrument, price) else "insufficient margin"

    def _lacks_coins(self, ticket: Ticket, instrument: Instrument, price: Decimal) -> str:
        currency = instrument.quote if ticket.side is Side.BUY else instrument.base
        needed = self._price_of(ticket, instrument, price) if ticket.side is Side.BUY else ticket.remaining
        free = self._state.wallets.get(currency, ZERO) - self._locked(currency, ticket.id)
        return "" if needed <= free else f"insufficient {currency}"

    def _price_of(self, ticket: Ticket, instrument: Instrument, price: Decimal) -> Decimal:
        """What a spot buy spends, with its fee where that is not taken from the coins."""
        rate = ZERO if self._terms.base_fees else self._terms.taker_fee
        return instrument.value(ticket.remaining, price) + instrument.value(ticket.remaining, price * rate)

    def _locked(self, currency: str, but: str) -> Decimal:
        """Coins that resting spot orders would trade away."""
        locked = ZERO
        for ticket in self._state.resting.values():
            instrument = self._terms.instruments[ticket.symbol]
            price = ticket.price or ticket.stop_price or ZERO
            if instrument.is_spot and ticket.id != but:
                if ticket.side is Side.BUY and instrument.quote == currency:
                    locked += self._price_of(ticket, instrument, price)
                elif ticket.side is Side.SELL and instrument.base == currency:
                    locked += ticket.remaining
        return locked

    def _has_margin(self, ticket: Ticket, instrument: Instrument, price: Decimal) -> bool:
        """Each contract's notional after the trade, over its leverage: together covered by the currency's equity."""
        after = self.held(ticket.symbol) + ticket.side.signed(ticket.remaining)
        others = (symbol for symbol in self._contracts(instrument.settle) if symbol != ticket.symbol)
        own = abs(instrument.notional(after, price)) / self._leverage(ticket.symbol)
        needed = sum((self._notional(symbol) / self._leverage(symbol) for symbol in others), own)
        return needed <= self.equity(instrument.settle, {ticket.symbol: price})

    def _leverage(self, symbol: Symbol) -> Decimal:
        return min(self._terms.leverage, self._terms.instruments[symbol].max_leverage)

    # --- what a position is worth --------------------------------------------------------------------------------

    def equity(self, settle: str, at: Mapping[Symbol, Decimal] | None = None) -> Decimal:
        """Wallet and unrealised profit in one currency; `at` are prices for symbols that have none yet."""
        return sum(
            (self._profit(symbol, (at or {}).get(symbol)) for symbol in self._contracts(settle)),
            self._state.wallets.get(settle, ZERO),
        )

    def _contracts(self, settle: str) -> list[Symbol]:
        instruments = self._terms.instruments
        return [symbol for symbol in self._state.positions if instruments[symbol].settle == settle]

    def _profit(self, symbol: Symbol, otherwise: Decimal | None) -> Decimal:
        """What is unrealised; nothing where no price is known.

        A desk whose strategies hold opposite positions starts the venue with a cost and nothing held: that is profit.
        """
        position, mark = self._position(symbol), self.mark(symbol) or otherwise
        if not position.quantity:
            return -position.cost
        return position.unrealised(mark, self._terms.instruments[symbol]) if mark else ZERO

    def _notional(self, symbol: Symbol) -> Decimal:
        held, mark = self.held(symbol), self.mark(symbol)
        return abs(self._terms.instruments[symbol].notional(held, mark)) if held and mark else ZERO

    def mark(self, symbol: Symbol) -> Decimal | None:
        price = self._state.prices.get(symbol)
        return price.mark if price else None

    # --- what a venue does by itself -----------------------------------------------------------------------------

    def to_liquidate(self, settle: str) -> list[Symbol]:
        """The contracts in one currency once their maintenance margin is no longer covered; else none.

        Maintenance margin: the sum of notional x rate, as for cross margin on Bybit and BitMEX.
        """
        held = [symbol for symbol in self._contracts(settle) if self.held(symbol) and self.mark(symbol)]
        rates = {symbol: self._terms.instruments[symbol].maintenance_margin for symbol in held}
        needed = sum((self._notional(symbol) * rates[symbol] for symbol in held), ZERO)
        return held if held and self.equity(settle) < needed else []

    def fund(self, symbol: Symbol, price: Decimal) -> Decimal:
        """Funding of one interval is paid: signed notional x rate, longs to shorts; answers what was received."""
        instrument = self._terms.instruments[symbol]
        amount = money(-instrument.notional(self.held(symbol), price) * instrument.funding_rate)
        self._pay(instrument.settle, amount)
        return amount

    def funded_symbols(self) -> Iterator[Symbol]:
        """Contracts that are held and have a funding rate."""
        for symbol, position in self._state.positions.items():
            if position.quantity and self._terms.instruments[symbol].funding_rate:
                yield symbol
