"""A venue's matching engine for one account: takes orders, and answers what the market and time do to them.

It knows neither the desk nor a wire: the paper exchange and simulators of venues sit on it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from exchange.ledger import Ledger, VenueState, VenueTerms
from exchange.matching import reaches, slices, slipped, triggers
from exchange.ticket import Execution, Liquidation, MarketPrice, Ticket, Update
from portfolio.model.decimals import plain
from portfolio.model.fill import Funding
from portfolio.model.identifiers import Symbol
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side

News: TypeAlias = Update | Liquidation | Funding

MOST_FUNDINGS_AT_ONCE = 1000
_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
_POST_ONLY = "post-only: it would trade at once"


class MatchingEngine:
    """State is the caller's: what the engine decided is in it when a method returns."""

    def __init__(self, terms: VenueTerms, state: VenueState) -> None:
        self._terms = terms
        self._state = state
        self._ledger = Ledger(terms, state)
        self._last_time: datetime | None = None

    # --- orders --------------------------------------------------------------------------------------------------

    def place(self, ticket: Ticket, now: datetime) -> Update:
        """The order's first status: rejected, resting, or executed as far as it goes at once."""
        if refusal := self._refusal(ticket, now):
            return Update(ticket, OrderStatus.REJECTED, reason=refusal)
        price = self._state.prices.get(ticket.symbol)
        if ticket.order_type is OrderType.MARKET:
            return self._trade_all(ticket, ticket.at or price)
        if ticket.waits_for_trigger:
            return self._trigger(ticket, price) if price and triggers(ticket, price) else self._rest(ticket)
        return self._arrive(ticket, price)

    def cancel(self, ticket_id: str) -> Update | None:
        """The order is gone; None where it was not resting."""
        ticket = self._state.resting.pop(ticket_id, None)
        return Update(ticket, OrderStatus.CANCELED) if ticket else None

    def amend(
        self, ticket_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None, now: datetime
    ) -> Update | str:
        """The resting order has become another one, with what that sets off at once; or why the venue refuses."""
        known = self._state.resting.get(ticket_id)
        if known is None:
            return "there is no such order at rest"
        if known.triggered and known.order_type.has_stop and not known.order_type.has_limit:
            return "the order has been triggered already"
        if quantity <= known.filled:
            return f"{plain(known.filled)} of the order are filled already"
        ticket = replace(known, quantity=quantity, price=price, stop_price=stop_price)
        if refusal := self._refusal(ticket, now):
            return refusal
        self._state.resting[ticket_id] = ticket
        has_moved = (known.price, known.stop_price) != (price, stop_price)
        market = self._state.prices.get(ticket.symbol) if has_moved else None
        if market is not None and ticket.waits_for_trigger and triggers(ticket, market):
            return self._trigger(ticket, market)
        if market is not None and not ticket.waits_for_trigger and reaches(ticket, market):
            return self._fill_resting(ticket, market)
        return Update(ticket, OrderStatus.PARTIALLY_FILLED if ticket.filled else OrderStatus.OPEN)

    def show(self, symbol: Symbol, price: MarketPrice, now: datetime) -> list[News]:
        """The market is at `price`: stops trigger, limits fill, oldest first; what margin no longer carries goes."""
        self._state.prices[symbol] = price
        news: list[News] = []
        for ticket in [ticket for ticket in self._state.resting.values() if ticket.symbol == symbol]:
            if ticket.is_expired(now):
                news.append(self._expire(ticket))
            elif ticket.waits_for_trigger:
                news += [self._trigger(ticket, price)] if triggers(ticket, price) else []
            elif reaches(ticket, price):
                news.append(self._fill_resting(ticket, price))
        return [*news, *self._liquidate(self._terms.instruments[symbol].settle, now)]

    def pass_time(self, now: datetime) -> list[News]:
        """Orders whose time is over have expired, and every funding that fell due is paid."""
        expired = [ticket for ticket in self._state.resting.values() if ticket.is_expired(now)]
        return [*(self._expire(ticket) for ticket in expired), *self._fund(now)]

    def _refusal(self, ticket: Ticket, now: datetime) -> str:
        """Why a venue would not take the order; empty where it would."""
        instrument = self._terms.instruments.get(ticket.symbol)
        if instrument is None:
            return f"unknown symbol {ticket.symbol}"
        is_whole = ticket.quantity == abs(self._ledger.held(ticket.symbol))
        if not is_whole and (ticket.quantity % instrument.lot or ticket.quantity < instrument.min_quantity):
            return f"the quantity is not a multiple of {instrument.lot}, or below {instrument.min_quantity}"
        if instrument.max_quantity and ticket.quantity > instrument.max_quantity:
            return f"the quantity is above {instrument.max_quantity}"
        if ticket.order_type.has_limit is not bool(ticket.price) or ticket.order_type.has_stop is not bool(
            ticket.stop_price
        ):
            return f"a price is missing or too many for a {ticket.order_type} order"
        if any(price is not None and price % instrument.tick for price in (ticket.price, ticket.stop_price)):
            return f"the price is not a multiple of {instrument.tick}"
        if ticket.is_expired(now):
            return "the order's time is over already"
        if ticket.reduce_only and not self._ledger.reducible(ticket.symbol, ticket.side):
            return "reduce-only: there is no position to reduce"
        return self._cannot_carry(ticket)

    def _cannot_carry(self, ticket: Ticket) -> str:
        market = ticket.at or self._state.prices.get(ticket.symbol)
        price = ticket.price or ticket.stop_price or (self._taken_at(ticket, market) if market else None)
        if price is None:
            return f"there is no price of {ticket.symbol}"
        if ticket.post_only and not ticket.order_type.has_stop and market is not None and reaches(ticket, market):
            return _POST_ONLY
        return self._ledger.lacks(ticket, price)

    # --- matching ------------------------------------------------------------------------------------------------

    def _arrive(self, ticket: Ticket, price: MarketPrice | None) -> Update:
        """A limit order meets the market: it takes what is there, and rests unless it may not."""
        if price is None or not reaches(ticket, price):
            return self._leave(ticket) if ticket.time_in_force in _AT_ONCE else self._rest(ticket)
        if ticket.post_only:
            return self._leave(ticket, _POST_ONLY)
        parts = list(slices(self._fillable(ticket), self._terms.instruments[ticket.symbol], self._terms.fill_ratio))
        if ticket.time_in_force is TimeInForce.FOK and parts[:1] != [ticket.remaining]:
            return self._leave(ticket)
        return self._execute(ticket, parts[:1], price.for_side(ticket.side), price.source, is_maker=False)

    def _trade_all(self, ticket: Ticket, price: MarketPrice | None) -> Update:
        """A market order takes everything, in as many executions as it comes in."""
        assert price is not None
        parts = list(slices(self._fillable(ticket), self._terms.instruments[ticket.symbol], self._terms.fill_ratio))
        return self._execute(ticket, parts, self._taken_at(ticket, price), price.source, is_maker=False)

    def _taken_at(self, ticket: Ticket, price: MarketPrice) -> Decimal:
        """What a market order gets."""
        instrument = self._terms.instruments[ticket.symbol]
        return slipped(ticket, instrument, price.for_side(ticket.side), self._terms.slippage)

    def _trigger(self, ticket: Ticket, price: MarketPrice) -> Update:
        """The order is a market or limit order now, if the account can still carry it at the price that there is."""
        triggered = replace(ticket, triggered=True)
        if lack := self._ledger.lacks(triggered, ticket.price or self._taken_at(ticket, price)):
            return self._leave(triggered, lack)
        if ticket.order_type.has_limit:
            return self._arrive(triggered, price)
        return self._trade_all(triggered, price)

    def _fill_resting(self, ticket: Ticket, price: MarketPrice) -> Update:
        """A resting limit order trades at its own price, a slice at a time."""
        assert ticket.price is not None
        instrument = self._terms.instruments[ticket.symbol]
        part = next(slices(ticket.quantity, instrument, self._terms.fill_ratio))
        parts = [min(part, self._fillable(ticket))]
        return self._execute(ticket, parts, ticket.price, price.source, is_maker=True)

    def _fillable(self, ticket: Ticket) -> Decimal:
        if not ticket.reduce_only:
            return ticket.remaining
        return min(ticket.remaining, self._ledger.reducible(ticket.symbol, ticket.side))

    def _execute(
        self, ticket: Ticket, parts: list[Decimal], price: Decimal, source: PriceSource, *, is_maker: bool
    ) -> Update:
        """The parts are traded; the order is as it stands after them."""
        executions = []
        for part in parts:
            if part:
                fee, currency = self._ledger.execute(ticket.symbol, ticket.side, part, price, is_maker=is_maker)
                ticket = replace(ticket, filled=ticket.filled + part, executions=ticket.executions + 1)
                executions.append(Execution(ticket.executions, part, price, fee, currency, source))
        return self._after(ticket, tuple(executions))

    def _after(self, ticket: Ticket, executions: tuple[Execution, ...]) -> Update:
        self._state.resting.pop(ticket.id, None)
        if not ticket.remaining:
            return Update(ticket, OrderStatus.FILLED, executions)
        if ticket.reduce_only and not self._fillable(ticket):
            return Update(ticket, OrderStatus.CANCELED, executions, "reduce-only: cut to the position")
        if ticket.time_in_force in _AT_ONCE:
            return Update(ticket, OrderStatus.CANCELED, executions, "immediate-or-cancel: no more at once")
        return self._rest(ticket, executions)

    def _rest(self, ticket: Ticket, executions: tuple[Execution, ...] = ()) -> Update:
        self._state.resting[ticket.id] = ticket
        return Update(ticket, OrderStatus.PARTIALLY_FILLED if ticket.filled else OrderStatus.OPEN, executions)

    def _leave(self, ticket: Ticket, reason: str = "") -> Update:
        self._state.resting.pop(ticket.id, None)
        told = reason or f"{ticket.time_in_force}: it cannot be filled at once"
        return Update(ticket, OrderStatus.CANCELED, reason=told)

    def _expire(self, ticket: Ticket) -> Update:
        del self._state.resting[ticket.id]
        return Update(ticket, OrderStatus.EXPIRED, reason="its time is over")

    # --- what a venue does by itself -----------------------------------------------------------------------------

    def _liquidate(self, settle: str, now: datetime) -> Iterator[News]:
        """Every contract of the currency is closed at its mark, after the orders that rest on it."""
        for symbol in self._ledger.to_liquidate(settle):
            for ticket in [ticket for ticket in self._state.resting.values() if ticket.symbol == symbol]:
                del self._state.resting[ticket.id]
                yield Update(ticket, OrderStatus.CANCELED, reason="the position is being liquidated")
            held, mark = self._ledger.held(symbol), self._ledger.mark(symbol)
            assert mark is not None
            side = Side.towards(-held)
            fee, currency = self._ledger.execute(symbol, side, abs(held), mark, is_maker=False)
            execution = Execution(1, abs(held), mark, fee, currency, PriceSource.LIQUIDATION)
            yield Liquidation(symbol, side, execution)

    def _fund(self, now: datetime) -> Iterator[Funding]:
        """Each interval since the last one that the engine knows of, at the last mark."""
        for symbol in list(self._ledger.funded_symbols()):
            mark = self._ledger.mark(symbol)
            for time in self._due(symbol, now) if mark else ():
                assert mark is not None
                instrument = self._terms.instruments[symbol]
                amount = self._ledger.fund(symbol, mark)
                yield Funding(
                    symbol=symbol,
                    amount=amount,
                    currency=instrument.settle,
                    rate=instrument.funding_rate,
                    price=mark,
                    time=time,
                )
        for symbol in {*self._state.positions, *self._state.funded}:
            self._state.funded[symbol] = now
        self._last_time = now

    def _due(self, symbol: Symbol, now: datetime) -> list[datetime]:
        """The ends of intervals since the last payment, or since the last time there was no position yet."""
        interval = timedelta(hours=self._terms.funding_interval_h)
        since = self._state.funded.get(symbol) or self._last_time or now
        first = since - (since - _MIDNIGHT) % interval + interval
        count = max(0, (now - first) // interval + 1)
        return [first + interval * step for step in range(min(count, MOST_FUNDINGS_AT_ONCE))]
