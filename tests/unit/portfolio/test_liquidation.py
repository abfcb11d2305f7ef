"""The mark at which an account's position would be closed by its venue."""

from decimal import Decimal

from portfolio.liquidation import liquidation_price
from tests.fakes import BTC, ETH, INVERSE, SPOT, Desk, account, instrument, strategy

D = Decimal
TERMS = {symbol: instrument(symbol, maintenance_margin="0.005") for symbol in (BTC, ETH, INVERSE, SPOT)}


def desk(balances: dict[str, str], *strategies: str) -> Desk:
    own = account(instruments=TERMS, balances={currency: D(amount) for currency, amount in balances.items()})
    return Desk(own, *(strategy(name, shared=True) for name in strategies))


def price(of: Desk, symbol: str = BTC) -> Decimal | None:
    found = liquidation_price(of.book, "main", symbol)
    return found.quantize(D("0.00001")) if found is not None else None


def test_a_long_goes_below_its_entry_and_a_short_above() -> None:
    long, short = desk({"USDT": "200"}), desk({"USDT": "200"})
    long.hold("10")
    short.hold("-10")
    assert (price(long), price(short)) == (D("80.40201"), D("119.40299"))


def test_what_is_fully_paid_for_is_never_liquidated() -> None:
    long = desk({"USDT": "1000"})
    long.hold("10")
    assert price(long) is None


def test_spot_and_what_is_not_held_have_none() -> None:
    coins = desk({"USDT": "200"})
    coins.hold("1", symbol=SPOT)
    assert (price(coins, SPOT), price(coins)) == (None, None)


def test_other_contracts_of_the_currency_count_at_their_marks() -> None:
    """200 - 50 of loss - 1 x 0.25 of maintenance: the same as a wallet of 149.75."""
    both, alone = desk({"USDT": "200"}), desk({"USDT": "149.75"})
    both.hold("10")
    both.hold("1", symbol=ETH)
    both.mark("50", ETH)
    alone.hold("10")
    assert price(both) == price(alone)


def test_other_currencies_do_not_count() -> None:
    rich = desk({"USDT": "200", "BTC": "50"})
    rich.hold("10")
    rich.hold("100", symbol=INVERSE)
    assert price(rich) == D("80.40201")


def test_what_strategies_hold_apart_is_liquidated_together() -> None:
    """Net long 4 at a cost of 1000 - 660: what the opposite sides have locked in is a profit of 60."""
    shared, single = desk({"USDT": "120"}, "follow", "other"), desk({"USDT": "180"})
    shared.hold("10")
    shared.hold("-6", "110", strategy="other")
    single.hold("4")
    assert price(shared) == price(single)
