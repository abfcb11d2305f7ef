"""One row of prices as text: the same figures on a screen and in a pipe."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from rich.text import Text

from app.cli.cells import change, number, percent, text
from app.cli.price_state import codes_of, has_price, reason_of

BEST = "*"
DIGITS = 8
_QUIET, _BAD, _DOUBTFUL = "dim", "red", "yellow"
_GONE = {"SOURCE_DOWN", "NOT_LISTED", "OTHER_ASSET"}


def cells(row: Mapping[str, Any], elapsed_s: float) -> dict[str, Text]:
    """Each column's text; prices of a row that is not compared are dim."""
    shown = {
        "venue": text(row["venue"]),
        "market": _market(row),
        "bid": _price(row, "bid", is_best=row["is_best_bid"]),
        "ask": _price(row, "ask", is_best=row["is_best_ask"]),
        "last": _price(row, "last", is_best=False),
        "change": _change(row["change_24h"]),
        "spread": Text(percent(row["spread_share"], 4).plain.lstrip("+")) if row["spread_share"] else Text(),
        "age": Text(seconds(float(row["age_s"]) + elapsed_s)) if row["age_s"] is not None else Text(),
        "state": _state(row),
    }
    if row["labels"]:
        for name in ("bid", "ask", "last", "change", "spread"):
            shown[name].stylize(_QUIET)
    return shown


def gap_line(item: Mapping[str, Any]) -> Text:
    """The gap, and what fees leave of it; why there is none."""
    gap = item["gap"]
    if gap is None:
        priced = sum(has_price(row) and not row["labels"] for row in item["rows"])
        return Text(f"no gap: {'only one' if priced else 'no'} venue to compare", _QUIET)
    return Text.assemble(
        "gap  buy ",
        (f"{gap['buy_at']} {_told(item, gap['buy_at'], 'ask')}", "green"),
        ", sell ",
        (f"{gap['sell_at']} {_told(item, gap['sell_at'], 'bid')}", "green"),
        ": ",
        change(str(_cut(Decimal(gap["amount"])))),
        f" or {percent(gap['gross'], 3).plain}; net of fees ",
        (percent(gap["net"], 3).plain, "bold green" if Decimal(gap["net"]) > 0 else "red"),
        Text(f" ({_fee(gap, 'buy')} and {_fee(gap, 'sell')})", _QUIET),
    )


def size_line(told: tuple[str, Mapping[str, Any] | None]) -> Text:
    """What the order books bear of a size, by the best pair of venues."""
    size, pair = told
    if pair is None:
        return Text(f"at {size}: no order books to look at", _QUIET)
    borne = pair["at_size"]
    return Text.assemble(
        f"at {size}  buy {pair['buy']['venue']} {_digits(borne['buy_price'])}, ",
        f"sell {pair['sell']['venue']} {_digits(borne['sell_price'])}: net of fees ",
        (percent(borne["net"], 3).plain, "bold green" if Decimal(borne["net"]) > 0 else "red"),
        f" or {_digits(borne['profit'])} {pair['currency']}",
        Text("".join(f"; {label['code']}: {label['reason']}" for label in pair["labels"]), _DOUBTFUL),
    )


def _digits(figure: str) -> str:
    return number(_cut(Decimal(figure))).plain


def seconds(number_s: float) -> str:
    return f"{number_s:.1f} s" if number_s < 60 else f"{number_s / 60:.0f} min"


def _told(item: Mapping[str, Any], venue: str, name: str) -> str:
    """The price as the venue's row shows it."""
    row = next(row for row in item["rows"] if row["venue"] == venue)
    return _price(row, name, is_best=False).plain.rstrip()


def _fee(gap: Mapping[str, Any], side: str) -> str:
    fee = gap[f"{side}_fee"]
    guessed = ", assumed" if fee["source"] == "DEFAULT" else ""
    return f"{gap[f'{side}_at']} {percent(fee['rate'], 3).plain.lstrip('+')}{guessed}"


def _market(row: Mapping[str, Any]) -> Text:
    """The venue's own symbol, and what its prices were multiplied by."""
    if row["market"] is None:
        return Text()
    rate = row["rate"]
    if rate is None:
        return text(row["market"])
    middle = (Decimal(rate["bid"]) + Decimal(rate["ask"])) / 2
    return Text(f"{row['market']} x {format(middle.quantize(Decimal('1E-6')).normalize(), 'f')}")


def _price(row: Mapping[str, Any], name: str, *, is_best: bool) -> Text:
    """As the venue says it; converted, to as many digits as mean something."""
    if row[name] is None:
        return Text()
    shown = number(_cut(Decimal(row[name])) if row["rate"] else row[name]).plain
    return Text(f"{shown}{BEST}", "bold green") if is_best else Text(f"{shown} ")


def _cut(price: Decimal) -> Decimal:
    return +price.normalize(Context(prec=DIGITS))


def _change(fraction: str | None) -> Text:
    if fraction is None:
        return Text()
    shown = percent(fraction)
    shown.stylize("red" if shown.plain.startswith("-") else "green")
    return shown


def _state(row: Mapping[str, Any]) -> Text:
    if row["labels"]:
        return Text(reason_of(row), _BAD if _GONE & codes_of(row) else _DOUBTFUL)
    return Text("stream" if row["streamed"] else "", _QUIET)
