"""All controls in a row: every one is evaluated, so that a denial lists each reason."""

from decimal import Decimal
from typing import TypeAlias

from portfolio.limits.limit import CountingLimit, Occurrence, ScopedLimit
from portfolio.limits.loss import MaxDailyLoss, MaxDrawdown
from portfolio.limits.price_collar import PriceCollar
from portfolio.limits.proposal import Proposal
from portfolio.limits.protection import protection_checks
from portfolio.limits.quote_age import MaxQuoteAge
from portfolio.limits.standing import EVERY_ORDER, NEW_RISK
from portfolio.model.check import Check
from portfolio.model.position import Key
from portfolio.model.scope import Scope

DEFAULT_ALLOWANCE = Decimal("0.01")
Counted: TypeAlias = tuple[tuple[Scope, str], CountingLimit]


class LimitChain:
    """The limits of a desk, with the standing controls before them."""

    def __init__(self, limits: tuple[ScopedLimit, ...] = ()) -> None:
        self._limits = limits
        self._by_key: dict[Key, tuple[ScopedLimit, ...]] = {}
        self._counting: dict[tuple[Occurrence, Key], tuple[Counted, ...]] = {}

    def checks(self, proposal: Proposal) -> tuple[Check, ...]:
        """What every control that concerns such an order says.

        Reductions answer to the few that make sense of an order, never to a limit.
        """
        controls = EVERY_ORDER if proposal.order.is_exit else (*NEW_RISK, *EVERY_ORDER)
        said = [control.check(proposal) for control in controls]
        checks = [*(check for check in said if check is not None), *protection_checks(proposal)]
        if not proposal.order.is_exit and proposal.reference is not None:
            checks += [item.limit.check(proposal, item.scope) for item in self.applying_to(proposal.key)]
        return tuple(checks)

    def all(self) -> tuple[ScopedLimit, ...]:
        return self._limits

    def applying_to(self, key: Key) -> tuple[ScopedLimit, ...]:
        if key not in self._by_key:
            self._by_key[key] = tuple(item for item in self._limits if item.scope.covers(key))
        return self._by_key[key]

    def counting(self, occurrence: Occurrence, key: Key) -> tuple[Counted, ...]:
        """The limits that count this where the holding is concerned, each with the row it counts in."""
        where = (occurrence, key)
        if where not in self._counting:
            self._counting[where] = tuple(self._rows(occurrence, key).items())
        return self._counting[where]

    def _rows(self, occurrence: Occurrence, key: Key) -> dict[tuple[Scope, str], CountingLimit]:
        """Limits that share a row count alike."""
        rows: dict[tuple[Scope, str], CountingLimit] = {}
        for item in self.applying_to(key):
            if isinstance(item.limit, CountingLimit) and item.limit.counts is occurrence:
                rows[item.limit.row(item.scope, key)] = item.limit
        return rows

    def allowance(self, key: Key) -> Decimal:
        """How far a market order may run from the reference price: the tightest collar, or 1 % where none is set."""
        collars = [item.limit.most for item in self.applying_to(key) if isinstance(item.limit, PriceCollar)]
        return min(collars, default=DEFAULT_ALLOWANCE)

    def oldest_quote_s(self, key: Key) -> Decimal | None:
        """The age from which a quote is stale for the holding; None where none is set."""
        ages = [item.limit.most for item in self.applying_to(key) if isinstance(item.limit, MaxQuoteAge)]
        return min(ages, default=None)

    @property
    def losses(self) -> list[tuple[Scope, MaxDailyLoss | MaxDrawdown]]:
        """The limits that trip their scope without an order."""
        return [(item.scope, item.limit) for item in self._limits if isinstance(item.limit, MaxDailyLoss | MaxDrawdown)]
