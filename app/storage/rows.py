"""Values of the model as rows of the tables, and back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping

from app.codec import from_json, to_json
from portfolio.model.account import (
    Baseline,
    Reconciliation,
    ReconciliationResult,
    Snapshot,
    TradingState,
    TradingStatus,
    Wallet,
)
from portfolio.model.attachment import Attached, Attachment, AttachmentState
from portfolio.model.check import Figure, Reason
from portfolio.model.command import Envelope, ReceiveSignal
from portfolio.model.decimals import plain
from portfolio.model.decision import Decision
from portfolio.model.event import Event
from portfolio.model.fill import Fill, FundingShare
from portfolio.model.flattening import Flattening
from portfolio.model.guard import Guard
from portfolio.model.order import (
    Order,
    OrderStatus,
    OrderTransition,
    OrderType,
    PriceSource,
    TimeInForce,
)
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.tally import Tally
from portfolio.model.transfer import Transfer
from portfolio.model.worth import WalletSnapshot

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _fields_of(value: Any) -> Row:
    """A dataclass's fields by their names."""
    kind: Any = type(value)
    return dict(zip(kind.__slots__, _values_of(kind)(value), strict=True))


@cache
def _values_of(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Takes all fields of a value at once: most of what is written are fields as they are."""
    return attrgetter(*kind.__slots__)


def journal_row(envelope: Envelope, configuration: str) -> Row:
    return {
        "seq": envelope.seq,
        "time": envelope.now,
        "kind": type(envelope.command).__name__,
        "configuration": configuration,
        "envelope": to_json(envelope).decode(),
    }


def signal_row(envelope: Envelope, command: ReceiveSignal, decision: Decision, account: str) -> Row:
    signal = command.signal
    return {
        "id": envelope.seq,
        "signal_id": command.signal_id,
        "alert_id": signal.alert_id,
        "content_hash": signal.content_hash,
        "account": account,
        "strategy": signal.strategy,
        "symbol": signal.symbol,
        "action": signal.action,
        "family": signal.family,
        "status": decision.status,
        "received_at": command.received_at,
        "decided_at": envelope.now,
        "content": signal.content,
        "decision": decision_text(decision),
        "checks": [
            [item.client_order_id, [[c.code, c.scope, c.passed, _text(c.limit), _text(c.value)] for c in item.checks]]
            for item in decision.checks
        ],
    }


def _text(figure: Figure) -> str | None:
    return plain(figure) if isinstance(figure, Decimal) else figure


def decision_text(decision: Decision) -> str:
    """The decision as it is answered; the figures of its checks have a column of their own."""
    fields = ("signal_id", "status", "family", "orders", "reasons", "canceled", "duplicate", "gap")
    return to_json({name: getattr(decision, name) for name in fields}).decode()


def decision_from(text: str) -> Decision:
    return from_json(Decision, text)


def order_row(order: Order) -> Row:
    row = _fields_of(order)
    row["live"] = order.is_live
    return row


def order_from(row: RowMapping) -> Order:
    values = {name: row[name] for name in Order.__slots__}
    values["side"] = Side(row["side"])
    values["order_type"] = OrderType(row["order_type"])
    values["time_in_force"] = TimeInForce(row["time_in_force"])
    values["status"] = OrderStatus(row["status"])
    values["reference_source"] = PriceSource(row["reference_source"])
    values["reasons"] = tuple(Reason(**reason) for reason in row["reasons"])
    for name, kind in (("guard", Guard), ("attached", Attached)):
        values[name] = from_json(kind, to_json(row[name])) if row[name] else None
    return Order(**values)


def transition_row(transition: OrderTransition) -> Row:
    return _fields_of(transition)


def fill_row(fill: Fill) -> Row:
    return _fields_of(fill)


def fill_from(row: RowMapping) -> Fill:
    values = {name: row[name] for name in Fill.__slots__}
    return Fill(**{**values, "side": Side(row["side"]), "source": PriceSource(row["source"])})


def event_row(event: Event) -> Row:
    return _fields_of(event)


def key_row(key: Key) -> Row:
    return {"account": key.account, "strategy": key.strategy, "symbol": key.symbol}


def key_from(row: RowMapping) -> Key:
    return Key(row["account"], row["strategy"], row["symbol"])


def scope_row(scope: Scope) -> Row:
    return {"account": scope.account or "", "strategy": scope.strategy or "", "symbol": scope.symbol or ""}


def scope_from(row: RowMapping) -> Scope:
    return Scope(row["account"] or None, row["strategy"] or None, row["symbol"] or None)


def position_row(key: Key, position: Position) -> Row:
    return {**key_row(key), **_fields_of(position)}


def wallet_key_row(wallet: Wallet) -> Row:
    return {"account": wallet.account, "currency": wallet.currency}


def wallet_row(wallet: Wallet, amount: Decimal) -> Row:
    return {"account": wallet.account, "currency": wallet.currency, "amount": amount}


def funded_row(where: tuple[str, str], time: datetime) -> Row:
    account, symbol = where
    return {"account": account, "symbol": symbol, "time": time}


def funding_row(share: FundingShare) -> Row:
    return _fields_of(share)


def transfer_row(transfer: Transfer) -> Row:
    return _fields_of(transfer)


def reconciliation_row(account: str, known: Reconciliation) -> Row:
    return {"account": account, **_fields_of(known)}


def reconciliation_from(row: RowMapping) -> Reconciliation:
    return Reconciliation(row["time"], ReconciliationResult(row["result"]), row["history_until"], row["begun_at"])


def position_from(row: RowMapping) -> Position:
    """What was brought forward has no count of entries: it is of the fills alone."""
    return Position(**{name: row[name] for name in Position.__slots__ if name in row})


def state_row(scope: Scope, state: TradingState) -> Row:
    return {**scope_row(scope), **_fields_of(state)}


def state_from(row: RowMapping) -> TradingState:
    return TradingState(TradingStatus(row["status"]), row["cause"], row["since"], row["paused"])


def baseline_row(scope: Scope, baseline: Baseline) -> Row:
    figures = {"day_start": baseline.day_start, "peak": baseline.peak}
    return {**scope_row(scope), "day": baseline.day.isoformat(), **figures}


def baseline_from(row: RowMapping) -> Baseline:
    return Baseline(date.fromisoformat(row["day"]), row["day_start"], row["peak"])


def mark_row(where: tuple[str, str], mark: MarkPrice) -> Row:
    account, symbol = where
    return {"account": account, "symbol": symbol, "price": mark.price, "source": mark.source, "time": mark.time}


def wallet_snapshot_row(snapshot: WalletSnapshot) -> Row:
    return {**_fields_of(snapshot), "total": snapshot.total}


def wallet_snapshot_from(row: RowMapping) -> WalletSnapshot:
    fields = {name: row[name] for name in ("time", "currency", "assets", "rates")}
    return from_json(WalletSnapshot, to_json(fields))


def snapshot_row(scope: Scope, snapshot: Snapshot) -> Row:
    return {**scope_row(scope), "time": snapshot.time, "equity": snapshot.equity}


def flattening_row(key: Key, flattening: Flattening) -> Row:
    return {**key_row(key), **_fields_of(flattening)}


def flattening_from(row: RowMapping) -> Flattening:
    return Flattening(row["origin"], row["signal_id"], row["tries"])


def attachment_row(key: Key, attachment: Attachment) -> Row:
    prices = {"stop_loss": attachment.attached.stop_loss, "take_profit": attachment.attached.take_profit}
    return {**key_row(key), "entry": attachment.entry, **prices, "state": attachment.state}


def attachment_from(row: RowMapping) -> Attachment:
    attached = Attached(row["stop_loss"], row["take_profit"])
    return Attachment(row["entry"], attached, AttachmentState(row["state"]))


def counter_row(where: tuple[Scope, str]) -> Row:
    scope, name = where
    return {**scope_row(scope), "name": name}


def tally_row(where: tuple[Scope, str], tally: Tally) -> Row:
    times = [(time - _EPOCH) // _MICROSECOND for time in tally.times]
    day = tally.day.isoformat() if tally.day else None
    return {**counter_row(where), "times": times, "day": day, "count": tally.count}


def tally_from(row: RowMapping) -> Tally:
    times = tuple(_EPOCH + time * _MICROSECOND for time in row["times"])
    return Tally(times, date.fromisoformat(row["day"]) if row["day"] else None, row["count"])
