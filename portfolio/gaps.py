"""Missed alerts: where an alert says the position was, against where it is."""

from decimal import Decimal
from typing import NamedTuple

from portfolio.model.decimals import ONE, ZERO, plain
from portfolio.model.gap import Gap, GapKind
from portfolio.model.signal import MarketPosition, Signal, Size, SizeType

POSITION_GAP = "POSITION_GAP"
SUPERSEDED = "SUPERSEDED"
_SIGNS = {MarketPosition.LONG: ONE, MarketPosition.SHORT: -ONE, MarketPosition.FLAT: ZERO}


class Standing(NamedTuple):
    """A position as far as it is known: its sign, and its signed size where that is told in our units."""

    sign: Decimal
    size: Decimal | None

    @classmethod
    def of(cls, size: Decimal, lot: Decimal) -> "Standing":
        """What is really held; less than a lot is nothing."""
        return cls(sign_of(size) if abs(size) >= lot else ZERO, size)

    @classmethod
    def told(cls, size: Decimal) -> "Standing":
        """What an alert says is held."""
        return cls(sign_of(size), size)

    def __str__(self) -> str:
        if not self.sign:
            return MarketPosition.FLAT.value
        side = MarketPosition.LONG if self.sign > 0 else MarketPosition.SHORT
        return side.value if self.size is None else f"{side.value} {plain(abs(self.size))}"


def find_gap(signal: Signal, actual: Decimal, lot: Decimal, sizing: Size | None) -> Gap | None:
    """The difference of a lot or more between what the alert expects and the actual position; None where there is none.

    `sizing` is the strategy's own. Where it decides the quantity, sizes are not in the alert's units, and only sides
    are compared.
    """
    expected = expected_before(signal, sizing)
    if expected is None:
        return None
    held = Standing.of(actual, lot)
    if expected.sign != held.sign:
        return Gap(str(expected), str(held), _kind(expected.sign, held.sign))
    if expected.sign and expected.size is not None and abs(expected.size - actual) >= lot:
        return Gap(str(expected), str(held), GapKind.SIZE)
    return None


def tells_before(signal: Signal) -> bool:
    """True where the alert says what the position was before it."""
    return signal.prev_market_position is not None or signal.prev_position_size is not None


def expected_before(signal: Signal, sizing: Size | None) -> Standing | None:
    """Where the alert says the position was; None where it does not."""
    return _told(signal.prev_market_position, signal.prev_position_size, counts=sizes_agree(signal, sizing))


def told_after(signal: Signal, sizing: Size | None) -> Standing | None:
    """Where the alert says the position shall be; None where it does not."""
    return _told(signal.market_position, signal.position_size, counts=sizes_agree(signal, sizing))


def sizes_agree(signal: Signal, sizing: Size | None) -> bool:
    """True where the alert's sizes are the desk's: it trades the alert's own quantity, in units, or has no other."""
    if signal.size is None:
        return sizing is None
    return signal.size.kind is SizeType.UNITS


def _told(position: MarketPosition | None, size: Decimal | None, *, counts: bool) -> Standing | None:
    if position is None and size is None:
        return None
    sign = _SIGNS[position] if position is not None else sign_of(size or ZERO)
    return Standing(sign, size if counts else None)


def sign_of(number: Decimal) -> Decimal:
    """1, -1 or 0."""
    return ZERO if not number else ONE.copy_sign(number)


def _kind(expected: Decimal, actual: Decimal) -> GapKind:
    if not actual:
        return GapKind.MISSED_ENTRY
    return GapKind.MISSED_FLIP if expected else GapKind.MISSED_CLOSE
