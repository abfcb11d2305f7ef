"""The desk's books against the venue's own: the same orders, executions, positions and money, to the last digit."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.crash.books import Books, Row, is_as_decided, signal_faults, transition_faults, waits
from tests.servers import read_only

Told = Mapping[str, Any]
NEVER_THERE = frozenset({"DENIED", "NOT_ACCEPTED", "EXPIRED_UNSENT", "REJECTED"})
IN_DOUBT = frozenset({"PENDING", "UNKNOWN", "SUBMITTED", "PENDING_CANCEL"})
WORDS = {
    "FILLED": {"Filled"},
    "OPEN": {"New", "Untriggered"},
    "PARTIALLY_FILLED": {"PartiallyFilled"},
    "CANCELED": {"Cancelled", "PartiallyFilledCanceled", "Deactivated", "Rejected"},
    "EXPIRED": {"Cancelled", "PartiallyFilledCanceled", "Deactivated"},
    "REJECTED": {"Rejected", "Cancelled"},
}
MADE_BY_VENUE = frozenset({"CreateByStopLoss", "CreateByTakeProfit"})
NOT_SENT = "canceled before it was sent"
ROUNDING = Decimal("0.00001")
HERE, NUMBERS_HERE = ("trade_id", "client_order_id", "symbol", "side", "fee_currency"), ("quantity", "price", "fee")
THERE = ("execId", "orderLinkId", "unifiedSymbol", "side", "feeCoin")
NUMBERS_THERE = ("execQty", "execPrice", "execFee")
PAPERED_OVER = frozenset({"PositionAdjusted", "OrderMismatched", "OrderAdopted", "ForeignOrderReported"})
PAPERED_OVER |= {"ForeignTradeBooked", "ForeignPositionFound", "EndedOrderFound", "LateFill", "OrderUnresolved"}


@dataclass(frozen=True, slots=True)
class VenueBooks:
    """What the venue has, as it tells it behind the scenes; what it made of what is attached is kept apart."""

    told: Told
    orders: dict[str, Told]
    attached: list[Told]

    @classmethod
    def read(cls, state: Told) -> "VenueBooks":
        orders = {order["orderLinkId"]: order for order in state["orders"] if order["orderLinkId"]}
        attached = [order for order in state["orders"] if order["createType"] in MADE_BY_VENUE]
        return cls(state, orders, attached)


def faults_between(books: Books, venue: VenueBooks, answers: Mapping[bytes, dict[str, Any]]) -> list[str]:
    """Everything that is not as it must be once all is quiet."""
    return [
        *([] if books.integrity == "ok" else [books.integrity]),
        *signal_faults(books, answers),
        *transition_faults(books),
        *differences(books, venue),
        *decision_faults(books),
        *papered_over(books),
    ]


def differences(books: Books, venue: VenueBooks) -> list[str]:
    """Where the two do not say the same."""
    return [
        *_in_doubt(books),
        *_order_faults(books, venue),
        *_fill_faults(books, venue),
        *_position_faults(books, venue),
        *_wallet_faults(books, venue),
        *_attachment_faults(books, venue),
    ]


def _in_doubt(books: Books) -> Iterator[str]:
    for order in books.orders:
        if order["status"] in IN_DOUBT and not waits(order):
            yield f"{order['client_order_id']} is still {order['status']}"


def _order_faults(books: Books, venue: VenueBooks) -> Iterator[str]:
    """Each order that was to be there is, once; none is that was not; each stands where the venue says."""
    known = {order["client_order_id"]: order for order in books.orders}
    yield from (f"{link} was taken {times} times" for link, times in venue.told["accepted"].items() if times > 1)
    yield from (f"{link} is at the venue and unknown here" for link in venue.orders.keys() - known.keys())
    withdrawn = not_sent(books)
    for order_id, order in known.items():
        there, status = venue.orders.get(order_id), order["status"]
        if there is None:
            if status not in NEVER_THERE and order_id not in withdrawn and not waits(order):
                yield f"{order_id} is {status} and not at the venue"
        elif status not in WORDS or there["orderStatus"] not in WORDS[status] | _cut(order, there):
            yield f"{order_id} is {status} and {there['orderStatus']} at the venue"
        elif Decimal(there["cumExecQty"]) != Decimal(order["filled"]):
            yield f"{order_id} has filled {order['filled']}, at the venue {there['cumExecQty']}"


def not_sent(books: Books) -> set[str]:
    """Orders that were canceled while they waited for their turn."""
    return {step["client_order_id"] for step in books.transitions if step["reason"] == NOT_SENT}


def _cut(order: Row, there: Told) -> set[str]:
    """A reduction that the venue cut to what there was to reduce is filled there and has ended here."""
    is_cut = order["reduce_only"] and Decimal(there["qty"]) < Decimal(order["quantity"])
    return {"Filled"} if is_cut and order["status"] == "CANCELED" else set()


def _fill_faults(books: Books, venue: VenueBooks) -> Iterator[str]:
    """Every execution is a fill and the other way round, with the same figures."""
    here = Counter(_facts(f, HERE, NUMBERS_HERE) for f in books.fills)
    there = Counter(_facts({**e, "side": e["side"].lower()}, THERE, NUMBERS_THERE) for e in venue.told["executions"])
    yield from (f"only here: {fill}" for fill in here - there)
    yield from (f"only at the venue: {fill}" for fill in there - here)


def _attachment_faults(books: Books, venue: VenueBooks) -> Iterator[str]:
    """The venue closes nothing by itself that the desk does not know of."""
    known = {row["symbol"] for row in books.attachments}
    for order in venue.attached:
        if order["orderStatus"] == "Untriggered" and order["unifiedSymbol"] not in known:
            yield f"{order['createType']} of {order['unifiedSymbol']} was left behind at {order['triggerPrice']}"


def _facts(row: Told | Row, words: Iterable[str], numbers: Iterable[str]) -> tuple[str | Decimal, ...]:
    return (*(row[word] or "" for word in words), *(Decimal(row[number]) for number in numbers))


def _position_faults(books: Books, venue: VenueBooks) -> Iterator[str]:
    here: defaultdict[str, Decimal] = defaultdict(Decimal)
    for position in books.positions:
        here[position["symbol"]] += Decimal(position["quantity"])
    sign = {"Buy": 1, "Sell": -1, "": 0}
    there = {symbol: sign[p["side"]] * Decimal(p["size"]) for symbol, p in venue.told["positions"].items()}
    for symbol in here.keys() | there.keys():
        if here[symbol] != there.get(symbol, Decimal(0)):
            yield f"{symbol}: {here[symbol]} here, {there.get(symbol)} at the venue"


def _wallet_faults(books: Books, venue: VenueBooks) -> Iterator[str]:
    here = {wallet["currency"]: Decimal(wallet["amount"]) for wallet in books.wallets}
    there = {coin: Decimal(amount) for coin, amount in venue.told["wallets"].items()}
    for coin in here.keys() | there.keys():
        if here.get(coin) != there.get(coin):
            yield f"{coin}: {here.get(coin)} here, {there.get(coin)} at the venue"


def decision_faults(books: Books) -> Iterator[str]:
    """Of each signal exactly the orders that were decided."""
    orders = {order["client_order_id"]: order for order in books.orders}
    for signal in books.signals:
        for wanted in json.loads(signal["decision"])["orders"]:
            if not is_as_decided(orders.get(wanted["client_order_id"]), wanted):
                found = dict(orders.get(wanted["client_order_id"]) or {})
                yield f"{wanted['client_order_id']} was decided as {wanted} and is {found}"


def papered_over(books: Books) -> Iterator[str]:
    """The books agree because everything was booked as it happened, not because they were adjusted afterwards."""
    for event in books.events:
        if event["kind"] in PAPERED_OVER:
            yield f"{event['time']} {event['kind']} {event['client_order_id'] or event['symbol']}: {event['detail']}"


def adjusted_balances(books: Books) -> dict[str, Decimal]:
    """What wallets were adjusted by since they were opened, ups and downs together, beyond a rounding.

    With an average cost, what a part of a position realises depends on what came before it: executions that are told in
    another order than they happened move money for a while between the position and the wallet, and no further.
    """
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in books.events:
        detail = json.loads(event["detail"])
        if event["kind"] == "BalanceAdjusted" and detail["kind"] != "opening":
            sums[detail["currency"]] += Decimal(detail["difference"])
    return {currency: amount for currency, amount in sums.items() if abs(amount) > ROUNDING}


def sent(database: Path) -> int:
    """How many orders have left, as far as the books know."""
    query = "SELECT count(*) FROM orders WHERE sent_at IS NOT NULL"
    with closing(read_only(database)) as connection:
        try:
            return int(connection.execute(query).fetchone()[0])
        except sqlite3.OperationalError:
            return 0
