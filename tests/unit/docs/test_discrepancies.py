"""docs/discrepancies.md: its example is what the code makes of its quotes, and its labels are all there."""

import re
import tomllib
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.cli.discrepancy_tables import print_discrepancies
from app.cli.request import answer_of
from app.codec import to_json
from app.prices.comparing import Comparison
from app.prices.discrepancy_items import discrepancies_answer
from app.prices.reaching import terms_of
from app.prices.view import View
from app.settings.prices import PriceSettings
from docs.uml.generate import ROOT
from portfolio.prices.alarm import Alarm
from portfolio.prices.arming import Arm, Ended, Thresholds
from portfolio.prices.depth import Depth, Level
from portfolio.prices.differing import differing
from portfolio.prices.discrepancy import AtSize, Discrepancy
from portfolio.prices.labels import LabelCode, crossed, source_down, stale
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.weighing import weighed
from tests.unit.portfolio.prices.desk import NOW_S, START, Venues

D = Decimal
PAGE = (ROOT / "docs/discrepancies.md").read_text(encoding="utf-8")
SETTINGS = PriceSettings.model_validate(tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])["prices"])
KEY = ("BTC/USD", "kraken", "binance")
TIMES = "\N{MULTIPLICATION SIGN}"
TICK = D("0.01")
"""How far the side that the page leaves out is from the one that it shows."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table with that heading, row by row."""
    table = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


QUOTES = rows("venue | market | side | price | quantity")
STEPS = {step: (reckoning.strip("`"), figure) for step, reckoning, figure in rows("step | reckoning | figure")}
LABELS = {code.strip("`"): reason for code, reason, _ in rows("label | the reason, for example | when")}
LOOKS = rows("time | net at size | told | why")


def side(venue: str, market: str, name: str) -> list[Level]:
    told = [(D(price), D(quantity or 1)) for *where, price, quantity in QUOTES if where == [venue, market, name]]
    assert told, (venue, market, name)
    return [Level(price, quantity) for price, quantity in told]


def venues() -> Venues:
    rate = [str(side("kraken", "USDT/USD", name)[0].price) for name in ("bid", "ask")]
    ask, bid = side("kraken", "BTC/USD", "ask")[0].price, side("binance", "BTC/USDT", "bid")[0].price
    says = Venues(terms_of(SETTINGS)).says("kraken", "USDT/USD", *rate)
    says.says("kraken", "BTC/USD", str(ask - TICK), str(ask), fee="0.004")
    return says.says("binance", "BTC/USDT", str(bid), str(bid + TICK), fee="0.001")


def books() -> tuple[Depth, Depth]:
    asks, bids = side("kraken", "BTC/USD", "ask"), side("binance", "BTC/USDT", "bid")
    under, over = Level(asks[0].price - TICK, D(1)), Level(bids[0].price + TICK, D(1))
    return (
        Depth(venue="kraken", symbol="BTC/USD", received_s=NOW_S, bids=(under,), asks=tuple(asks)),
        Depth(venue="binance", symbol="BTC/USDT", received_s=NOW_S, bids=tuple(bids), asks=(over,)),
    )


def size_of(money: Decimal) -> Decimal:
    size = venues().glance().amount(money, "USDT", "BTC/USD")
    assert size is not None
    return size


def example(money: Decimal = SETTINGS.discrepancies.size) -> Discrepancy:
    said = venues()
    offered = said.offers("BTC/USD", SETTINGS.venues)
    (found,) = [pair for pair in differing(offered, said.terms) if pair.key == KEY]
    return weighed(found, *books(), size_of(money), said.terms, NOW_S)


def at_size(found: Discrepancy) -> AtSize:
    assert found.at_size is not None
    return found.at_size


def by_the_code() -> dict[str, Decimal]:
    found = example()
    borne, rate = at_size(found), found.sell.rate
    assert rate is not None
    return {
        "Binance's best bid in USD": found.gap.bid,
        "its second": rate.bids(side("binance", "BTC/USDT", "bid")[1].price),
        "gross, at the best prices": found.gap.gross,
        "net, at the best prices": found.gap.net,
        "the size in USD": borne.size,
        "what it buys, in BTC": borne.quantity,
        "paid, before the fee": borne.paid,
        "bought at, on average": borne.buy_price,
        "received, before the fee": borne.received,
        "sold at, on average": borne.sell_price,
        "gross at size": borne.gross,
        "net at size": borne.net,
        "profit, in USD": borne.profit,
    }


def shown(number: Decimal, like: str) -> Decimal:
    """As the page shows it: in percent or not, to as many places."""
    value = number * 100 if like.endswith("%") else number
    figure = D(like.removesuffix("%").strip())
    return round(value, -int(figure.as_tuple().exponent))


def reckoned(text: str) -> Decimal:
    """What the page's own reckoning comes to."""
    assert re.fullmatch(rf"[\d.{TIMES}/()+\- ]+", text), text
    exact = re.sub(r"\d+(\.\d+)?", lambda found: f"D('{found[0]}')", text.replace(TIMES, "*"))
    return Decimal(eval(exact, {"D": D}))


def test_every_step_is_shown_in_the_order_in_which_the_code_goes() -> None:
    assert list(STEPS) == list(by_the_code())


