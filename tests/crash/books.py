"""What must be true of a database at every moment, whatever ended the process: read from the file alone."""

import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from portfolio.model.order import TRANSITIONS, OrderStatus
from tests.servers import SECRET, read_only

Row = sqlite3.Row
ENDED = {"FILLED", "CANCELED", "EXPIRED_UNSENT", "DENIED", "REJECTED"}
SIGN = {"buy": 1, "sell": -1}
FEES = {Decimal("0.0002"), Decimal("0.00055")}
START = Decimal(10000)


@dataclass(frozen=True, slots=True)
class Books:
    """The tables as one snapshot shows them."""

    integrity: str
    signals: list[Row]
    orders: list[Row]
    transitions: list[Row]
    fills: list[Row]
    positions: list[Row]
    wallets: list[Row]
    events: list[Row]
    attachments: list[Row]

    @classmethod
    def read(cls, database: Path) -> "Books":
        with closing(read_only(database)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
            tables = (
                "signals",
                "orders",
                "order_transitions",
                "fills",
                "positions",
                "wallets",
                "events",
                "attachments",
            )
            return cls(integrity, *(connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables))

    @property
    def in_doubt(self) -> set[str]:
        return {order["client_order_id"] for order in self.orders if order["status"] == "PENDING" and not waits(order)}

    @property
    def moving(self) -> set[str]:
        """Orders that are neither at their end nor at rest in the venue's book."""
        live = [order for order in self.orders if order["status"] not in ENDED]
        return {o["client_order_id"] for o in live if (o["status"], o["order_type"]) != ("OPEN", "limit")}


def waits(order: Row) -> bool:
    """A leg that has not been released: nothing of it can be at the venue."""
    return order["after"] is not None and order["send_by"] is None and order["status"] == "PENDING"


def in_doubt(database: Path) -> set[str]:
    """Orders of which nobody can say whether the venue has them."""
    pending = "SELECT client_order_id FROM orders WHERE live AND status = 'PENDING'"
    with closing(read_only(database)) as connection:
        found = connection.execute(f'{pending} AND ("after" IS NULL OR send_by IS NOT NULL)').fetchall()
    return {order_id for (order_id,) in found}


def as_left(database: Path, copy: Path) -> Books:
    """The books as a dead process left them. A copy is read: opening the file itself would already repair it."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for suffix in ("", "-wal"):
        if (left := database.with_name(database.name + suffix)).exists():
            shutil.copy(left, copy / left.name)
    return Books.read(copy / database.name)


def faults_of(books: Books, answers: Mapping[bytes, dict[str, Any]]) -> list[str]:
    """Everything that is not as it must be, given what callers had been told before the snapshot."""
    return [
        *([] if books.integrity == "ok" else [books.integrity]),
        *signal_faults(books, answers),
        *_order_faults(books),
        *transition_faults(books),
        *_fill_faults(books),
        *_balance_faults(books),
    ]


def signal_faults(books: Books, answers: Mapping[bytes, dict[str, Any]]) -> Iterable[str]:
    """What was acknowledged is there exactly once, as it was answered; each signal was concluded once."""
    stored = defaultdict(list)
    for signal in books.signals:
        stored[signal["content"]].append(signal)
    for content, signals in stored.items():
        if len(signals) > 1:
            yield f"{content} is there {len(signals)} times"
    for body, answer in answers.items():
        found = stored.get(_content(body), [])
        if not found:
            yield f"{body!r} was acknowledged as {answer} and is lost"
            continue
        decision = json.loads(found[0]["decision"])
        decision.pop("duplicate")
        if decision != answer or found[0]["signal_id"] != answer["signal_id"]:
            yield f"{body!r} was answered {answer}, but stored is {decision}"
    concluded = Counter(
        e["origin"] for e in books.events if e["kind"] in ("SignalAccepted", "SignalDenied", "SignalIgnored")
    )
    if concluded != Counter(signal["signal_id"] for signal in books.signals):
        yield "signals and their concluding events differ"


def _content(body: bytes) -> str:
    alert = {key: value for key, value in json.loads(body).items() if key != "secret"}
    return json.dumps(alert, sort_keys=True, separators=(",", ":"))


def _order_faults(books: Books) -> Iterable[str]:
    """Of each signal exactly the orders that were decided, and beyond them only the next steps of a closing."""
    orders = {order["client_order_id"]: order for order in books.orders}
    signals = {signal["signal_id"]: json.loads(signal["decision"])["orders"] for signal in books.signals}
    decided = {wanted["client_order_id"]: wanted for wishes in signals.values() for wanted in wishes}
    for order_id, wanted in decided.items():
        if not is_as_decided(orders.get(order_id), wanted):
            yield f"{order_id} was decided as {wanted} and is {dict(orders.get(order_id, {}))}"
    for order_id, order in orders.items():
        if order_id not in decided and (order["origin"] not in signals or not order["is_exit"]):
            yield f"nobody decided {dict(order)}"
        if order["status"] == "REJECTED" and not order["reduce_only"]:
            yield f"{dict(order)}: the venue refuses nothing but a close that what filled meanwhile made too large"


def is_as_decided(order: Row | None, wanted: dict[str, Any]) -> bool:
    """A leg that closes what another order leaves has the quantity that was there when its turn came."""
    if order is None:
        return False
    same = all(order[name] == wanted[name] for name in ("symbol", "side", "account", "price"))
    has_quantity = order["quantity"] == wanted["quantity"] or (order["is_exit"] and order["after"])
    return bool(same and has_quantity and order["order_type"] == wanted["type"])


def transition_faults(books: Books) -> Iterable[str]:
    """Each order's history is one chain of legal steps that ends where the order stands."""
    status: dict[str, str | None] = {}
    for step in books.transitions:
        order_id, before, after = step["client_order_id"], step["previous"], step["status"]
        if before != status.get(order_id):
            yield f"{order_id} went from {before} to {after}, but was {status.get(order_id)}"
        if before is not None and after not in TRANSITIONS.get(OrderStatus(before), ()):
            yield f"{order_id} went from {before} to {after}"
        status[order_id] = after
    for order in books.orders:
        if status.get(order["client_order_id"]) != order["status"]:
            yield f"{order['client_order_id']} is {order['status']}, its history says {status}"


def _fill_faults(books: Books) -> Iterable[str]:
    """Fills are unique and belong to their order; what an order says of them is their sum."""
    trades = Counter((fill["account"], fill["trade_id"]) for fill in books.fills)
    yield from (f"{trade} is booked {times} times" for trade, times in trades.items() if times > 1)
    filled: defaultdict[str, list[Row]] = defaultdict(list)
    for fill in books.fills:
        filled[fill["client_order_id"]].append(fill)
        value = Decimal(fill["quantity"]) * Decimal(fill["price"])
        if Decimal(fill["fee"]) not in {value * rate for rate in FEES}:
            yield f"{dict(fill)} has a strange fee"
    for order in books.orders:
        fills = filled.pop(order["client_order_id"], [])
        quantity = sum((Decimal(fill["quantity"]) for fill in fills), Decimal(0))
        wrong_side = any((f["side"], f["symbol"]) != (order["side"], order["symbol"]) for f in fills)
        if quantity != Decimal(order["filled"]) or quantity > Decimal(order["quantity"]) or wrong_side:
            yield f"{dict(order)} has the fills {[dict(fill) for fill in fills]}"
        if (order["status"] == "FILLED") != (quantity == Decimal(order["quantity"]) and quantity != 0):
            yield f"{order['client_order_id']} is {order['status']} with {quantity} of {order['quantity']}"
    yield from (f"{order_id} has fills and does not exist" for order_id in filled)


def _balance_faults(books: Books) -> Iterable[str]:
    """Positions are the sum of the fills, and not a cent is lost between cash, cost, profit and fees."""
    quantities: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    paid = fees = Decimal(0)
    for fill in books.fills:
        signed = SIGN[fill["side"]] * Decimal(fill["quantity"])
        quantities[fill["account"], fill["strategy"], fill["symbol"]] += signed
        paid += signed * Decimal(fill["price"])
        fees += Decimal(fill["fee"])
    held = {(p["account"], p["strategy"], p["symbol"]): p for p in books.positions}
    for key in quantities.keys() | held.keys():
        quantity = Decimal(held[key]["quantity"]) if key in held else Decimal(0)
        if quantity != quantities[key]:
            yield f"{key}: the position is {quantity}, its fills add up to {quantities[key]}"
    cost, realised, booked_fees = (
        sum((Decimal(position[name]) for position in books.positions), Decimal(0))
        for name in ("cost", "realised", "fees")
    )
    balance = Decimal(books.wallets[0]["amount"]) if books.wallets else START
    if booked_fees != fees or realised != cost - paid:
        yield f"realised {realised}, fees {booked_fees}, but the fills say {cost - paid} and {fees}"
    if balance != START + realised - fees:
        yield f"the balance is {balance}, not {START} + {realised} - {fees}"


def secrets_in(folder: Path) -> list[str]:
    """Files beside the configuration in which the secret can be found."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]
