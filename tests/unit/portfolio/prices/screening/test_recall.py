"""Each match is told once, until it has ended."""

from datetime import timedelta

from portfolio.prices.screening.recall import Recall
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.screen import Match
from tests.sights import NOW, found, sight, ticker

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AVAX, SOL = (
    Match(ticker(symbol), (found(rule_of("change:at_least=1%"), sight(ticker(symbol))),))
    for symbol in ("AVAX/USDT", "SOL/USDT")
)
PLACE = ("binance", "AVAX/USDT")


def test_a_first_match_is_news_and_then_no_more() -> None:
    recall = Recall(HOUR)
    assert recall.news([AVAX], [], NOW) == [AVAX]
    assert recall.news([AVAX, SOL], [], NOW + 5 * HOUR) == [SOL]


def test_a_match_that_had_ended_is_news_again_after_a_while() -> None:
    recall = Recall(HOUR)
    recall.news([AVAX], [], NOW)
    recall.news([], [PLACE], NOW + MINUTE)
    assert recall.news([AVAX], [], NOW + 59 * MINUTE) == []
    assert recall.news([AVAX], [], NOW + 60 * MINUTE) == [AVAX]
    assert recall.news([AVAX], [], NOW + 5 * HOUR) == []


def test_what_could_not_be_judged_has_not_ended() -> None:
    recall = Recall(HOUR)
    recall.news([AVAX], [], NOW)
    recall.news([], [], NOW + MINUTE)
    assert recall.news([AVAX], [], NOW + 2 * HOUR) == []


def test_what_was_told_before_a_restart_is_not_told_again() -> None:
    recall = Recall(HOUR, [(PLACE, NOW - 5 * HOUR), (PLACE, NOW), (PLACE, NOW - HOUR)])
    assert recall.news([AVAX, SOL], [], NOW + 2 * HOUR) == [SOL]
    recall.news([SOL], [PLACE], NOW + 2 * HOUR)
    assert recall.news([AVAX], [], NOW + 3 * HOUR) == [AVAX]


def test_a_match_that_ends_while_nothing_was_told_of_it_is_forgotten() -> None:
    recall = Recall(HOUR)
    recall.news([], [PLACE], NOW)
    assert recall.news([AVAX], [], NOW) == [AVAX]
