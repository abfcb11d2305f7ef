"""What a venue attached to a position goes once nobody needs it any more."""

from dataclasses import replace

from portfolio.attaching import is_gone, is_relieved
from portfolio.model.account import Readiness
from portfolio.model.attachment import Attachment, AttachmentState
from portfolio.model.command import ReportDetached
from portfolio.model.effect import DetachProtection
from portfolio.model.event import EventKind
from portfolio.model.order import AT_VENUE
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.turn import Turn


def tend(turn: Turn) -> None:
    """Of whatever is attached it is known whether it has gone, and the venue is asked to take away what may go."""
    for key, known in turn.book.attachments.items():
        if turn.book.readiness.get(key.account) in (None, Readiness.STARTING):
            continue
        if is_gone(turn.book, key, known):
            turn.book.attachments.remove(key)
        elif _may_leave(turn, key, known):
            turn.book.attachments.put(key, replace(known, state=AttachmentState.LEAVING))
            _ask(turn, key, known)


def ask_again(turn: Turn, scope: Scope) -> None:
    """What an earlier process asked for, and has no answer to."""
    for key, known in turn.book.attachments.items():
        if scope.covers(key) and known.state is AttachmentState.LEAVING:
            _ask(turn, key, known)


def note_detached(turn: Turn, command: ReportDetached) -> None:
    """The venue closes nothing by itself any more."""
    for key, known in turn.book.attachments.items():
        if key.account == command.account and known.entry == command.entry:
            turn.book.attachments.remove(key)
            turn.record(EventKind.PROTECTION_DETACHED, key, order=known.entry)
            entry = turn.book.orders.get(known.entry)
            if entry is not None and entry.is_live:
                turn.book.put_order(entry.but(attached=None, updated_at=turn.now))


def _may_leave(turn: Turn, key: Key, known: Attachment) -> bool:
    """An entry that nobody knows of, or that is about to end, is waited for."""
    if known.state is AttachmentState.NEEDED:
        return is_relieved(turn.book, key, known)
    entry = turn.book.orders.get(known.entry)
    is_known = entry is None or not entry.is_live or entry.status in AT_VENUE
    return known.state is AttachmentState.UNWANTED and is_known


def _ask(turn: Turn, key: Key, known: Attachment) -> None:
    entry = turn.book.orders.get(known.entry)
    rests = entry is not None and entry.is_live
    turn.effects.append(DetachProtection(key.account, key.symbol, known.entry, rests))
