"""docs/metrics.md has every metric with its labels, and none that there is not."""

import asyncio
import re
from decimal import Decimal
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from app.metrics.stages import Stage
from docs.uml.generate import ROOT
from tests.desks import desk_in
from tests.servers import bearer

PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
TOLD = {
    name: set(re.findall(r"`(\w+)`", labels))
    for name, labels in re.findall(r"^\| `(quartermaster_\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
}


async def exposed(folder: Path) -> dict[str, set[str]]:
    """Every metric of a desk to which something of everything has happened, as queries name it, with its labels."""
    async with desk_in(folder, PORTFOLIO__LIMITS__MAX_EXPOSURE="1000", PRICES__SYMBOLS="BTC/USD") as desk:
        await desk.alert(id="filled")
        await desk.alert(id="denied", quantity="5")
        await desk.alert(id="refused", action="bye")
        desk.service.quotes.put("main", "ETH/USDT:USDT", Decimal(2999), Decimal(3001))
        await desk.settled()
        await desk.get("/api/v1/prices")
        async with asyncio.timeout(10):
            while not any(seen.found for seen in desk.service.alarms.last.values()):
                await asyncio.sleep(0.01)
        text = (await desk.ask("GET", "/metrics", headers=bearer())).raw.decode()
    return {
        family.name + ("_total" if family.type == "counter" else ""): {
            label for sample in family.samples for label in sample.labels if label != "le"
        }
        for family in text_string_to_metric_families(text)
    }


async def test_every_metric_is_told_with_its_labels(tmp_path: Path) -> None:
    found = await exposed(tmp_path)
    ours = {name: labels for name, labels in found.items() if name.startswith("quartermaster_")}
    assert ours == TOLD
    assert [name for name in found if f"`{name}`" not in PAGE] == []


def test_every_stage_is_told() -> None:
    assert [stage for stage in Stage if f"`{stage}`" not in PAGE] == []


def test_every_metric_of_a_rule_exists() -> None:
    rules = PAGE.partition("groups:")[2]
    named = {re.sub(r"_bucket$", "", name) for name in re.findall(r"\b(quartermaster_\w+)", rules)}
    assert named
    assert named <= TOLD.keys()
