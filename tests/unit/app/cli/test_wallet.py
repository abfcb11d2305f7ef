"""`quartermaster wallet` in words: what is shown, what goes to standard error, and how it ends."""

import json
from pathlib import Path

import pytest

from app.cli.main import app
from portfolio.prices.source import SourceStatus
from tests.prices import FakeVenue, World, world
from tests.servers import CONFIGURATION, SECRET, TOKEN


def use(monkeypatch: pytest.MonkeyPatch, known: World) -> World:
    async def load() -> object:
        return known.open

    monkeypatch.setattr("app.prices.desk.load_feed", load)
    return known


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """A desk with 10,000 USDT, half a bitcoin and something nobody knows; two venues answer and one is down."""
    text = CONFIGURATION.format(port=9, token=TOKEN, secret=SECRET)
    held = text.replace('{ USDT = "10000" }', '{ USDT = "10000", BTC = "0.5", DUST = "7" }')
    path = tmp_path / "quartermaster.toml"
    path.write_text(held + "[prices.wallet]\nsnapshot_every_h = 0\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.chdir(tmp_path)
    prices = {"BTC/USDT": ("63999", "64001"), "EUR/USDT": ("1.2499", "1.2501")}
    return use(
        monkeypatch,
        world(
            FakeVenue("binance", dict(prices)),
            FakeVenue("coinbase", {}),
            FakeVenue("kraken", trouble=SourceStatus.TIMED_OUT),
        ),
    )


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["wallet", *words])
    return int(ended.value.code or 0)


def test_what_is_owned_is_shown_with_what_it_is_worth_and_by_whose_price(
    places: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--snapshot") == 0
    told = capsys.readouterr()

    lines = [line.split() for line in told.out.splitlines()]
    assert lines[0] == ["worth", "42000", "USDT", "unrealised", "0"]
    assert told.out.splitlines()[1] == "no snapshot yet, so no change to tell"
    assert lines[4][:8] == ["main", "BTC", "0.5", "0.5", "64000", "32000", "76.2", "%"]
    assert lines[4][8:10] == ["BTC/USDT", "binance"]
    assert lines[5][:8] == ["main", "USDT", "10000", "10000", "1", "10000", "23.8", "%"]
    assert lines[6] == ["main", "DUST", "7", "7"]
    assert told.err.splitlines() == [
        "quartermaster: kraken: TIMED_OUT: as told",
        "quartermaster: DUST: nobody quotes DUST/USDT or USDT/DUST, nor is there a bridge over USDT, USD, USDC, BTC, "
        "EUR, ETH",
    ]


def test_the_next_time_it_tells_what_has_changed(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    run("--snapshot")
    capsys.readouterr()
    places.places["binance"].prices["BTC/USDT"] = ("59999", "60001")

    assert run() == 0
    line = capsys.readouterr().out.splitlines()[1]

    assert line.startswith("-2000 since ")
    assert line.endswith("UTC (-4.76 %) without DUST")


def test_the_answer_of_the_api_can_be_printed_as_it_is(places: World, capsys: pytest.CaptureFixture[str]) -> None:
    run("--snapshot")
    capsys.readouterr()

    assert run("--in", "eur", "--account", "main", "--json") == 0
    told = json.loads(capsys.readouterr().out)

    assert (told["currency"], [item["currency"] for item in told["items"]]) == ("EUR", ["BTC", "USDT", "DUST"])
    assert [step["market"] for step in told["items"][0]["path"]] == ["BTC/USDT", "EUR/USDT"]


def test_where_nothing_can_be_priced_it_fails(
    places: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--snapshot")
    names = ("binance", "coinbase", "kraken")
    use(monkeypatch, world(*(FakeVenue(name, trouble=SourceStatus.UNREACHABLE) for name in names)))
    capsys.readouterr()

    assert run("--in", "EUR") == 1
    told = capsys.readouterr()

    assert "nobody quotes what the last snapshot was in EUR" not in told.out
    assert [line for line in told.err.splitlines() if "UNREACHABLE" in line] == [
        f"quartermaster: {name}: UNREACHABLE: as told" for name in names
    ]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--in", "E/R"], 2, 'quartermaster: --in: expected a currency such as EUR (got "E/R")'),
        (["--in", "EURO"], 1, 'quartermaster: currency: no venue has a market in EURO (got "EURO")'),
        (["--account", "nobody"], 1, 'quartermaster: account: is not known; known: main (got "nobody")'),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    places: World, capsys: pytest.CaptureFixture[str], words: list[str], code: int, line: str
) -> None:
    run("--snapshot")
    capsys.readouterr()

    assert run(*words) == code
    assert capsys.readouterr().err.splitlines() == [line]
