"""What Prometheus sees: counts for everybody, money for those who may see it."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.desks import Desk, desk_in
from tests.servers import BTC, SECRET, TOKEN, bearer

MONEY = ("equity", "balance", "exposure", "limit")
LIMITED = {"PORTFOLIO__LIMITS__MAX_EXPOSURE": "2000", "ACCOUNTS__MAIN__LIMITS__MAX_DAILY_LOSS": "5%"}


async def metrics(desk: Desk, **headers: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values in the order of their names."""
    answer = await desk.ask("GET", "/metrics", headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return {
        (sample.name.removeprefix("quartermaster_"), *(sample.labels[name] for name in sorted(sample.labels))): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.raw.decode())
        for sample in family.samples
    }


async def test_what_happened_is_counted(tmp_path: Path):
    async with desk_in(tmp_path, **LIMITED) as desk:
        await desk.alert(id="filled")
        await desk.alert(id="filled")
        await desk.alert(id="filled", quantity="0.02")
        await desk.alert(id="denied", quantity="5")
        await desk.alert(id="plain", qty="0.001", quantity=None)
        await desk.alert(id="refused", action="bye")
        await desk.alert(id="nothing", symbol="SOL/USDT:USDT", action="close", quantity=None, price="150")
        await desk.ask("POST", "/webhook", b"{}")
        await desk.get("/api/v1/orders/none")
        await desk.get("/nowhere")
        await desk.settled()
        found = await metrics(desk)
    signals = {key[:0:-1]: value for key, value in found.items() if key[0] == "signals_total" and value}
    assert signals == {
        ("accepted", "canonical"): 1,
        ("repeated", "canonical"): 1,
        ("conflicted", "canonical"): 1,
        ("denied", "canonical"): 1,
        ("accepted", "plain"): 1,
        ("ignored", "canonical"): 1,
        ("refused", ""): 2,
    }
    assert found["denials_total", "MAX_EXPOSURE", "denied"] == 1
    assert found["denials_total", "NOTHING_TO_CLOSE", "ignored"] == 1
    assert found["refusals_total", "UNAUTHORIZED", "webhook", "401"] == 1
    assert found["refusals_total", "ID_CONFLICT", "webhook", "409"] == 1
    assert found["refusals_total", "UNKNOWN_ORDER", "api", "404"] == 1
    assert found["refusals_total", "NOT_FOUND", "other", "404"] == 1
    assert (found["orders_total", "PENDING"], found["orders_total", "FILLED"]) == (2, 2)
    assert found["orders_total", "DENIED"] == 1
    assert found["fills_total", "main"] == 2
    assert found["events_total", "SignalRepeated"] == 1
    assert found["stage_seconds_count", "received_to_answered"] == 6
    assert found["stage_seconds_count", "sent_to_reported"] == 2
    assert found["send_seconds_count", "main"] == 2
    assert found["batch_size_count",] >= 6


async def test_money_is_told_to_the_bearer_of_the_token_only(tmp_path: Path):
    async with desk_in(tmp_path, **LIMITED) as desk:
        await desk.alert(id="held")
        await desk.settled()
        closed, opened = await metrics(desk), await metrics(desk, **bearer())
        wrong = await desk.ask("GET", "/metrics", headers=bearer("wrong"))
    assert not [name for name, *_ in closed if name.startswith(MONEY)]
    assert closed.keys() < opened.keys()
    assert (wrong.status, wrong.json["code"]) == (401, "UNAUTHORIZED")
    assert opened["exposure", "gross", "account main"] == 650
    assert opened["limit", "max_exposure", "portfolio"] == 2000
    assert opened["limit_used", "max_exposure", "portfolio"] == 650
    assert opened["limit", "max_daily_loss", "account main"] == 500
    assert opened["limit_used", "max_daily_loss", "account main"] == pytest.approx(0.3575)
    assert opened["equity", "portfolio"] == opened["balance", "main", "USDT"] == pytest.approx(9999.6425)


async def test_money_is_told_to_all_where_the_configuration_says_so(tmp_path: Path):
    async with desk_in(tmp_path, SERVER__OPEN_METRICS="true") as desk:
        assert (await metrics(desk))["equity", "portfolio"] == 10_000


async def test_a_halt_shows(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        assert (await metrics(desk))["trading_state", "account main", "ACTIVE"] == 1
        await desk.ask("POST", "/api/v1/halt", b'{"account": "main"}', bearer())
        found = await metrics(desk)
    assert found["trading_state", "account main", "HALTED"] == 1
    assert found["trading_state", "account main", "ACTIVE"] == 0
    assert found["trading_state", "portfolio", "ACTIVE"] == 1
    assert found["ready",] == found["storing",] == found["account_reconciled", "main"] == 1


async def test_no_secret_is_in_it(tmp_path: Path):
    async with desk_in(tmp_path) as desk:
        await desk.alert(id=SECRET, comment=TOKEN, action=SECRET)
        await desk.ask("POST", f"/webhook/{SECRET}x", b"{}")
        await desk.ask("GET", f"/{TOKEN}/{SECRET}")
        shown = (await desk.ask("GET", "/metrics", headers=bearer())).raw.decode()
    assert SECRET not in shown
    assert TOKEN not in shown
    assert BTC not in shown


async def test_two_desks_in_one_process_count_for_themselves(tmp_path: Path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with desk_in(tmp_path / "one") as one, desk_in(tmp_path / "other") as other:
        await one.alert(id="only here")
        assert (await metrics(one))["signals_total", "canonical", "accepted"] == 1
        assert (await metrics(other))["signals_total", "canonical", "accepted"] == 0
