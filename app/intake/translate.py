"""From the body of an alert to its Signal."""

from typing import Any

from app.intake import canonical, plain
from app.intake.agreement import object_to_terms
from app.intake.canonical import Terms, canonical_entries, read_terms
from app.intake.content import content_of
from app.intake.desk import Desk
from app.intake.plain import SYNONYMS, is_plain, plain_entries
from app.intake.reading import Entries, Reading
from app.intake.unsupported import is_hidden, objection
from portfolio.model.identifiers import Symbol
from portfolio.model.signal import ENTRIES, Signal
from portfolio.setup import StrategySetup


def translate(body: dict[str, Any], desk: Desk) -> Signal:
    """The signal that the body means on this desk. Raises Refused with everything that is wrong in it.

    The body must be free of secrets: all of it becomes the signal's content.
    """
    family, entries = recognise(body)
    reading = Reading(entries)
    _object_to_keys(reading, body)
    symbol = reading.required("symbol", desk.symbol)
    terms = read_terms(reading)
    object_to_terms(reading, terms)
    strategy = _strategy(reading, desk, symbol)
    _require_quantity(reading, terms, strategy)
    reading.finish()
    assert symbol is not None
    assert strategy is not None
    assert terms.action is not None
    content, content_hash = content_of(body)
    return Signal(
        family=family,
        strategy=strategy.id,
        symbol=symbol,
        action=terms.action,
        content=content,
        content_hash=content_hash,
        alert_id=terms.alert_id,
        size=terms.size,
        order_type=terms.order_type,
        price=terms.price,
        stop_price=terms.stop_price,
        stop_loss=terms.stop_loss,
        take_profit=terms.take_profit,
        take_profits=terms.take_profits,
        reduce_only=terms.reduce_only,
        post_only=terms.post_only,
        time_in_force=terms.time_in_force,
        expires_at=terms.expires_at,
        market_position=terms.market_position,
        position_size=terms.position_size,
        prev_market_position=terms.prev_market_position,
        prev_position_size=terms.prev_position_size,
        time=terms.time,
        comment=terms.comment,
    )


def recognise(body: dict[str, Any]) -> tuple[str, Entries]:
    """The family of the alert, and its entries by canonical field."""
    if is_plain(body):
        return plain.FAMILY, plain_entries(body)
    return canonical.FAMILY, canonical_entries(body)


def _object_to_keys(reading: Reading, body: dict[str, Any]) -> None:
    for key, value in body.items():
        if key.lower() not in SYNONYMS and (message := objection(key)) is not None:
            reading.fault(key, message, "***" if is_hidden(key) else value, "NOT_SUPPORTED")


def _strategy(reading: Reading, desk: Desk, symbol: Symbol | None) -> StrategySetup | None:
    """The strategy the alert names, or the only one that trades its symbol."""
    if not reading.has("strategy"):
        return _only_strategy(reading, desk, symbol) if symbol is not None else None
    strategy = reading.optional("strategy", desk.strategy)
    if strategy is not None and symbol is not None and not desk.knows(strategy, symbol):
        message = f"means {symbol}, which account {strategy.account} of strategy {strategy.id} does not have"
        reading.wrong("symbol", message, "UNKNOWN_SYMBOL")
    return strategy


def _only_strategy(reading: Reading, desk: Desk, symbol: Symbol) -> StrategySetup | None:
    candidates = desk.strategies_for(symbol)
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    if candidates:
        names = ", ".join(candidates)
        reading.missing("strategy", f"is missing: several trade {symbol}: {names}", "AMBIGUOUS_STRATEGY")
    else:
        names = ", ".join(desk.setup.strategies) or "none"
        reading.missing("strategy", f"is missing, and none trades {symbol}; there are: {names}", "NO_STRATEGY")
    return None


def _require_quantity(reading: Reading, terms: Terms, strategy: StrategySetup | None) -> None:
    if strategy is None or terms.action not in ENTRIES or reading.has("quantity"):
        return
    if strategy.sizing is None and not terms.tells_target:
        message = f"is missing, and strategy {strategy.id} has no sizing of its own"
        reading.missing("quantity", message, "NO_QUANTITY")
