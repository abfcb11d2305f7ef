"""Identifiers that sort by time and fit every venue: at most 36 characters of [A-Za-z0-9-]."""

from typing import TypeAlias

AccountId: TypeAlias = str
StrategyId: TypeAlias = str
Symbol: TypeAlias = str
SignalId: TypeAlias = str
ClientOrderId: TypeAlias = str

UNASSIGNED: StrategyId = "unassigned"
"""Owns what no strategy asked for: foreign trades, and what is left over of a payment or a liquidation."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS = 10
_RANDOM_DIGITS = 10
RANDOM_BITS = 5 * _RANDOM_DIGITS


def sortable_id(epoch_ms: int, randomness: int) -> str:
    """Twenty characters, ordered by `epoch_ms`; `randomness` has RANDOM_BITS bits. Crockford's base 32, as in ULID."""
    return _base32(epoch_ms, _TIME_DIGITS) + _base32(randomness, _RANDOM_DIGITS)


def leg_id(origin: str, leg: int) -> ClientOrderId:
    """The client order id of leg `leg` (from 1) of the signal or command `origin`: the same on every retry."""
    return f"{origin}-{leg}"


def follow_up_id(origin: str, seq: int, leg: int) -> ClientOrderId:
    """The client order id of an order that the envelope `seq` made necessary for an earlier `origin`."""
    return f"{origin}-{_base32(seq, 8).lstrip('0')}-{leg}"


def has_our_form(order_id: str) -> bool:
    """True for an id as `leg_id` and `follow_up_id` make them, of this desk or of another one."""
    origin, *rest = order_id.split("-")
    is_origin = len(origin) == _TIME_DIGITS + _RANDOM_DIGITS and set(origin) <= set(_ALPHABET)
    return is_origin and 1 <= len(rest) <= 2 and rest[-1].isascii() and rest[-1].isdigit()


def _base32(number: int, digits: int) -> str:
    characters = []
    for _ in range(digits):
        characters.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(characters))
