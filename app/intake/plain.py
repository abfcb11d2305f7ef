"""Plain JSON of the small bots: other names for the canonical fields, in any case."""

from collections import defaultdict
from typing import Any

from app.intake.canonical import FIELDS
from app.intake.reading import Entries, Entry

FAMILY = "plain"
SYNONYMS: dict[str, str] = {
    **{field: field for field in FIELDS},
    **dict.fromkeys(("ticker", "pair", "market"), "symbol"),
    **dict.fromkeys(("side", "direction", "signal"), "action"),
    **dict.fromkeys(("qty", "amount", "size", "contracts", "volume"), "quantity"),
    **dict.fromkeys(("alert_id", "signal_id"), "id"),
    **dict.fromkeys(("ordertype", "type"), "order_type"),
    **dict.fromkeys(("timeinforce", "tif"), "time_in_force"),
    **dict.fromkeys(("good_till", "goodtill"), "expires_at"),
    **dict.fromkeys(("stop_loss_price", "stoplossprice", "stoploss"), "stop_loss"),
    **dict.fromkeys(("take_profit_price", "takeprofitprice", "takeprofit"), "take_profit"),
    "takeprofits": "take_profits",
    "stopprice": "stop_price",
    "reduceonly": "reduce_only",
    "postonly": "post_only",
    "prev_market_position_size": "prev_position_size",
}
"""Lower-case names and the canonical fields they stand for."""


def is_plain(body: dict[str, Any]) -> bool:
    """True where a field of the alert is not spelled the canonical way."""
    return any(key not in FIELDS and key.lower() in SYNONYMS for key in body)


def plain_entries(body: dict[str, Any]) -> Entries:
    """The fields the body has under any of their names; every other key is left out."""
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for key, value in body.items():
        field = SYNONYMS.get(key.lower())
        if field is not None:
            entries[field].append((key, value))
    return dict(entries)
