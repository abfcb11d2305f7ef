"""How the types are read that parameters of strategies have beside numbers and text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import HUNDRED, ONE, ZERO
from portfolio.model.protection import Distance, TakeProfit
from portfolio.parameters import NUMBER, Readers


def _percent(value: Any) -> Decimal:
    """A share as per cent of it: "2%" is 2."""
    if isinstance(value, str) and value.endswith("%") and NUMBER.fullmatch(value[:-1]):
        return Decimal(value[:-1])
    raise ValueError('expected per cent such as "2%"')


def _distance(value: Any) -> Distance:
    return Distance(_percent(value))


def _take_profits(value: Any) -> tuple[TakeProfit, ...]:
    """A list of tables with `at` and `share`; as text `2% 50%, 4% 50%`. Without shares each has the same."""
    rows = (
        [dict(zip(("at", "share"), row.split(), strict=False)) for row in value.split(",")]
        if _is_text(value)
        else value
    )
    if not isinstance(rows, Sequence) or _is_text(rows):
        raise ValueError('expected a list such as [{ at = "2%", share = "50%" }]')
    goals = [_take_profit(row, len(rows)) for row in rows]
    if goals and not any("share" in row for row in rows):
        rest = ONE - sum((goal.share or ZERO for goal in goals[:-1]), ZERO)
        goals[-1] = replace(goals[-1], share=rest)
    return tuple(goals)


def _take_profit(row: Any, count: int) -> TakeProfit:
    if not isinstance(row, Mapping) or not {"at"} <= row.keys() <= {"at", "share"}:
        raise ValueError('expected tables with `at` and `share`, such as { at = "2%", share = "50%" }')
    share = _percent(row["share"]) / HUNDRED if "share" in row else ONE / count
    if not 0 < share <= 1:
        raise ValueError("a share must be above 0 % and at most 100 %")
    return TakeProfit(_distance(row["at"]), share)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


READERS: Readers = {Distance: _distance, tuple[TakeProfit, ...]: _take_profits}
