"""`quartermaster reconcile`: accounts compared with their venues now, and what that found."""

import json as json_module

import typer
from rich.text import Text

from app.cli.cells import Item, change, number, precise_time, state, text
from app.cli.failure import CommandFailed
from app.cli.options import DEFAULT_CONFIG, AccountOption, ConfigOption, JsonOption
from app.cli.perform import perform
from app.cli.request import Answer, Request
from app.cli.tables import Column, print_table, print_text

PATIENCE_S = 30.0
DIFFERENCES = (
    Column("", "kind"),
    Column("of", "name"),
    Column("venue", "venue", number),
    Column("books", "book", number),
    Column("lacking", "amount", change),
    Column("at", "price", number),
)
FOREIGN = (
    Column("order", "order"),
    Column("symbol", "symbol"),
    Column("side", "side", state),
    Column("type", "type"),
    Column("quantity", "quantity", number),
    Column("price", "price", number),
    Column("status", "status", state),
)

app = typer.Typer()


@app.command()
def reconcile(
    config: ConfigOption = DEFAULT_CONFIG, *, account: AccountOption = None, json: JsonOption = False
) -> None:
    """Compare accounts with their venues now, and book what differs; 1 where something stays open."""
    body = {} if account is None else {"account": account}
    request = Request(
        method="POST", path="/api/v1/reconcile", body=json_module.dumps(body).encode(), patience_s=PATIENCE_S
    )
    answer = perform(config, request, print_reconciled, as_json=json)
    open_ones = [item for item in answer.data["accounts"] if not item["settled"]]
    if open_ones:
        raise CommandFailed(*(f"account {item['account']} is not settled: {item['reason']}" for item in open_ones))


def print_reconciled(answer: Answer) -> None:
    for item in answer.data["accounts"]:
        print_text(_heading(item))
        _print_section("Adjusted", DIFFERENCES, item["adjusted"])
        _print_section("Differs still", DIFFERENCES, item["differences"])
        _print_section("Orders that are not the desk's", FOREIGN, [_named(order) for order in item["foreign"]])
        for title, key in (("Adopted", "adopted"), ("Ended here, cancelled there", "ended")):
            if item[key]:
                print_text(Text.assemble(f"{title}  ", text(item[key])))
        for position in item["unknown"]:
            held = Text.assemble(text(position["symbol"]), " ", text(position["quantity"]))
            print_text(Text.assemble("Held there, and no terms known  ", held))
        if item["not_compared"]:
            print_text(Text.assemble("On its way, not compared  ", text(item["not_compared"])))


def _named(order: Item) -> Item:
    return {**order, "order": order["client_order_id"] or order["venue_order_id"]}


def _heading(item: Item) -> Text:
    place = f"{item['venue']} ({item['environment']})" if item["environment"] else item["venue"]
    verdict = ("settled", "green") if item["settled"] else ("not settled", "bold red")
    parts = [Text(f"account {item['account']}", "bold"), text(place), Text(*verdict), state(item["reconciliation"])]
    parts += [Text.assemble("at ", precise_time(item["time"]))] if item["time"] else []
    return Text("  ").join(parts)


def _print_section(title: str, columns: tuple[Column, ...], found: list[Item]) -> None:
    if found:
        print_table(columns, found, title=title)
