"""What would become of an alert, told step by step, for people."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from app.cli.cells import Item, number, state, text
from app.cli.decision import REASONS
from app.cli.perform import problem_lines
from app.cli.request import Answer
from app.cli.tables import Column, print_table, print_text
from app.cli.trail import CHECKS

FIELDS = (Column("key", "key"), Column("value", "value"), Column("read as", "field"), Column("means", "means"))
ALERT_CHECKS = (*CHECKS, Column("", "message", text, drop=1))
EXPOSURE = (
    Column("scope", "scope"),
    Column("gross", "gross", number),
    Column("afterwards", "gross_after", number),
    Column("net", "net", number),
    Column("afterwards", "net_after", number),
    Column("orders", "orders", drop=1),
    Column("afterwards", "orders_after", drop=1),
)
SOURCES = {"quote": "a quote", "signal": "the alert itself", "last": "the last price: good for reductions only"}
SECRETS = {
    "none": "none in the body: send it there, in the header or in the path",
    "right": "the webhook's",
    "wrong": "not the webhook's: POST /webhook would answer 401",
}


def print_rehearsed(answer: Answer) -> None:
    """The verdict first, then how it came about, as far as the alert gets."""
    data = answer.data
    print_text(_verdict(data["would_answer"]))
    print_table(REASONS, data["would_answer"]["body"].get("reasons", ()))
    if data["reading"] is not None:
        _print_reading(data["reading"])
    if data["repeat"] is not None:
        _print_line("Seen before", _repeat(data["repeat"]))
    if data["checks"] is not None:
        print_text("")
        print_table(ALERT_CHECKS, data["checks"], title="Checks of the alert")
        _print_line("Price", _reference(data["reference"]))
        _print_line("Wants", *_wishes(data["wishes"]))
        for order in data["orders"]:
            _print_order(order)
        _print_afterwards(data)


def outcome(would_answer: Item) -> str:
    """accepted, denied or ignored as a decision says, else refused."""
    return str(would_answer["body"]["status"]) if would_answer["status"] < 400 else "refused"


def complaints(would_answer: Item) -> list[str]:
    """Why it would not be taken: a line, or for a problem of several fields a line each."""
    body = would_answer["body"]
    if would_answer["status"] >= 400:
        first, *rest = problem_lines(body)
        return [f"would be refused: {would_answer['status']} {body['code']}: {first}", *rest]
    return [f"would be denied: {', '.join(reason['code'] for reason in body['reasons'])}"]


def _verdict(would_answer: Item) -> Text:
    found = outcome(would_answer)
    verdict = Text(found, "bold red") if found == "refused" else state(found)
    repeat = "  a repeat: answered as before, done once only" if would_answer["body"].get("duplicate") else ""
    status = f"  HTTP {would_answer['status']}{repeat}  (a preview: nothing was stored or sent)"
    return Text.assemble("would be ", verdict, (status, "dim"))


def _print_line(title: str, *lines: Text | str) -> None:
    print_text("", Text(title, "bold"), *(Text.assemble("  ", line) for line in lines))


def _print_reading(reading: Item) -> None:
    signal = reading["signal"] or {}
    rows = [{**field, "means": _meaning(field["field"], signal)} for field in reading["fields"]]
    print_text("")
    print_table(FIELDS, rows, title=f"Read as a {reading['family']} alert", empty="no field that is known")
    if reading["ignored_keys"]:
        print_text(Text.assemble("  ignored: ", text(reading["ignored_keys"])))
    print_text(f"  secret: {SECRETS[reading['secret']]}")
    if reading["strategy"] is not None:
        known = reading["strategy"]
        line = f"{known['id']} of kind {known['kind']} on account {known['account']}: {known['why']}"
        sizing = known["sizing"]
        sized = f"sizing {sizing['quantity']} {sizing['quantity_type']}" if sizing else "no sizing of its own"
        _print_line("Strategy", text(line), text(sized))


def _meaning(field: str, signal: Item) -> str | None:
    if field in ("id", "comment"):
        return None
    if field == "quantity" and "quantity" in signal:
        return f"{signal['quantity']} {signal['quantity_type']}"
    value = signal.get(field)
    return None if value is None else str(value)


def _repeat(repeat: Item) -> Text:
    known = f"its id {repeat['id']}" if repeat["known_by"] == "id" else "its content, as it has no id"
    window = f"it is known by {known}, for {repeat['window_s']} s"
    if repeat["conflict"]:
        return text(f"the id belongs to another content: signal {repeat['of']}")
    return text(f"yes, as signal {repeat['of']}: {window}" if repeat["repeat"] else f"no; {window}")


def _reference(reference: Item | None) -> Text:
    if reference is None:
        return Text("none is known: send one as `price`", "yellow")
    age = f", {number(reference['age_s']).plain} s old" if reference["age_s"] is not None else ""
    return Text.assemble(number(reference["mark"]), f" from {SOURCES.get(reference['source'], '')}{age}")


def _wishes(wishes: Item | None) -> Iterator[Text]:
    if wishes is None:
        yield Text("the strategy was not asked, or failed", "yellow")
        return
    if wishes["cancel"]:
        yield Text("cancel its live orders")
    if wishes["flatten"]:
        yield Text("cancel its live orders and close the position, until it is flat")
    for wish in wishes["orders"]:
        yield text(" ".join(_wish(wish)))
    for name in ("ignored", "denied"):
        if (reason := wishes[name]) is not None:
            yield text(f"nothing: {reason['code']}, {reason['message']}")
    if not (wishes["cancel"] or wishes["flatten"] or wishes["orders"] or wishes["ignored"] or wishes["denied"]):
        yield Text("nothing")


def _wish(wish: Item) -> Iterator[str]:
    yield f"{wish['side']} {number(wish['quantity']).plain} {wish['quantity_type']} {wish['type']}"
    if wish["price"] is not None:
        yield f"at {number(wish['price']).plain}"
    if wish.get("stop_price") is not None:
        yield f"stop {number(wish['stop_price']).plain}"
    if wish["reduce_only"]:
        yield "reduce-only"
    if wish["after_previous"] or wish["after"]:
        yield f"after {wish['after'] or 'the order before'}"


def _print_order(order: Item) -> None:
    rounded = f" (asked {number(order['asked']).plain})" if order["asked"] != order["quantity"] else ""
    parts = [f"{order['side']} {number(order['quantity']).plain}{rounded} {order['type']}"]
    parts += [f"at {number(order['price']).plain}"] if order["price"] is not None else []
    parts += [f"stop {number(order['stop_price']).plain}"] if order["stop_price"] is not None else []
    parts += [name.replace("_", "-") for name in ("reduce_only", "post_only") if order[name]]
    parts += [f"counted at {number(order['reservation_price']).plain}", "an exit" if order["is_exit"] else "an entry"]
    title = Text.assemble("Order ", text(order["client_order_id"]), "  ", state(order["status"]))
    print_text("", title, Text.assemble("  ", text(", ".join(parts))))
    print_table(ALERT_CHECKS, order["checks"])


def _print_afterwards(data: Item) -> None:
    position, exposures = data["position"], data["exposure"]
    now, then = (number(position[name]).plain for name in ("now", "if_filled"))
    _print_line("Position", text(f"{now} {position['symbol']} now, {then} once filled"))
    print_text("")
    print_table(EXPOSURE, [_exposure(change) for change in exposures], title="Exposure, in the worst case")


def _exposure(change: Item) -> dict[str, Any]:
    before, after = change["before"], change["after"]
    return {"scope": change["scope"], **before, **{f"{name}_after": value for name, value in after.items()}}
