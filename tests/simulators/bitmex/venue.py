"""The simulated venue without its wire: one account on the matching engine the paper exchange uses."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.engine import MatchingEngine, News
from exchange.ledger import Ledger, VenueState, VenueTerms
from exchange.ticket import Execution, Liquidation, MarketPrice, Ticket, Update
from portfolio.model.decimals import ZERO, money
from portfolio.model.fill import Funding
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from tests.simulators.bitmex.cash import Cash
from tests.simulators.bitmex.contracts import CONTRACTS, SYMBOLS, Contract
from tests.simulators.bitmex.new_order import NewOrder
from tests.simulators.bitmex.orders import Placed, side_of, units
from tests.simulators.bitmex.refusal import Refused, invalid

MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")


class Venue:
    """Orders, executions and money. `arrived` and `accepted` count each client order id."""

    def __init__(self, balances: dict[str, Decimal], clock: Callable[[], datetime], fill_ratio: Decimal) -> None:
        self._clock = clock
        self.state = VenueState(wallets=dict(balances))
        self.terms = VenueTerms(
            instruments={contract.instrument.symbol: contract.instrument for contract in CONTRACTS.values()},
            maker_fee=MAKER_FEE,
            taker_fee=TAKER_FEE,
            slippage=ZERO,
            leverage=Decimal(100),
            fill_ratio=fill_ratio,
        )
        self._engine = MatchingEngine(self.terms, self.state)
        self.orders: dict[str, Placed] = {}
        self._by_client_id: dict[str, Placed] = {}
        self.executions: list[dict[str, Any]] = []
        self.arrived: dict[str, int] = {}
        self.accepted: dict[str, int] = {}
        self.cash = Cash(self.state.wallets, clock)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.terms, self.state)

    # --- terms and prices ----------------------------------------------------------------------------------------

    def change_terms(self, **changes: Any) -> None:
        self.terms = replace(self.terms, **changes)
        self._engine = MatchingEngine(self.terms, self.state)
        self.pass_time()

    def change_instrument(self, contract: Contract, **changes: Any) -> None:
        """New terms of one contract: its leverage, its funding rate."""
        instrument = replace(self.terms.instruments[contract.instrument.symbol], **changes)
        self.change_terms(instruments={**self.terms.instruments, instrument.symbol: instrument})

    def show(self, contract: Contract, bid: Decimal, ask: Decimal) -> None:
        price = MarketPrice(bid, ask, PriceSource.QUOTE)
        self._take_in(self._engine.show(contract.instrument.symbol, price, self._clock()))

    def pass_time(self) -> None:
        self._take_in(self._engine.pass_time(self._clock()))

    # --- orders --------------------------------------------------------------------------------------------------

    def find(self, name: str, value: str) -> Placed | None:
        """By `orderID`, or by a client's id of its own."""
        return self.orders.get(value) if name == "orderID" else self._by_client_id.get(value)

    def place(self, asked: NewOrder) -> Placed:
        """The order as it is after it has met the market. Raises Refused where none came to be."""
        if asked.client_id and asked.client_id in self._by_client_id:
            raise Refused(400, "Duplicate clOrdID")
        now = self._clock()
        placed = Placed(asked, _ticket("", asked), now, now)
        placed.ticket = replace(placed.ticket, id=placed.order_id)
        update = self._engine.place(placed.ticket, now)
        if update.status is OrderStatus.REJECTED:
            update = self._soften(update, asked)
        self.orders[placed.order_id] = placed
        if asked.client_id:
            self._by_client_id[asked.client_id] = placed
            self.accepted[asked.client_id] = self.accepted.get(asked.client_id, 0) + 1
        self._apply(placed, update)
        return placed

    def cancel(self, placed: Placed, text: str = "Canceled: Canceled via API.") -> Placed:
        update = self._engine.cancel(placed.order_id)
        assert update is not None
        placed.text = text
        self._apply(placed, update)
        return placed

    def amend(self, placed: Placed, quantity: Decimal | None, **prices: Decimal | None) -> Placed:
        """The order with its new terms, having met the market again; as it was where the venue refuses them."""
        if not placed.is_open:
            raise invalid("Invalid ordStatus")
        if quantity is not None and quantity <= placed.ticket.filled:
            raise invalid("Invalid orderQty: below cumQty")
        before = placed.ticket
        self._engine.cancel(placed.order_id)
        ticket = replace(before, quantity=quantity or before.quantity, **{k: v for k, v in prices.items() if v})
        update = self._engine.place(ticket, self._clock())
        if update.status is OrderStatus.REJECTED:
            self.state.resting[before.id] = before
            raise _refusal(update.reason, placed.asked)
        self._apply(placed, update)
        return placed

    def _soften(self, update: Update, asked: NewOrder) -> Update:
        """An order that may not trade as it was told to is taken and canceled at once: no error."""
        if update.reason.startswith("post-only"):
            reason = "Order had execInst of ParticipateDoNotInitiate"
        elif update.reason.startswith("reduce-only"):
            held = units(asked.contract, self.ledger.held(asked.contract.instrument.symbol))
            reason = (
                f"Order had execInst of ReduceOnly and side of {side_of(asked.side)} but current position is {held}"
            )
        else:
            raise _refusal(update.reason, asked)
        return replace(update, status=OrderStatus.CANCELED, reason=reason)

    # --- what the engine decided ---------------------------------------------------------------------------------

    def _take_in(self, news: Iterable[News]) -> None:
        for item in news:
            match item:
                case Update():
                    self._apply(self.orders[item.ticket.id], item)
                case Liquidation():
                    self._liquidated(item)
                case Funding():
                    held = self.ledger.held(item.symbol)
                    self.executions.append(self.cash.funded(item, SYMBOLS[item.symbol], held))

    def _apply(self, placed: Placed, update: Update) -> None:
        placed.ticket, placed.status, placed.updated_at = update.ticket, update.status, self._clock()
        if update.status is OrderStatus.CANCELED and update.reason:
            placed.text = f"Canceled: {_canceled_for(update.reason, placed.asked)}\n{placed.text}"
        for execution in update.executions:
            self._book(placed, execution)

    def _book(self, placed: Placed, execution: Execution) -> None:
        instrument = placed.asked.contract.instrument
        value = instrument.value(placed.ticket.side.signed(execution.quantity), execution.price)
        placed.cost += value
        is_maker = execution.fee == money(abs(value) * self.terms.maker_fee)
        fee = self.cash.charge_whole(execution)
        self.executions.append(placed.execution(execution, fee, is_maker=is_maker, now=self._clock()))

    def _liquidated(self, news: Liquidation) -> None:
        contract, now = SYMBOLS[news.symbol], self._clock()
        quantity = news.execution.quantity
        wire = {"ordType": "Limit", "timeInForce": "", "execInst": "Close"}
        asked = NewOrder(
            contract=contract,
            client_id="",
            side=news.side,
            order_type=OrderType.LIMIT,
            quantity=quantity,
            price=news.execution.price,
            stop_price=None,
            time_in_force=TimeInForce.GTC,
            instructions=frozenset(),
            wire=wire,
        )
        placed = Placed(asked, _ticket("", asked), now, now, text="Liquidation")
        placed.ticket = replace(placed.ticket, id=placed.order_id, filled=quantity)
        placed.status = OrderStatus.FILLED
        self.orders[placed.order_id] = placed
        self._book(placed, news.execution)


