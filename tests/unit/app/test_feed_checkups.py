"""Feeds asked before anything is traded."""

import asyncio
from decimal import Decimal
from pathlib import Path

from app.checkups import Findings
from app.feed_checkups import check_up_feeds
from app.prices.desk import PriceDesk
from app.settings import Settings
from portfolio.prices.source import SourceStatus
from tests.prices import FakeVenue, world
from tests.unit.app.test_feeds import load


def found(settings: Settings, venue: FakeVenue) -> Findings:
    desk = PriceDesk(settings.prices, world(venue).open, also=("binance",))
    (findings,) = asyncio.run(check_up_feeds(settings, desk))
    return findings


def binance(**prices: tuple[str | None, str | None]) -> FakeVenue:
    known = {f"{base}/USDT": quote for base, quote in prices.items()}
    return FakeVenue("binance", known, market_terms={"lot": Decimal(1), "tick": Decimal(1)})


def test_a_feed_that_answers_says_what_it_trades_and_at_what_price(tmp_path: Path) -> None:
    findings = found(load(tmp_path, "BTC/USDT", "PEPE/USDT"), binance(BTC=("64000", "64001"), PEPE=("1", "2")))
    assert findings.place == "paper, at the prices of binance"
    assert findings.facts[0] == "reachable, has 2 markets"
    assert [fact.split(",")[0] for fact in findings.facts[1:]] == ["BTC/USDT 64000 / 64001", "PEPE/USDT 1 / 2"]
    assert (findings.warnings, findings.faults) == ((), ())


def test_what_it_has_not_is_a_fault_with_the_nearest(tmp_path: Path) -> None:
    findings = found(load(tmp_path, "PEPPE/USDT"), binance(PEPE=("1", "2")))
    assert findings.faults == ("has no PEPPE/USDT; the nearest it has: PEPE/USDT",)


def test_what_nobody_says_how_to_trade_is_a_fault(tmp_path: Path) -> None:
    venue = FakeVenue("binance", {"PEPE/USDT": ("1", "2")})
    assert found(load(tmp_path, "PEPE/USDT"), venue).faults == (
        "does not tell the lot and tick of PEPE/USDT: add them as [[accounts.instruments]]",
    )


def test_a_market_without_both_sides_is_a_warning(tmp_path: Path) -> None:
    findings = found(load(tmp_path, "BTC/USDT", "PEPE/USDT"), binance(BTC=("64000", None), PEPE=("1", "2")))
    assert findings.warnings == ("tells no bid and ask of BTC/USDT now: nothing is opened there without",)


def test_a_feed_that_does_not_answer_is_a_fault_with_its_own_word(tmp_path: Path) -> None:
    venue = FakeVenue("binance", {"BTC/USDT": ("1", "2")}, trouble=SourceStatus.UNREACHABLE)
    (fault,) = found(load(tmp_path, "BTC/USDT"), venue).faults
    assert fault.startswith("tells nothing: UNREACHABLE")
