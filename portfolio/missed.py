"""What becomes of an alert where those before it were missed, as its strategy is configured."""

from dataclasses import dataclass

from portfolio.gaps import POSITION_GAP, find_gap, tells_before
from portfolio.model.check import Check, Reason
from portfolio.model.gap import Gap, OnGap
from portfolio.model.signal import Action, Signal
from portfolio.ports import View
from portfolio.repair import repaired
from portfolio.setup import StrategySetup

ALREADY_THERE = "ALREADY_THERE"
_PASSING = frozenset({Action.FLAT, Action.CANCEL})


@dataclass(frozen=True, slots=True)
class Compared:
    """The alert to decide, the gap if there is one, and what the gap says against deciding anything."""

    signal: Signal
    gap: Gap | None = None
    refused: tuple[Check, ...] = ()
    ignored: Reason | None = None


def compare(signal: Signal, setup: StrategySetup, view: View) -> Compared:
    """The alert held against the position that it says there was. `view` is of its strategy's holding."""
    if setup.on_gap is OnGap.IGNORE or not tells_before(signal):
        return Compared(signal)
    actual = view.position + view.in_flight
    gap = find_gap(signal, actual, view.instrument.lot, setup.sizing)
    if gap is None or setup.on_gap is OnGap.REPORT or signal.action in _PASSING or signal.reduce_only:
        return Compared(signal, gap)
    if setup.on_gap is OnGap.DENY:
        is_closing = signal.action is Action.CLOSE
        return Compared(signal, gap) if is_closing else _denied(signal, setup, gap, "on_gap is deny")
    if getattr(setup.strategy, "goes_to_result", False):
        return Compared(signal, gap)
    led = repaired(signal, view, actual)
    if led is None:
        return _denied(signal, setup, gap, "it cannot be repaired from what the alert says")
    if led.action is Action.CLOSE and led.size is not None and not led.size.amount and actual:
        there = Reason(ALREADY_THERE, "the position is where the alert leads already", gap.expected, gap.actual)
        return Compared(led, gap, ignored=there)
    return Compared(led, gap)


def _denied(signal: Signal, setup: StrategySetup, gap: Gap, why: str) -> Compared:
    message = f"the alert expects {gap.expected} and there is {gap.actual}; {why}"
    return Compared(
        signal, gap, (Check(POSITION_GAP, f"strategy {setup.id}", False, gap.expected, gap.actual, message),)
    )
