"""`spread`: bid and ask are so near to each other, or so far apart."""

import pytest

from portfolio.prices.screening.registry import rule_of
from tests.sights import NOW, D, found, sight, ticker

WIDE = ticker(bid="99", ask="101")


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        ("at_most=2%", True),
        ("at_most=1.99%", False),
        ("at_least=2%", True),
        ("at_least=2.01%", False),
        ("at_least=1%,at_most=3%", True),
    ],
)
def test_the_spread_is_a_share_of_the_price_between(limits: str, holds: bool) -> None:
    finding = found(rule_of(f"spread:{limits}"), sight(WIDE))
    assert (finding.figure, finding.holds, finding.says) == (D("0.02"), holds, "spread 2 %")


@pytest.mark.parametrize("sides", [{"bid": None}, {"ask": None}, {"bid": "102"}, {"bid": "0"}, {"bid": "-1"}])
def test_without_two_sides_that_can_be_true_nobody_can_say(sides: dict[str, str | None]) -> None:
    assert rule_of("spread:at_most=50%").judge(sight(ticker(**{"ask": "101", **sides}))) is None


def test_the_narrower_is_the_stronger_where_the_most_is_asked_for() -> None:
    narrow, wide = sight(ticker(bid="100", ask="101")), sight(WIDE)
    most, least = rule_of("spread:at_most=5%"), rule_of("spread:at_least=0.1%")
    assert found(most, narrow).strength > found(most, wide).strength
    assert found(least, narrow).strength < found(least, wide).strength


@pytest.mark.parametrize(
    ("limits", "why"), [("", "at_most or at_least is needed"), (":at_least=2%,at_most=1%", "no spread is both")]
)
def test_limits_that_cannot_be_met_are_refused(limits: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        rule_of(f"spread{limits}")


def test_its_ticker_is_enough() -> None:
    assert rule_of("spread:at_most=1%").needs(ticker(), NOW) == ()
