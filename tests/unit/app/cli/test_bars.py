"""`quartermaster limits`: how full each limit is, at a glance."""

from decimal import Decimal
from typing import Any

import pytest

from app.cli.bars import bar, print_limits
from app.cli.request import Answer


def item(code: str, value: str | None, most: str, share: str | None, **fields: Any) -> dict[str, Any]:
    use = {"value": value, "most": most, "share": share, "symbol": None, "exceeded": False}
    known = {"code": code, "scope": "portfolio", "limit": most, "state": "ACTIVE", "tripped": False}
    return {**known, "use": use if value or share else None, **fields}


def shown(capsys: pytest.CaptureFixture[str], *items: dict[str, Any]) -> list[str]:
    print_limits(Answer(200, b"", {"items": list(items), "next": None}))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("share", "exceeded", "drawn", "colour"),
    [
        ("0", False, ".....................", "green"),
        ("0.001", False, "#....................", "green"),
        ("0.5", False, "##########...........", "yellow"),
        ("0.79", False, "###############......", "yellow"),
        ("0.8", False, "################.....", "bold red"),
        ("1", False, "####################", "bold red"),
        ("7", True, "####################", "bold red"),
        (None, True, "####################", "bold red"),
        (None, False, ".....................", "green"),
    ],
)
def test_a_bar_in_a_pipe_is_plain_text(share: str | None, exceeded: bool, drawn: str, colour: str) -> None:
    found = bar(Decimal(share) if share else None, exceeded=exceeded)
    assert found.plain == drawn[:20]
    assert found.style == colour


def test_the_fullest_comes_first_and_those_without_a_use_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(
        capsys,
        item("PRICE_COLLAR", None, "0.01", None),
        item("MAX_EXPOSURE", "3200", "10000", "0.3200"),
        item("MAX_POSITION", "4500", "5000", "0.9000"),
        item("MAX_LEVERAGE", None, "2", None, use={"value": None, "most": "2", "share": None, "exceeded": True}),
    )
    assert [line.split()[1] for line in lines[1:]] == ["MAX_LEVERAGE", "MAX_POSITION", "MAX_EXPOSURE", "PRICE_COLLAR"]
    assert "over" in lines[1]
    assert lines[2].split()[2:] == ["##################..", "90%", "4500", "5000"]
    assert lines[4].split() == ["portfolio", "PRICE_COLLAR", "0.01"]


def test_less_than_one_per_cent_is_not_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, item("MAX_EXPOSURE", "1", "10000", "0.0001"), item("MAX_DRAWDOWN", "0", "5", "0.0000"))
    assert "<1%" in lines[1]
    assert " 0%" in lines[2]


def test_what_tripped_is_marked_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    tripped = item("MAX_DAILY_LOSS", "600", "500", "1.2000", state="REDUCING", tripped=True)
    tripped["use"]["exceeded"] = True
    lines = shown(capsys, tripped, item("MAX_EXPOSURE", "1", "2", "0.5000", state="REDUCING"))
    assert lines[1].endswith("REDUCING*")
    assert "120% over" in lines[1]
    assert lines[2].rstrip().endswith("REDUCING")
    assert "resume" in lines[3]


def test_on_a_narrow_screen_the_figures_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = shown(capsys, item("MAX_ORDER_NOTIONAL", "4500.25", "5000", "0.9000", state="HALTED"))
    assert max(map(len, lines)) <= 60
    assert all(part in lines[1] for part in ("90%", "4500.25", "5000"))
    monkeypatch.setenv("COLUMNS", "80")
    assert "#########." in shown(capsys, item("MAX_ORDER_NOTIONAL", "4500", "5000", "0.9000"))[1]


def test_no_limits_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == ["no limits"]
