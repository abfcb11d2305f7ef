"""The examples of docs/limits.md: a few words for what happened before, an alert, its figure and its answer."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.model.decision import Decision
from portfolio.model.order import OrderType
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, Desk

_SECTION = re.compile(r"^## (?P<key>[a-z_]+)$(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"```toml\n(?P<toml>.*?)```(?P<between>.*?)(?=```toml|\Z)", re.DOTALL)
_ROW = re.compile(r"^\| ?(.*?) ?\| (.*?) \| ?(.*?) ?\| (accepted|denied)(?: `(\w+)`)? \|$", re.MULTILINE)
_ALERT = re.compile(
    r"(?P<eth>ETH )?(?P<kind>limit )?(?P<action>[a-z]+)(?: (?P<quantity>[\d.]+%?))?(?: at (?P<price>[\d.]+))?"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `code` is what a denial must name."""

    key: str
    limits: Mapping[Scope, Mapping[str, str]]
    before: str
    alert: str
    value: str
    answer: str
    code: str

    def __str__(self) -> str:
        return f"{self.key}: {self.before}: {self.alert}"


def sections(page: str) -> dict[str, str]:
    """The text below each heading that is a key."""
    return {found["key"]: found["text"] for found in _SECTION.finditer(page)}


def rows(page: str) -> Iterator[Row]:
    for key, text in sections(page).items():
        for example in _EXAMPLE.finditer(text):
            limits = dict(_limits(tomllib.loads(example["toml"])))
            for before, alert, value, answer, code in _ROW.findall(example["between"]):
                yield Row(key, limits, before, alert, value, answer, code or key.upper())


def _limits(tree: Mapping[str, Any]) -> Iterator[tuple[Scope, dict[str, str]]]:
    """The limits of [portfolio.limits], [[accounts]] and [[strategies]] by their scope."""
    yield from _of(PORTFOLIO, tree.get("portfolio", {}))
    for account in tree.get("accounts", []):
        yield from _of(Scope(account["id"]), account)
    for strategy in tree.get("strategies", []):
        yield from _of(Scope("main", strategy["id"]), strategy)


def _of(scope: Scope, table: Mapping[str, Any]) -> Iterator[tuple[Scope, dict[str, str]]]:
    limits = dict(table.get("limits", {}))
    for row in limits.pop("symbols", []):
        yield scope._replace(symbol=row["symbol"]), {key: str(text) for key, text in row.items() if key != "symbol"}
    if limits:
        yield scope, {key: str(text) for key, text in limits.items()}


# --- doing what a row says -----------------------------------------------------------------------------------------


def play(row: Row) -> Decision:
    """What a fresh desk answers to the row's alert after all that came before."""
    desk = Desk(limits=row.limits)
    for step in filter(None, row.before.split("; ")):
        _take(desk, step)
    return desk.alert(**_alert(row.alert))


def _take(desk: Desk, step: str) -> None:
    text, _, times = step.removesuffix(" times").rpartition(", ") if step.endswith(" times") else (step, "", "1")
    for pattern, take in _STEPS.items():
        if found := re.fullmatch(pattern, text):
            for _ in range(int(times)):
                take(desk, *found.groups())
            return
    raise AssertionError(f"no such step: {step}")


def _hold(desk: Desk, eth: str | None, quantity: str, price: str) -> None:
    desk.hold(quantity, price, symbol=ETH if eth else BTC)


def _rest(desk: Desk, alert: str) -> None:
    fields = _alert(alert)
    desk.report(desk.place(**fields), "OPEN")


def _fill(desk: Desk, alert: str) -> None:
    desk.fill(desk.place(**_alert(alert)))


def _on_its_way(desk: Desk, alert: str) -> None:
    desk.place(**_alert(alert))


def _market(desk: Desk, price: str, age_s: str | None) -> None:
    desk.quote(price, age_s=age_s or "0")
    desk.mark()


def _wait(desk: Desk, seconds: str) -> None:
    desk.wait(seconds=float(seconds))


_STEPS: dict[str, Callable[..., None]] = {
    r"(ETH )?hold (-?[\d.]+) at ([\d.]+)": _hold,
    r"(.+) rests": _rest,
    r"(.+) fills": _fill,
    r"(.+) is on its way": _on_its_way,
    r"market ([\d.]+)(?:, ([\d.]+) s ago)?": _market,
    r"([\d.]+) s pass": _wait,
}


def _alert(text: str) -> dict[str, Any]:
    found = _ALERT.fullmatch(text)
    assert found, f"no such alert: {text}"
    return {
        "action": found["action"],
        "size": found["quantity"],
        "price": found["price"],
        "symbol": ETH if found["eth"] else BTC,
        "order_type": OrderType.LIMIT if found["kind"] else OrderType.MARKET,
    }


def figure(decision: Decision, code: str) -> Decimal | None:
    """What the control of that code saw; None where it saw nothing, or was not asked."""
    seen = [check.value for group in decision.checks for check in group.checks if check.code == code]
    return Decimal(str(seen[0])) if seen and seen[0] is not None else None
