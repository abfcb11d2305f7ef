"""A desk on an account whose venue keeps books of its own."""

from decimal import Decimal
from typing import Any

from portfolio.model.command import ReportOrder, ReportOutsideTrade
from portfolio.model.fill import Cause, OrderReport, OutsideTrade, Trade
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import Balance, VenueOrder, VenuePosition
from portfolio.reply import Reconciled
from tests.fakes import BTC, NOW, Desk, account

OURS = "01ABCDEFGH0123456789-1"


def venue_desk(*parts: Any, **terms: Any) -> Desk:
    """Reconciled with a venue where it had 10,000 USDT and nothing else."""
    desk = Desk(account(balances={}, **terms), *parts, reconciled=False)
    desk.quote("100")
    look(desk, balances={"USDT": "10000"})
    look(desk, balances={"USDT": "10000"})
    return desk


def look(
    desk: Desk,
    positions: dict[str, str | tuple[str, str]] | None = None,
    balances: dict[str, str] | None = None,
    orders: tuple[VenueOrder, ...] = (),
    **fields: Any,
) -> Reconciled:
    """The venue is asked: positions as a quantity, or with their entry price; balances as in the book if left out."""
    desk.wait(milliseconds=1)
    asked_at = fields.pop("asked_at", desk.now)
    desk.wait(milliseconds=1)
    wallets = {wallet.currency: amount for wallet, amount in desk.book.wallets.items() if wallet.account == "main"}
    told = {currency: Decimal(amount) for currency, amount in balances.items()} if balances is not None else wallets
    return desk.finish(
        positions=tuple(position(symbol, held) for symbol, held in (positions or {}).items()),
        balances=tuple(Balance(currency=currency, amount=amount) for currency, amount in told.items()),
        orders=orders,
        asked_at=asked_at,
        **fields,
    )


def look_twice(desk: Desk, *args: Any, **fields: Any) -> Reconciled:
    first = look(desk, *args, **fields)
    assert (first.settled, first.adjusted) == (False, ())
    return look(desk, *args, **fields)


def position(symbol: str, held: str | tuple[str, str]) -> VenuePosition:
    quantity, entry = (held, None) if isinstance(held, str) else held
    return VenuePosition(
        symbol=symbol, quantity=Decimal(quantity), entry_price=Decimal(entry) if entry is not None else None
    )


def resting(order_id: str | None = "SOMEBODY", side: str = "buy", quantity: str = "1", **fields: Any) -> VenueOrder:
    known: dict[str, Any] = {
        "symbol": BTC,
        "order_type": OrderType.LIMIT,
        "price": Decimal(90),
        "stop_price": None,
        "reduce_only": False,
        "time_in_force": TimeInForce.GTC,
        "status": OrderStatus.OPEN,
        "venue_order_id": "V-1",
    }
    return VenueOrder(client_order_id=order_id, side=Side(side), quantity=Decimal(quantity), **{**known, **fields})


def execution(trade_id: str, quantity: str = "1", price: str = "100") -> Trade:
    return Trade(
        trade_id=trade_id,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(0),
        fee_currency="USDT",
        source=PriceSource.VENUE,
        time=NOW,
    )


def outside(desk: Desk, trade_id: str, side: str = "buy", quantity: str = "1", **fields: Any) -> None:
    known = {"symbol": BTC, "cause": Cause.FOREIGN, **fields}
    trade = OutsideTrade(side=Side(side), trade=execution(trade_id, quantity), **known)
    desk.handle(ReportOutsideTrade("main", trade))


def foreign(desk: Desk, order: VenueOrder, *trades: Trade, status: str = "OPEN") -> None:
    """The venue reports an order with its own description."""
    told = OrderReport(
        client_order_id=order.known_as, status=OrderStatus(status), trades=trades, order=order, venue_order_id="V-1"
    )
    desk.handle(ReportOrder("main", told))
