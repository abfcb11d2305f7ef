"""What the accounts own: free, locked in orders and margin, and not yet realised."""

from decimal import Decimal

from portfolio.book import Book
from portfolio.model.account import Wallet
from portfolio.model.command import Envelope, FinishReconciliation, TakeWalletSnapshot
from portfolio.model.order import PriceSource
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.venue import Balance
from portfolio.model.worth import AssetWorth, WalletPart, WalletSnapshot
from portfolio.owning import owned_by
from tests.fakes import COIN, INVERSE, NOW, SPOT, Desk, account, instrument

D = Decimal


def spot_desk() -> Desk:
    """10,000 USDT and 2 BTC on spot."""
    return Desk(account(instruments={SPOT: instrument(SPOT)}, balances={"USDT": D(10_000), "BTC": D(2)}))


def parts(book: Book, name: str = "main") -> dict[str, WalletPart]:
    return {part.currency: part for part in owned_by(book, [name])}


def figures(part: WalletPart) -> tuple[Decimal, ...]:
    return part.total, part.in_orders, part.in_margin, part.free, part.unrealised


def test_a_balance_that_nothing_ties_up_is_free() -> None:
    assert figures(parts(spot_desk().book)["USDT"]) == (10_000, 0, 0, 10_000, 0)


def test_a_resting_buy_locks_what_it_may_cost() -> None:
    """3 at 100 are 300."""
    desk = spot_desk()
    desk.rest("buy", "3", price="100", symbol=SPOT)

    assert figures(parts(desk.book)["USDT"]) == (10_000, 300, 0, 9_700, 0)


def test_a_resting_sell_locks_the_coins() -> None:
    desk = spot_desk()
    desk.hold("1", price="100", symbol=SPOT)
    desk.rest("sell", "0.4", price="120", symbol=SPOT)

    assert figures(parts(desk.book)["BTC"]) == (3, D("0.4"), 0, D("2.6"), 0)


def test_orders_lock_no_more_than_there_is() -> None:
    desk = spot_desk()
    desk.rest("buy", "99", price="100", symbol=SPOT)
    desk.book.wallets.put(Wallet("main", "USDT"), D(500))

    assert figures(parts(desk.book)["USDT"]) == (500, 500, 0, 0, 0)


def test_contracts_tie_up_margin_and_have_a_profit_that_is_no_balance_yet() -> None:
    """10 contracts held at 100 and marked at 110 are 1,100, of which a tenth is margin; 100 are not realised."""
    desk = Desk()
    desk.hold("10")
    desk.mark("110")

    part = parts(desk.book)["USDT"]

    assert figures(part) == (10_000, 0, 110, 9_890, 100)
    assert part.owned == 10_100


def test_a_loss_that_is_not_realised_is_told_as_one() -> None:
    desk = Desk()
    desk.hold("-10")
    desk.mark("110")

    assert parts(desk.book)["USDT"].unrealised == -100


def test_margin_in_a_currency_without_a_balance_is_told_too() -> None:
    book = Desk().book
    book.positions.put(Key("main", "follow", COIN), Position(quantity=D(10), cost=D(1000)))
    book.marks.put(("main", COIN), MarkPrice(D(120), PriceSource.QUOTE, NOW))

    assert figures(parts(book)["EUR"]) == (0, 0, 120, 0, 200)


def test_inverse_contracts_are_margined_in_the_coin() -> None:
    desk = Desk(account(instruments={INVERSE: instrument(INVERSE)}, balances={"BTC": D(1)}))
    desk.hold("1000", price="10000", symbol=INVERSE)
    desk.mark("12500", symbol=INVERSE)

    part = parts(desk.book)["BTC"]

    assert (part.in_margin, part.unrealised) == (D("0.008"), D("0.02"))


def test_a_venue_knows_of_orders_that_the_desk_does_not() -> None:
    """What it says is locked is locked at least, until it says otherwise."""
    desk = spot_desk()
    desk.rest("buy", "3", price="100", symbol=SPOT)
    for in_orders, locked in (("1000", 1000), ("0", 300)):
        told = (
            Balance(currency="USDT", amount=D(10_000), in_orders=D(in_orders), in_margin=D(7)),
            Balance(currency="BTC", amount=D(2)),
        )
        desk.handle(FinishReconciliation("main", balances=told))

        part = parts(desk.book)["USDT"]
        assert (part.in_orders, part.in_margin, part.free) == (locked, 7, 9_993 - locked)


def test_each_account_is_told_apart() -> None:
    desk = Desk(account(), account("second", balances={"USDT": D(5)}))

    told = owned_by(desk.book, ["main", "second"])

    assert [(part.account, part.total) for part in told] == [("main", 10_000), ("second", 5)]


def test_a_snapshot_is_written_down_and_moves_nothing_else() -> None:
    desk = Desk()
    assets = (AssetWorth(account="main", currency="USDT", amount=D(10_000), value=D(9_000)),)
    before = desk.book.contents()

    desk.manager.handle(Envelope(1, TakeWalletSnapshot("EUR", assets, {"USD": D("1.1")}), desk.now))

    (kept,) = desk.book.take_changes().history.wallet_snapshots
    assert kept == WalletSnapshot(time=desk.now, currency="EUR", assets=assets, rates={"USD": D("1.1")})
    assert kept.total == 9_000
    assert {name for name, rows in desk.book.contents().items() if rows != before[name]} <= {"baselines", "snapshots"}


def test_a_snapshot_that_is_rolled_back_was_never_taken() -> None:
    book = Desk().book
    savepoint = book.savepoint()
    book.history.wallet_snapshots.append(WalletSnapshot(time=NOW, currency="EUR", assets=(), rates={}))

    book.roll_back_to(savepoint)

    assert book.take_changes().history.wallet_snapshots == []
