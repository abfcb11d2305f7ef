"""What a comparison of fetching one after the other with fetching at once has found, as JSON tells it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from app.prices.timing import Compared

Curve: TypeAlias = Sequence[tuple[int, Compared]]

_PLACES = 4


def compared_item(compared: Compared) -> dict[str, Any]:
    """Seconds, and ratios: `speed_up` is at most `bound`, and `share_of_bound` what was reached of it."""
    figures = {
        "sequential_s": compared.alone_s,
        "concurrent_s": compared.together_s,
        "sum_s": compared.sum_s,
        "longest_s": compared.longest_s,
        "speed_up": compared.speed_up,
        "bound": compared.bound,
        "share_of_bound": compared.share,
        "sequential_cpu_s": compared.alone_cpu_s,
        "concurrent_cpu_s": compared.together_cpu_s,
    }
    return {"requests": len(compared.requests), **{name: round(value, _PLACES) for name, value in figures.items()}}


def request_items(compared: Compared) -> list[dict[str, Any]]:
    items = []
    for request in compared.requests:
        alone_s, together_s = (round(seconds, _PLACES) for seconds in compared.latencies_s(request))
        items.append({"venue": request.venue, "market": request.symbol, "alone_s": alone_s, "together_s": together_s})
    return items


def bench_answer(compared: Compared, curves: Mapping[str, Curve], faults: Sequence[str]) -> dict[str, Any]:
    return {
        **compared_item(compared),
        "repeats": len(compared.pairs),
        "items": request_items(compared),
        "curves": {
            name: [{name: count, **compared_item(point)} for count, point in curve] for name, curve in curves.items()
        },
        "faults": list(faults),
    }