def _ticket(order_id: str, asked: NewOrder) -> Ticket:
    return Ticket(
        id=order_id,
        symbol=asked.contract.instrument.symbol,
        side=asked.side,
        order_type=asked.order_type,
        quantity=asked.quantity,
        price=asked.price if asked.order_type.has_limit else None,
        stop_price=asked.stop_price,
        reduce_only="ReduceOnly" in asked.instructions,
        post_only="ParticipateDoNotInitiate" in asked.instructions,
        time_in_force=asked.time_in_force,
    )


def _refusal(reason: str, asked: NewOrder) -> Refused:
    """The engine's reason in the venue's words."""
    if reason.startswith("insufficient"):
        return invalid(f"Account has insufficient Available Balance, 1 {asked.contract.settle_wire} required")
    if reason.startswith("there is no price"):
        return invalid("Instrument has no mark price")
    return invalid(f"Invalid order: {reason}")


def _canceled_for(reason: str, asked: NewOrder) -> str:
    if reason.startswith("post-only"):
        return "Order had execInst of ParticipateDoNotInitiate"
    if reason.startswith("reduce-only"):
        return "Order had execInst of ReduceOnly"
    if reason.startswith("insufficient"):
        return "Account has insufficient Available Balance"
    if asked.time_in_force is TimeInForce.GTC:
        return reason
    wire = {TimeInForce.IOC: "ImmediateOrCancel", TimeInForce.FOK: "FillOrKill"}[asked.time_in_force]
    return reason if reason.startswith("Order had") else f"Order had timeInForce of {wire}"
