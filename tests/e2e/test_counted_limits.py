"""What limits have counted is there after a kill -9, in a process of its own, and a tripped throttle stays tripped."""

from pathlib import Path

import pytest

from tests.servers import Server, eventually, running

LIMITS = "ACCOUNTS__MAIN__LIMITS__"


def codes(server: Server, **alert: str) -> list[str]:
    return [reason["code"] for reason in server.alert(**alert).json["reasons"]]


def fill(server: Server, **alert: str) -> None:
    """The alert's order has been filled, and nothing is in flight."""
    before = server.count("fills")
    assert server.alert(**alert).status == 202
    eventually(lambda: server.count("fills") > before)


def kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MAX_ORDERS_PER_MINUTE", "2"),
        ("MAX_ORDERS_PER_DAY", "2"),
        ("MAX_ENTRIES", "2"),
        ("MAX_OPEN_NOTIONAL", "1500"),
        ("MAX_CONCENTRATION", "15%"),
    ],
)
def test_a_limit_that_is_used_up_is_used_up_after_a_kill(tmp_path: Path, key: str, value: str) -> None:
    """Two entries rest; no price reaches them."""
    with running(tmp_path, **{LIMITS + key: value}) as server:
        for number in range(2):
            assert server.alert(id=f"{number}", order_type="limit").status == 202
        kill_and_start(server)
        assert codes(server, id="one too many", order_type="limit") == [key]


def test_a_cooldown_lasts_over_a_kill(tmp_path: Path) -> None:
    with running(tmp_path, **{LIMITS + "COOLDOWN_S": "3600"}) as server:
        fill(server, id="first")
        kill_and_start(server)
        assert codes(server, id="second") == ["COOLDOWN_S"]
        assert codes(server, id="third", action="close") == []


def test_a_throttled_strategy_is_resumed_by_a_person_alone(tmp_path: Path) -> None:
    with running(tmp_path, STRATEGIES__FOLLOW__LIMITS__REPEAT_THROTTLE="2/3600s") as server:
        fill(server, id="1")
        fill(server, id="2")
        assert codes(server, id="3") == ["REPEAT_THROTTLE"]
        kill_and_start(server)
        assert codes(server, id="4") == ["REDUCING", "REPEAT_THROTTLE"]
        fill(server, id="5", action="close", quantity="0.01")
        (throttled,) = [e for e in server.get("events?limit=100")["items"] if e["kind"] == "StrategyThrottled"]
        assert throttled["strategy"] == "follow"
        assert server.post("resume", account="main", strategy="follow").status == 200
        fill(server, id="6")
