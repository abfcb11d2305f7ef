"""A desk and the paper exchanges of its accounts, joined without a loop: every effect is carried out at once."""

from decimal import Decimal
from typing import Any

from app.bootstrap import paper_state
from exchange.ledger import VenueTerms
from exchange.paper import PaperExchange
from portfolio.model.command import ReportFunding, ReportOrder, ReportOutsideTrade
from portfolio.model.effect import AmendOrder, CancelAtVenue, Effect, SendOrder, ShowPrice
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import UNASSIGNED, AccountId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import RESTING, OrderStatus, PriceSource
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from tests.fakes import BTC, ETH, INVERSE, SPOT, Desk, Literal, account, instrument, strategy

ZERO = Decimal(0)
FUNDED = {"maintenance_margin": "0.005", "funding_rate": "0.0003"}
TERMS = {
    BTC: instrument(BTC, **FUNDED),
    ETH: instrument(ETH, contract_size="0.1", lot="1", min_quantity="1", tick="0.01", max_leverage="5", **FUNDED),
    INVERSE: instrument(INVERSE, lot="1", min_quantity="1", tick="0.5", **FUNDED),
    SPOT: instrument(SPOT, max_leverage="1"),
}
SINGLE, SHARED = "main", "pair"
TRADERS = {
    "linear": (SINGLE, BTC),
    "inverse": (SINGLE, INVERSE),
    "spot": (SINGLE, SPOT),
    "tenths": (SINGLE, ETH),
    "left": (SHARED, BTC),
    "right": (SHARED, BTC),
    "third": (SHARED, INVERSE),
    "fourth": (SHARED, INVERSE),
}
MOST_PERCENT = 150
START = {"USDT": Decimal(20_000), "BTC": Decimal(50)}


