"""What each list can be filtered by, with the values there are where they are known; None admits any text."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from portfolio.model.decision import Outcome
from portfolio.model.event import EventKind
from portfolio.model.order import OrderStatus
from portfolio.model.side import Side
from portfolio.model.signal import Action

Filters: TypeAlias = Mapping[str, Sequence[str] | None]

_COMMON: Filters = dict.fromkeys(("account", "strategy", "symbol"))
POSITIONS: Filters = _COMMON
SIGNALS: Filters = {**_COMMON, "status": tuple(Outcome), "action": tuple(Action), "family": None}
ORDERS: Filters = {**_COMMON, "status": tuple(OrderStatus), "side": tuple(Side), "signal_id": None}
FILLS: Filters = {**_COMMON, "side": tuple(Side), "client_order_id": None}
EVENTS: Filters = {**_COMMON, "kind": tuple(EventKind), "origin": None}
DISCREPANCIES: Filters = {
    **dict.fromkeys(("symbols", "venues", "max_age_s", "size")),
    "all": ("true", "false"),
}
DISCREPANCY_EVENTS: Filters = {"symbol": None}
WALLET: Filters = dict.fromkeys(("currency", "account"))
PRICES: Filters = dict.fromkeys(("symbols", "venues", "max_age_s"))
SCREENS: Filters = {"id": None}
