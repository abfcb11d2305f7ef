"""What happens to the account without a request of its owner's."""

from decimal import Decimal
from uuid import uuid4

from exchange.ticket import Execution
from portfolio.model.decimals import ZERO, money
from portfolio.model.order import PriceSource
from portfolio.model.side import Side
from tests.simulators.bybit.account import wallet_told
from tests.simulators.bybit.booking import Booking
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import ExecutionRecord, OrderRecord
from tests.simulators.bybit.trading import Trading
from tests.simulators.bybit.venue import Venue


class World:
    def __init__(self, venue: Venue, trading: Trading, booking: Booking) -> None:
        self._venue = venue
        self._trading = trading
        self._booking = booking

    def moved(self, coin: str, amount: Decimal) -> None:
        """A deposit, or a withdrawal where the amount is negative: as transfers with the funding account."""
        wallets = self._venue.state.wallets
        wallets[coin] = wallets.get(coin, ZERO) + amount
        self._booking.logged("TRANSFER_IN" if amount > 0 else "TRANSFER_OUT", coin, amount)
        if self._venue.hears("wallet"):
            self._venue.publish("wallet", [wallet_told(self._venue)])

    def funded(self, listing: Listing, rate: Decimal) -> Decimal:
        """Funding is paid at that rate on what is held: longs pay a positive rate. Answers what was received."""
        venue, item = self._venue, listing.instrument
        held, mark = venue.ledger.held(item.symbol), venue.price(listing).mark
        amount = money(-item.notional(held, mark) * rate)
        venue.state.wallets[item.settle] = venue.state.wallets.get(item.settle, ZERO) + amount
        side = Side.BUY if held > 0 else Side.SELL
        execution = self._funding_execution(listing, side, abs(held), mark, -amount, rate)
        venue.executions.append(execution)
        if venue.hears("execution"):
            venue.publish("execution", [execution.told(is_streamed=True)])
        self._booking.logged(
            "SETTLEMENT",
            item.settle,
            amount,
            listing,
            funding=amount,
            quantity=abs(held),
            price=mark,
            side=side.value.capitalize(),
            trade_id=execution.execution_id,
        )
        return amount

    def _funding_execution(
        self, listing: Listing, side: Side, quantity: Decimal, mark: Decimal, fee: Decimal, rate: Decimal
    ) -> ExecutionRecord:
        venue, now_ms = self._venue, self._venue.clock.now_ms()
        order = OrderRecord(
            order_id=str(uuid4()),
            link_id="",
            listing=listing,
            side=side,
            order_type="Market",
            quantity=ZERO,
            sent_quantity="0",
            price=None,
            time_in_force="",
            created_ms=now_ms,
            updated_ms=now_ms,
            create_type="",
            is_foreign=True,
        )
        return ExecutionRecord(
            execution_id=str(uuid4()),
            order=order,
            quantity=quantity,
            price=mark,
            value=abs(listing.instrument.value(quantity, mark)),
            fee=fee,
            fee_currency=listing.instrument.settle,
            fee_rate=rate,
            is_maker=False,
            kind="Funding",
            time_ms=now_ms,
            leaves=ZERO,
            closed=ZERO,
            profit=ZERO,
            sequence=venue.next_sequence(),
        )

    def liquidated(self, listing: Listing, price: Decimal) -> None:
        """The whole position is taken over at `price`, after its orders are gone."""
        venue, symbol = self._venue, listing.instrument.symbol
        held = venue.ledger.held(symbol)
        for record in [item for item in venue.open.values() if item.listing is listing]:
            self._trading.cancel(record, "CancelByPrepareLiq")
        if not held:
            return
        side = Side.towards(-held)
        fee, currency = venue.ledger.execute(symbol, side, abs(held), price, is_maker=False)
        self._booking.took_over(listing, side, Execution(1, abs(held), price, fee, currency, PriceSource.LIQUIDATION))

    def delisted(self, listing: Listing, status: str) -> None:
        """The symbol takes orders no more; those that rest are gone."""
        listing.status = status
        listing.delivery_ms = self._venue.clock.now_ms()
        for record in [item for item in self._venue.open.values() if item.listing is listing]:
            self._trading.cancel(record, "CancelBySettle")
