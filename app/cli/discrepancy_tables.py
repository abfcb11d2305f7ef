"""Differences between venues as tables: each pair with what it brings, and what speaks against it."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from rich.text import Text

from app.cli.cells import number, percent, text, time
from app.cli.listings import Listing
from app.cli.tables import Column, print_table, print_text

DIGITS = 10


def _figure(value: Any) -> Text:
    """To ten digits, which is more than any market means."""
    return number(+Decimal(value).normalize(Context(prec=DIGITS))) if value is not None else Text()


def _money(value: Any) -> Text:
    """To six digits: it is a profit, and an estimate."""
    return number(+Decimal(value).normalize(Context(prec=6))) if value is not None else Text()


def _percent(value: Any) -> Text:
    if value is None:
        return Text()
    shown = percent(value, 3)
    shown.stylize("red" if Decimal(value) < 0 else "green")
    return shown


def _labels(labels: Any) -> Text:
    return text("; ".join(f"{label['code']}: {label['reason']}" for label in labels or ()))


def _told(detail: Mapping[str, Any]) -> Text:
    pair = f"buy {detail.get('buy_at')}, sell {detail.get('sell_at')}"
    if "peak" in detail:
        over = "" if detail.get("cause") == "BELOW" else " (lost sight of)"
        return text(f"{pair}: at most {percent(detail['peak'], 3).plain} net, for {detail.get('lasted_s')} s{over}")
    size = f"{detail.get('size')} {detail.get('size_currency')}"
    return text(f"{pair}: {percent(detail.get('net'), 3).plain} net at {size}")


PAIRS = (
    Column("symbol", "symbol"),
    Column("buy at", "buy_at"),
    Column("price", "ask", _figure, is_right=True),
    Column("sell at", "sell_at"),
    Column("price", "bid", _figure, is_right=True),
    Column("gross", "gross", _percent, is_right=True),
    Column("net", "net", _percent, is_right=True),
    Column("at size", "at_size", _percent, is_right=True),
    Column("profit", "profit", _money, drop=1, is_right=True),
    Column("fees", "fees", drop=3),
    Column("", "note", drop=0),
)
HISTORY = Listing(
    "discrepancies",
    (
        Column("time (UTC)", "time", time),
        Column("event", "kind"),
        Column("symbol", "symbol"),
        Column("detail", "detail", _told),
    ),
)


def print_discrepancies(answer: Mapping[str, Any]) -> None:
    """Pairs with what they bring at the size, the best first."""
    size = f"{number(answer['size']).plain} {answer['size_currency']}"
    empty = "no venue's ask is below another's bid"
    print_table(PAIRS, [_pair(item) for item in answer["items"]], empty=empty)
    if answer["items"]:
        print_text(Text(f"at size: {size} by the order books, after both fees", "dim"))


def _pair(item: Mapping[str, Any]) -> dict[str, Any]:
    buy, sell, borne = item["buy"], item["sell"], item["at_size"]
    note = Text("opportunity", "bold green") if item["is_opportunity"] else _labels(item["labels"])
    return {
        "symbol": item["symbol"],
        "buy_at": _place(item, buy),
        "ask": buy["price"],
        "sell_at": _place(item, sell),
        "bid": sell["price"],
        "gross": item["gross"],
        "net": item["net"],
        "at_size": borne["net"] if borne else None,
        "profit": borne["profit"] if borne else None,
        "fees": f"{_fee(buy)} {_fee(sell)}",
        "note": note.plain,
    }


def _place(item: Mapping[str, Any], trade: Mapping[str, Any]) -> str:
    """The venue, with its own market where that is another one."""
    return trade["venue"] if trade["market"] == item["symbol"] else f"{trade['venue']} {trade['market']}"


def _fee(trade: Mapping[str, Any]) -> str:
    source = {"CONFIGURED": "*", "DEFAULT": "?"}.get(trade["fee"]["source"], "")
    return percent(trade["fee"]["rate"], 2).plain.lstrip("+").replace(" %", "%") + source
