"""Every pair's state of alarm, fed with looks at one symbol at a time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.prices.arming import Arm, Thresholds, Turn
from portfolio.prices.discrepancy import Discrepancy, PairKey
from portfolio.prices.labels import LabelCode
from portfolio.prices.offers import Offers, gap_between


class Alarm:
    """`arms` are the pairs that were told before, from the history; others are armed."""

    def __init__(self, rules: Thresholds, arms: Mapping[PairKey, Arm] | None = None) -> None:
        self._rules = rules
        self._arms: dict[Symbol, dict[PairKey, Arm]] = {}
        for key, arm in (arms or {}).items():
            self._arms.setdefault(key[0], {})[key] = arm

    def look(self, offers: Offers, found: Iterable[Discrepancy], now: datetime) -> list[Turn]:
        """What there is to tell after a look at one symbol: `found` are its differences, those that could pay weighed
        by their order books. A pair that is open and not among them is held against its tickers."""
        arms = self._arms.setdefault(offers.asked, {})
        nets = {key: _by_tickers(key, offers, self._rules) for key, arm in arms.items() if arm.is_open}
        nets |= {one.key: _believed(one, self._rules) for one in found}
        turns = list(self._turns(arms, nets, now))
        for key in [key for key, arm in arms.items() if arm.is_spent(self._rules, now)]:
            del arms[key]
        return turns

    def open(self) -> dict[PairKey, Arm]:
        return {key: arm for arms in self._arms.values() for key, arm in arms.items() if arm.is_open}

    def _turns(self, arms: dict[PairKey, Arm], nets: Mapping[PairKey, Decimal | None], now: datetime) -> Iterator[Turn]:
        for key, net in nets.items():
            arms[key], turn = arms.get(key, Arm()).seen(key, net, self._rules, now)
            if turn is not None:
                yield turn


def _believed(found: Discrepancy, rules: Thresholds) -> Decimal | None:
    """What speaks against a difference does not say that it has ended; that it is small does."""
    if any(label.code is not LabelCode.THIN for label in found.labels):
        return None
    if found.at_size and not found.labels:
        return found.at_size.net
    return found.gap.net if found.gap.net < rules.rearm_below else None


def _by_tickers(key: PairKey, offers: Offers, rules: Thresholds) -> Decimal | None:
    """Best prices bound what a size can bring: they can tell that it is over, not that it still is."""
    rows = {row.venue: row for row in offers.rows if row.is_fit}
    if key[1] not in rows or key[2] not in rows:
        return None
    net = gap_between(rows[key[1]], rows[key[2]]).net
    return net if net < rules.rearm_below else None