class Twins:
    """What the desk believes and what the exchanges know."""

    def __init__(self, **terms: Any) -> None:
        known = {
            "maker_fee": Decimal("0.0002"),
            "taker_fee": Decimal("0.00055"),
            "slippage": Decimal("0.0007"),
            "leverage": Decimal(10),
        }
        self.terms = VenueTerms(instruments=TERMS, **{**known, **terms})
        accounts = [
            account(name, instruments=TERMS, balances=START, leverage=self.terms.leverage) for name in (SINGLE, SHARED)
        ]
        strategies = [
            strategy(name, Literal(), account=of, symbols=frozenset({symbol}), shared=of == SHARED)
            for name, (of, symbol) in TRADERS.items()
        ]
        limits = {Scope(name): {"max_exposure": f"{MOST_PERCENT}%"} for name in (SINGLE, SHARED)}
        self.desk = Desk(*accounts, *strategies, limits=limits)
        self.venues: dict[AccountId, PaperExchange] = {}
        self.rebuild()
        self._foreign = 0

    def rebuild(self) -> None:
        """The exchanges are what the book says, as after a start."""
        for name in (SINGLE, SHARED):
            self.venues[name] = PaperExchange(self.terms, paper_state(self.desk.book, name), lambda: self.desk.now)

    # --- what may happen -------------------------------------------------------------------------------------------

    def alert(self, name: str, action: str, **fields: Any) -> None:
        decision = self.desk.alert(action, strategy=name, symbol=TRADERS[name][1], **fields)
        placed = [self.desk.order(told.client_order_id) for told in decision.orders]
        if any(order.status is OrderStatus.PENDING and not order.is_exit for order in placed):
            account = TRADERS[name][0]
            most = self.desk.book.equity(Scope(account)) * MOST_PERCENT / 100
            assert self.worst_case(account) <= most + Decimal("1E-9"), f"{placed} in {account}"
        self.settle()

    def price(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        for name in (SINGLE, SHARED):
            self.desk.quote(str(bid), str(ask), symbol=symbol, on=name)
        self.desk.mark()
        self.settle()

    def wait(self, seconds: int) -> None:
        self.desk.wait(seconds=seconds)
        for name, venue in self.venues.items():
            venue.pass_time(self.desk.now)
            self._deliver(name, venue.collect())
        self.settle()

    def trade_by_hand(self, symbol: Symbol, side: Side, quantity: Decimal) -> None:
        """Somebody trades on the shared account without the desk."""
        ledger = self.venues[SHARED]._engine._ledger
        price = ledger.mark(symbol)
        if price is None:
            return
        self._foreign += 1
        fee, currency = ledger.execute(symbol, side, quantity, price, is_maker=False)
        trade = Trade(
            trade_id=f"hand-{self._foreign}",
            quantity=quantity,
            price=price,
            fee=fee,
            fee_currency=currency,
            source=PriceSource.QUOTE,
            time=self.desk.now,
        )
        self._deliver(SHARED, [OutsideTrade(symbol=symbol, side=side, cause=Cause.FOREIGN, trade=trade)])
        self.settle()

    def alert_only(self, name: str, action: str, **fields: Any) -> None:
        """The alert is decided, and nothing more has happened yet."""
        self.desk.alert(action, strategy=name, symbol=TRADERS[name][1], **fields)

    def settle(self) -> None:
        """Every effect has been carried out, and what the exchanges said of it is in the book."""
        while self.desk.effects:
            self.settle_one()

    def settle_one(self) -> None:
        """The first effect, if there is one."""
        if self.desk.effects:
            effect = self.desk.effects.pop(0)
            name = effect.account if isinstance(effect, ShowPrice) else effect.order.account
            self._deliver(name, self.carry_out(name, effect))

    def carry_out(self, name: AccountId, effect: Effect) -> list[VenueReport]:
        venue = self.venues[name]
        reports: list[VenueReport] = []
        match effect:
            case ShowPrice():
                venue.show_price(effect)
            case SendOrder(order):
                reports.append(_now(venue.send(order)))
            case CancelAtVenue(order):
                reports.append(_now(venue.cancel(order)))
            case AmendOrder(order):
                reports.append(_now(venue.amend(order)))
        return reports + venue.collect()

    def _deliver(self, name: AccountId, reports: list[VenueReport]) -> None:
        for report in reports:
            match report:
                case OrderReport():
                    self.desk.handle(ReportOrder(name, report))
                case OutsideTrade():
                    self.desk.handle(ReportOutsideTrade(name, report))
                case Funding():
                    self.desk.handle(ReportFunding(name, report))

    def die(self, away_s: int = 0) -> None:
        """The process ends with one effect carried out that nobody was told of, and another one starts then."""
        if self.desk.effects:
            effect = self.desk.effects[0]
            name = effect.account if isinstance(effect, ShowPrice) else effect.order.account
            self.carry_out(name, effect)
        before = self.desk.book.contents()
        self.desk.restart()
        self.desk.wait(seconds=away_s)
        assert self.desk.book.contents() == before
        self.rebuild()
        for name, venue in self.venues.items():
            live = [o for o in self.desk.book.live_orders_in(Scope(name)) if not o.is_waiting]
            found = [(order, _now(venue.look_up(order))) for order in live]
            reports = tuple(report for _, report in found if report is not None)
            absent = tuple(order.client_order_id for order, report in found if report is None)
            self.desk.finish(*reports, absent=absent, on=name)
        self.settle()

    def worst_case(self, name: AccountId) -> Decimal:
        """Gross exposure were all that buys, or all that sells, filled, and exits to zero at most; by the rows."""
        book, gross = self.desk.book, ZERO
        for symbol, terms in TERMS.items():
            high = low = ZERO
            for trader in (*TRADERS, UNASSIGNED):
                key = Key(name, trader, symbol)
                mark = book.mark_price(name, symbol) or ZERO
                held = _notional(terms, book.position(key).quantity, mark)
                live = [order for order in book.live_orders(key) if not (order.is_exit and order.is_waiting)]
                worth = [(o, _notional(terms, o.side.signed(o.remaining), o.reservation_price)) for o in live]
                closing = min(abs(held), sum((abs(n) for o, n in worth if o.is_exit), ZERO))
                high += held + sum((n for o, n in worth if n > 0 and not o.is_exit), ZERO)
                low += held + sum((n for o, n in worth if n < 0 and not o.is_exit), ZERO)
                high += closing if held < 0 else ZERO
                low -= closing if held > 0 else ZERO
            gross += max(abs(high), abs(low)) * (book.rate(name, terms.settle) or ZERO)
        return gross

    # --- what must hold ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        for name in (SINGLE, SHARED):
            self._check_positions(name)
            self._check_wallets(name)
            self._check_equity(name)
            self._check_orders(name)

    def _check_positions(self, name: AccountId) -> None:
        for symbol in (BTC, ETH, INVERSE):
            assert self.desk.book.net(name, symbol) == self.venues[name]._engine._ledger.held(symbol)

    def _check_wallets(self, name: AccountId) -> None:
        """The wallets are what the positions say that flowed; where nothing is netted they are the venue's too."""
        book, venue = self.desk.book, self.venues[name]._state
        flows = dict(START)
        for key, position in book.positions.items():
            if key.account == name:
                terms = TERMS[key.symbol]
                flow = position.realised - position.fees + position.funding
                flows[terms.settle] += flow - (position.cost if terms.is_spot else ZERO)
                if terms.is_spot:
                    flows[terms.base] += position.quantity
        for currency, amount in flows.items():
            assert book.wallet(name, currency) == amount, f"{name} {currency}: {book.wallet(name, currency)} {amount}"
            if name == SINGLE:
                assert venue.wallets[currency] == amount, f"{name} {currency}: venue {venue.wallets[currency]} {amount}"

    def _check_equity(self, name: AccountId) -> None:
        """Wallet and unrealised profit by currency are the venue's, and add up to the account's equity."""
        book, ledger = self.desk.book, self.venues[name]._engine._ledger
        total = ZERO
        for currency in START:
            keys = [k for k in book.positions if k.account == name and TERMS[k.symbol].settle == currency]
            contracts = [k for k in keys if not TERMS[k.symbol].is_spot]
            equity = book.wallet(name, currency) + sum((book.unrealised(key) for key in contracts), ZERO)
            told = ledger.equity(currency)
            assert abs(equity - told) <= self._rounding(name, currency), f"{name} {currency}: {equity} {told}"
            total += equity * (book.rate(name, currency) or ZERO)
        own, rate = book.mark_price(name, SPOT), book.rate(name, "BTC")
        if own is not None and rate is not None:
            held = sum((p.quantity for k, p in book.positions.items() if k[::2] == (name, SPOT)), ZERO)
            total += held * (own - rate)
        assert abs(book.equity(Scope(name)) - total) <= Decimal("1E-11")

    def _rounding(self, name: AccountId, currency: str) -> Decimal:
        """Coins of inverse contracts that strategies hold apart are cut to 12 decimals apart."""
        return len(self.desk.stored.fills) * Decimal("2E-12") if (name, currency) == (SHARED, "BTC") else ZERO

    def _check_orders(self, name: AccountId) -> None:
        resting = self.venues[name]._state.resting
        known = {o.client_order_id: o for o in self.desk.book.live_orders_in(Scope(name)) if o.status in RESTING}
        assert resting.keys() == known.keys()
        for order_id, order in known.items():
            ticket = resting[order_id]
            assert (ticket.filled, ticket.triggered) == (order.filled, order.triggered)
            assert (ticket.quantity, ticket.stop_price) == (order.quantity, order.stop_price)
            assert ticket.executions == len(self.desk.book.trades.get(order_id) or ())


def _notional(terms: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
    """Coins times price; contracts of the quote over the price, in coins."""
    if not price:
        return ZERO
    return quantity * terms.contract_size / price if terms.is_inverse else quantity * terms.contract_size * price


def _now(answer: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")
