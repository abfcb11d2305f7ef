"""Single values as a table shows them: short, in UTC, states in colour, and nothing that could steer a terminal."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from rich.text import Text

from app.cli.failure import printable

Item: TypeAlias = Mapping[str, Any]
Cell: TypeAlias = Callable[[Any], Text]

PLACES = 8
_GOOD, _BAD, _MOVING, _QUIET = "green", "bold red", "yellow", "dim"
_STYLES = {
    _GOOD: "ACTIVE RECONCILED WORKING FILLED OPEN accepted buy",
    _BAD: "HALTED DENIED REJECTED UNKNOWN NOT_ACCEPTED EXPIRED_UNSENT FAILED denied sell"
    " UNREACHABLE MAINTENANCE CLOCK_SKEWED KEY_REFUSED DELISTED CLOSED",
    _MOVING: "REDUCING STARTING PENDING SUBMITTED PARTIALLY_FILLED PENDING_CANCEL UNSETTLED STREAM_DOWN RATE_LIMITED"
    " PRICES_STALE",
    _QUIET: "CANCELED EXPIRED ignored",
}
_STYLE_OF = {state: style for style, states in _STYLES.items() for state in states.split()}


def text(value: Any) -> Text:
    """`None` is empty; a list is its items."""
    if value is None:
        return Text()
    if isinstance(value, list):
        return Text(", ".join(printable(str(item)) for item in value))
    return Text(printable(str(value)))


def state(value: Any) -> Text:
    shown = text(value)
    shown.stylize(_STYLE_OF.get(shown.plain.removesuffix("*"), ""))
    return shown


def number(value: Any) -> Text:
    """At most eight places, or four digits of a smaller number."""
    try:
        exact = Decimal(value)
        places = max(PLACES, 3 - exact.adjusted()) if exact else 0
        if -int(exact.as_tuple().exponent) > places:
            exact = exact.quantize(Decimal(1).scaleb(-places)).normalize()
    except (InvalidOperation, TypeError, ValueError):
        return text(value)
    return Text(format(exact, "f"))


def change(value: Any) -> Text:
    """A number whose sign matters."""
    shown = number(value)
    if shown.plain not in ("", "0"):
        shown.stylize("red" if shown.plain.startswith("-") else "green")
    return shown


def percent(value: Any, places: int = 2) -> Text:
    """A fraction as per cent, with its sign where `places` are few."""
    try:
        return Text(f"{Decimal(value) * 100:+.{places}f} %")
    except (InvalidOperation, TypeError, ValueError):
        return text(value)


def coins(value: Any) -> Text:
    """`{"USDT": "9.5", "BTC": "1"}` as 9.5 USDT, 1 BTC."""
    if not isinstance(value, Mapping):
        return Text()
    return Text(", ".join(f"{number(amount).plain} {printable(str(currency))}" for currency, amount in value.items()))


def time(value: Any) -> Text:
    """The time of day where it was today, else the day as well."""
    moment = moment_of(value)
    if moment is None:
        return text(value)
    return Text(moment.strftime("%H:%M:%S" if moment.date() == datetime.now(UTC).date() else "%Y-%m-%d %H:%M"))


def precise_time(value: Any) -> Text:
    moment = moment_of(value)
    return text(value) if moment is None else Text(moment.strftime("%H:%M:%S.%f")[:-3])


def moment_of(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def codes(reasons: Any) -> Text:
    """The first reason's code and how many more there are."""
    listed = [str(reason["code"]) for reason in reasons or ()]
    more = f" +{len(listed) - 1}" if len(listed) > 1 else ""
    return text(f"{listed[0]}{more}") if listed else Text()


def details(value: Any) -> Text:
    """`{"filled": "0.01"}` as filled=0.01."""
    return (
        text(" ".join(f"{name}={_short(item)}" for name, item in value.items() if item not in ([], None)))
        if value
        else Text()
    )


def _short(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
