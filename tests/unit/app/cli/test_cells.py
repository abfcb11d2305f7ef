"""How single values are shown."""

from datetime import UTC, datetime

import pytest
from rich.text import Text

from app.cli import cells
from app.cli.failure import printable
from app.cli.tables import Column, print_table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.01", "0.01"),
        ("65000", "65000"),
        ("6.630237030973857315399025515162167", "6.63023703"),
        ("0.000000000012345", "0.00000000001234"),
        ("-0.3575", "-0.3575"),
        ("0", "0"),
        ("5%", "5%"),
        (None, ""),
    ],
)
def test_numbers_are_exact_up_to_eight_places(value: str | None, shown: str) -> None:
    assert cells.number(value).plain == shown


def test_a_time_of_today_is_short() -> None:
    now = datetime.now(UTC).replace(hour=7, minute=8, second=9)
    assert cells.time(now.isoformat()).plain == "07:08:09"
    assert cells.time("2026-01-02T05:04:05.678+02:00").plain == "2026-01-02 03:04"
    assert cells.precise_time("2026-01-02T05:04:05.678+02:00").plain == "03:04:05.678"


def test_the_first_reason_stands_for_all() -> None:
    assert cells.codes([{"code": "HALTED"}, {"code": "REDUCING"}, {"code": "X"}]).plain == "HALTED +2"
    assert cells.codes([]).plain == ""


def test_nothing_in_an_alert_can_steer_a_terminal() -> None:
    assert printable("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert cells.text("\x07[red]x").plain == "\\x07[red]x"


WIDE = (Column("id", "id"), Column("more", "more", drop=1), Column("least", "least", drop=2))


def test_a_narrow_screen_goes_without_the_least_needed_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [{"id": "x" * 20, "more": "y" * 20, "least": "z" * 20}]
    shown = {}
    for width in (80, 50, 30):
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(WIDE, items)
        shown[width] = capsys.readouterr().out.split()[: len(WIDE)]
    assert shown[80] == ["id", "more", "least"]
    assert shown[50] == ["id", "more", "x" * 20]
    assert shown[30] == ["id", "x" * 20]


def test_what_is_piped_has_no_colours_and_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    def red(value: object) -> Text:
        return Text(str(value), "red")

    print_table((*WIDE, Column("state", "id", red)), [{"id": "x" * 25, "more": "y" * 25, "least": "z" * 25}])
    out = capsys.readouterr().out
    assert "least" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("wallets", "shown"),
    [({"USDT": "9.5", "BTC": "1"}, "9.5 USDT, 1 BTC"), ({}, ""), (None, ""), ("junk", "")],
)
def test_wallets_are_shown_with_their_currencies(wallets: object, shown: str) -> None:
    assert cells.coins(wallets).plain == shown
