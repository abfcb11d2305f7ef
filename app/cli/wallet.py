"""`quartermaster wallet`: what the accounts own, and what it is worth."""

from typing import Annotated, Any

import typer
from rich.text import Text

from app.cli.cells import Item, change, number, text, time
from app.cli.failure import DONE, FAILED, WRONG_USE, CommandFailed, complain, printable
from app.cli.options import DEFAULT_CONFIG, AccountOption, ConfigOption, JsonOption
from app.cli.perform import perform
from app.cli.request import Answer, Request
from app.cli.tables import Column, print_table, print_text
from app.settings.values import is_currency

PATIENCE_S = 90.0
"""Every venue may take its limit of time, for its markets and for its prices."""

app = typer.Typer()


def money(value: Any) -> Text:
    """Two places say enough of an amount of a hundred or more."""
    shown = number(value)
    whole, point, rest = shown.plain.partition(".")
    return Text(f"{whole}.{rest[:2]}") if point and len(whole.lstrip("-")) > 2 else shown


def share(value: Any) -> Text:
    shown = number(value)
    return Text(f"{float(value) * 100:.1f} %") if shown.plain else shown


def path(value: Any) -> Text:
    """`COIN/USDT binance, EUR/USDT kraken`."""
    return text([f"{step['market']} {step['venue']}" for step in value or ()])


COLUMNS = (
    Column("account", "account", drop=2),
    Column("coin", "currency"),
    Column("balance", "total", number),
    Column("free", "free", number, drop=4),
    Column("in orders", "in_orders", number, drop=5),
    Column("margin", "in_margin", number, drop=6),
    Column("unrealised", "unrealised", change, drop=3),
    Column("price", "price", number),
    Column("value", "value", money),
    Column("share", "share", share),
    Column("priced by", "path", path, drop=7),
    Column("age s", "age_s", number, drop=8),
)


@app.command()
def wallet(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    currency: Annotated[
        str | None, typer.Option("--in", metavar="CURRENCY", help="Such as EUR; the portfolio's where left out.")
    ] = None,
    account: AccountOption = None,
    snapshot: Annotated[
        bool,
        typer.Option("--snapshot", help="Write down what all accounts are worth now: the next change counts from it."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """What the accounts own, free and locked, and what it is worth in any currency.

    At public prices of now, directly or over a bridge of two markets; what nobody prices is named and not counted.
    With the change since the last snapshot, which the desk takes once a day.
    """
    if currency is not None and not is_currency(currency.upper()):
        raise CommandFailed(f'--in: expected a currency such as EUR (got "{printable(currency)}")', code=WRONG_USE)
    given = {"currency": currency, "account": account}
    request = Request(
        method="POST" if snapshot else "GET",
        path="/api/v1/wallet/snapshots" if snapshot else "/api/v1/wallet",
        params={name: value for name, value in given.items() if value is not None},
        patience_s=PATIENCE_S,
    )
    answer = perform(config, request, print_wallet, as_json=json)
    unpriced = [item for item in answer.data["items"] if item["value"] is None]
    complain([*_troubles(answer.data), *(f"{item['currency']}: {item['reason']}" for item in unpriced)], DONE)
    if unpriced and len(unpriced) == len(answer.data["items"]):
        raise CommandFailed(code=FAILED)


def print_wallet(answer: Answer) -> None:
    """The whole first, then each part, then how prices came."""
    data = answer.data
    print_text(_heading(data), *_change(data), "")
    print_table(COLUMNS, [_shown(item) for item in data["items"]], empty="nothing is owned")


def _heading(data: Item) -> Text:
    total = Text.assemble("worth ", (money(data["total"]).plain, "bold"), f" {printable(data['currency'])}")
    parts = [total, Text.assemble("unrealised ", change(data["unrealised"]))]
    if len(data["accounts"]) > 1:
        parts += [Text(f"{item['account']} {money(item['value']).plain}") for item in data["accounts"]]
    return Text("  ").join(parts)


def _change(data: Item) -> list[Text]:
    since = data["change"]
    if data["snapshot"] is None:
        return [Text("no snapshot yet, so no change to tell", "dim")]
    if since is None:
        return [Text(f"nobody quotes what the last snapshot was in {printable(data['currency'])}", "dim")]
    moved = change(since["change"])
    shown = [Text.assemble((money(since["change"]).plain, moved.style), f" since {time(since['since']).plain} UTC")]
    if since["share"] is not None:
        shown.append(Text(f"({float(since['share']) * 100:+.2f} %)"))
    if since["at_rate_of_today"]:
        shown.append(Text("at today's rate", "dim"))
    if since["left_out"]:
        names = ", ".join(printable(item["currency"]) for item in since["left_out"])
        shown.append(Text(f"without {names}", "dim"))
    return [Text(" ").join(shown)]


def _shown(item: Item) -> Item:
    """Zeros that say nothing are left out."""
    return {
        name: None if name in ("in_orders", "in_margin", "unrealised") and value == "0" else value
        for name, value in item.items()
    }


def _troubles(data: Item) -> list[str]:
    """A line for each venue that did not answer."""
    down = [venue for venue in data["venues"] if venue["status"] not in ("LIVE", "UNKNOWN")]
    return [f"{venue['venue']}: {venue['status']}: {venue['detail']}" for venue in down]
