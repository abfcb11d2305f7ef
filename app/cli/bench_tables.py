"""A comparison of fetching one after the other with fetching at once, for people."""

from typing import Any

from rich.text import Text

from app.cli.tables import Column, print_table, print_text
from app.prices.bench_items import Curve, compared_item, request_items
from app.prices.timing import Compared


def seconds(value: Any) -> Text:
    return Text(f"{value:.3f} s")


def milliseconds(value: Any) -> Text:
    return Text(f"{1000 * value:.0f} ms")


def times(value: Any) -> Text:
    return Text(f"{value:.2f} x")


def percent(value: Any) -> Text:
    return Text(f"{100 * value:.0f} %")


def count(value: Any) -> Text:
    return Text(str(value))


REQUESTS = (
    Column("venue", "venue"),
    Column("market", "market"),
    Column("alone", "alone_s", seconds, is_right=True),
    Column("among all", "together_s", seconds, is_right=True),
)
POINTS = (
    Column("requests", "requests", count, is_right=True),
    Column("one by one", "sequential_s", seconds, is_right=True),
    Column("at once", "concurrent_s", seconds, is_right=True),
    Column("speed-up", "speed_up", times, is_right=True),
    Column("bound", "bound", times, is_right=True),
    Column("reached", "share_of_bound", percent, is_right=True),
    Column("CPU", "concurrent_cpu_s", milliseconds, is_right=True),
)


def print_comparison(compared: Compared) -> None:
    """Each request, then both ways, then the bound."""
    print_table(REQUESTS, request_items(compared))
    told = compared_item(compared)
    print_text(
        "",
        f"one by one  {seconds(told['sequential_s'])}  {milliseconds(told['sequential_cpu_s'])} of CPU; "
        f"the sum of {told['requests']} latencies is {seconds(told['sum_s'])}",
        f"at once     {seconds(told['concurrent_s'])}  {milliseconds(told['concurrent_cpu_s'])} of CPU; "
        f"the longest latency is {seconds(told['longest_s'])}",
        f"speed-up    {times(told['speed_up'])}, of at most {times(told['bound'])} (sum / longest): "
        f"{percent(told['share_of_bound'])} reached",
    )
    print_text(f"medians of {len(compared.pairs)}" if len(compared.pairs) > 1 else "measured once")


def print_curve(name: str, points: Curve) -> None:
    items = [{name: number, **compared_item(compared)} for number, compared in points]
    print_text("")
    print_table((Column(name, name, count, is_right=True), *POINTS), items, title=f"By the number of {name}")