@pytest.mark.parametrize("step", STEPS)
def test_a_figure_is_what_the_code_computes_and_what_its_reckoning_says(step: str) -> None:
    reckoning, figure = STEPS[step]
    expected = D(figure.removesuffix("%").strip())
    assert shown(by_the_code()[step], figure) == expected
    assert shown(reckoned(reckoning), figure) == expected


def test_the_command_prints_the_line_that_the_page_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    found = example()
    offered = venues().offers("BTC/USD", SETTINGS.venues)
    compared = Comparison(offers=offered, found=(found,), size=at_size(found).size)
    view = View(offers=(offered,), states=(), now_s=NOW_S, is_complete=True)
    told = discrepancies_answer([compared], view, SETTINGS.discrepancies.size, "USDT", {}, START)
    answer = answer_of(200, "application/json", to_json(told))
    assert answer is not None

    print_discrepancies(answer.data)

    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert f"$ quartermaster discrepancies BTC/USD\n{printed}\n```" in PAGE
    assert found.is_opportunity


def test_a_size_that_the_books_do_not_bear_is_told_as_on_the_page() -> None:
    (label,) = example(D(100000)).labels
    assert label.code is LabelCode.THIN
    assert label.reason == LABELS["THIN"]
    assert f'"{label.reason}"' in " ".join(PAGE.split())


def test_what_the_conversion_leaves_out_is_what_the_page_says() -> None:
    borne = at_size(example())
    left = borne.received * (1 - D("0.001"))
    assert f"{left:,.2f} USD were received" in " ".join(PAGE.split())
    assert f"costs {left * D('0.0025'):.2f} of the" in PAGE


def test_every_label_is_told() -> None:
    assert sorted(LABELS) == sorted(LabelCode)


def test_the_reasons_are_those_of_the_code() -> None:
    down = SourceState(
        venue="okx", status=SourceStatus.TIMED_OUT, detail="no answer within 5 s", at_s=NOW_S - 12, next_try_s=NOW_S + 4
    )
    assert LABELS["SOURCE_DOWN"] == source_down(down, NOW_S).reason
    assert LABELS["STALE"] == stale(14.2, 10.0).reason
    assert LABELS["CROSSED"] == crossed(D(64010), D(64000)).reason
    alone = Venues().says("binance", "BTC/USDT", "1", "2").lists("kraken", "ETH/USD")
    assert LABELS["NO_RATE"] == alone.row("BTC/USD", "binance").labels[0].reason
    listed = Venues().lists("binance", "ETH/USD").lists("kraken", "BTC/USD")
    assert LABELS["NOT_LISTED"] == listed.row("BTC/USD", "binance").labels[0].reason
    assert LABELS["NO_PRICE"] == listed.row("BTC/USD", "kraken").labels[0].reason
    one = Venues().says("kraken", "BTC/USD", None, "2")
    assert LABELS["ONE_SIDED"] == one.row("BTC/USD", "kraken").labels[0].reason
    odd = Venues().says("kraken", "BTC/USD", "63995", "64005").says("binance", "BTC/USD", "73595", "73605")
    assert LABELS["ABSURD"] == odd.row("BTC/USD", "binance").labels[0].reason
    rests = Venues().says("binance", "BTC/USD", "1", "2", age_s=300).says("kraken", "BTC/USD", "1", "2", age_s=300)
    rests.says("kraken", "BTC/USD", "1.1", "2").says("binance", "BTC/USD", "1", "2")
    assert LABELS["FROZEN"] == rests.row("BTC/USD", "binance").labels[0].reason
    named = Venues().says("binance", "LUNA/USD", "1", "2", name="Terra Classic")
    named.says("kraken", "LUNA/USD", "1", "2", name="Terra")
    assert LABELS["OTHER_ASSET"] == named.row("LUNA/USD", "kraken").labels[0].reason


def thresholds() -> Thresholds:
    rules = SETTINGS.discrepancies
    cooldown = timedelta(seconds=float(rules.cooldown_s))
    return Thresholds(alert_above=rules.alert_above, rearm_below=rules.rearm_below, cooldown=cooldown)


def test_the_looks_of_the_page_tell_what_the_page_says() -> None:
    arm, told = Arm(), []
    for clock, net, *_ in LOOKS:
        now = datetime.combine(START.date(), time.fromisoformat(clock), UTC)
        figure = D(net.removesuffix("%").strip()) / 100 if net.endswith("%") else None
        arm, turn = arm.seen(KEY, figure, thresholds(), now)
        if isinstance(turn, Ended):
            lasted_s = round((turn.at - turn.opened_at).total_seconds())
            told.append(f"`DiscrepancyEnded` `{turn.cause}` {turn.peak * 100:.2f} % {lasted_s} s")
        else:
            told.append("`DiscrepancyFound`" if turn else "")
    assert told == [row[2] for row in LOOKS]


def test_the_example_itself_is_told() -> None:
    said = venues()
    (turn,) = Alarm(thresholds()).look(said.offers("BTC/USD", SETTINGS.venues), [example()], START)
    assert (turn.key, shown(turn.net, "0.00 %")) == (KEY, D("1.03"))  # type: ignore[union-attr]
