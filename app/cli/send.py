"""`quartermaster send`: an alert to one's own desk, from flags or a file, with the secret added."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.decision import print_decision
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from app.cli.perform import perform
from app.cli.request import Request

app = typer.Typer()
ACTIONS = "buy, sell, long, short, close, flat, reverse, cancel"


@app.command()
def send(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A JSON body, - for standard input.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    alert_id: Annotated[
        str | None, typer.Option("--id", help="The alert's own id; none is sent where left out.")
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="Needed where several trade the symbol.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Such as BTC/USDT:USDT.")] = None,
    action: Annotated[str | None, typer.Option(help=f"One of {ACTIONS}.")] = None,
    quantity: Annotated[str | None, typer.Option(help="A number or a share such as 5%.")] = None,
    quantity_type: Annotated[
        str | None,
        typer.Option(help="units, notional, percent_of_equity, percent_of_position, risk or risk_percent."),
    ] = None,
    order_type: Annotated[str | None, typer.Option(help="market, limit, stop, stop_limit or take_profit.")] = None,
    price: Annotated[str | None, typer.Option(help="The limit of an order that has one, else for reference.")] = None,
    stop_price: Annotated[str | None, typer.Option(help="What the market has to reach first.")] = None,
    stop_loss: Annotated[str | None, typer.Option(help="Where to give up what is opened.")] = None,
    take_profit: Annotated[str | None, typer.Option(help="Where to take the profit.")] = None,
    take_profits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PRICE:SHARE",
            help="Instead of one, several: 2%:50% or 66000:0.01, a price or how far, then a share or a quantity.",
        ),
    ] = None,
    post_only: Annotated[bool, typer.Option("--post-only", help="Rather not trade than trade at once.")] = False,
    reduce_only: Annotated[bool, typer.Option("--reduce-only", help="Never add to a position.")] = False,
    market_position: Annotated[str | None, typer.Option(help="Where to be: long, short or flat.")] = None,
    position_size: Annotated[str | None, typer.Option(help="How much to hold then.")] = None,
    prev_market_position: Annotated[str | None, typer.Option(help="Where it was before.")] = None,
    prev_position_size: Annotated[str | None, typer.Option(help="How much was held then.")] = None,
    time: Annotated[str | None, typer.Option(help="When it fired: RFC 3339, or seconds since 1970.")] = None,
    comment: Annotated[str | None, typer.Option(help="Kept with the signal.")] = None,
    time_in_force: Annotated[str | None, typer.Option(help="GTC, IOC, FOK or GTD.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Until when a GTD order is good.")] = None,
    json: JsonOption = False,
) -> None:
    """Send an alert to the desk and print its decision; 1 where it was denied."""
    given: dict[str, Any] = {
        "id": alert_id,
        "strategy": strategy,
        "symbol": symbol,
        "action": action,
        "quantity": quantity,
        "quantity_type": quantity_type,
        "order_type": order_type,
        "price": price,
        "stop_price": stop_price,
        "stop_loss": stop_loss,
        "take_profit": take_profit,
        "take_profits": _goals(take_profits) if take_profits else None,
        "post_only": post_only or None,
        "reduce_only": reduce_only or None,
        "market_position": market_position,
        "position_size": position_size,
        "prev_market_position": prev_market_position,
        "prev_position_size": prev_position_size,
        "time": time,
        "comment": comment,
        "time_in_force": time_in_force,
        "expires_at": expires_at,
    }
    alert = {name: value for name, value in given.items() if value is not None}
    request = Request(method="POST", path="/webhook", body=_body(file, alert), is_alert=True)
    answer = perform(config, request, print_decision, as_json=json)
    if answer.data.get("status") == "denied":
        raise CommandFailed(f"denied: {', '.join(reason['code'] for reason in answer.data['reasons'])}")


def _body(file: str | None, alert: dict[str, Any]) -> bytes:
    """The alert as flags describe it, or the file's. Raises CommandFailed unless it is one of the two."""
    if file is not None and alert:
        raise CommandFailed("give a file or flags, not both", code=WRONG_USE)
    if file is not None:
        return read_alert(file)
    missing = [f"--{name}" for name in ("symbol", "action") if name not in alert]
    if missing:
        raise CommandFailed(f"{' and '.join(missing)} needed, or a file (- for standard input)", code=WRONG_USE)
    return json_module.dumps(alert).encode()


def _goals(texts: list[str]) -> list[dict[str, str]]:
    """Each as the alert's field has it: `2%:50%` is a price and a share, `66000:0.01` a price and a quantity. One text
    may hold several, with commas between."""
    return [_goal(part.strip()) for text in texts for part in text.split(",")]


def _goal(text: str) -> dict[str, str]:
    """Raises CommandFailed for what is not `PRICE` or `PRICE:SHARE`; what they say, the desk judges."""
    price, colon, part = text.partition(":")
    if not price or ":" in part or bool(colon) is not bool(part):
        raise CommandFailed(f"--take-profits: {text!r} must be PRICE:SHARE such as 2%:50%", code=WRONG_USE)
    if not part:
        return {"price": price}
    return {"price": price, "share" if part.endswith("%") else "quantity": part}


def read_alert(file: str) -> bytes:
    """The file's bytes, or standard input's for `-`. Raises CommandFailed."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandFailed(f"cannot read {file}: {error.strerror}", code=WRONG_USE) from None
