"""What a venue says that an account holds, against the book.

A look at a venue races with what is on its way: a difference is booked only when it was the same in two looks in a row,
with nothing booked on the symbol or currency, and no order of it on its way, in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.adjusting import adjust_balance, adjust_position, correct_rounding, open_wallet
from portfolio.book import FLAT
from portfolio.model.command import FinishReconciliation
from portfolio.model.decimals import ZERO, money
from portfolio.model.difference import Difference, DifferenceKind, Subject
from portfolio.model.identifiers import AccountId, ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderStatus
from portfolio.model.position import Position
from portfolio.model.scope import Scope
from portfolio.model.venue import Balance, VenuePosition
from portfolio.outside import is_configured
from portfolio.turn import Turn

TWICE = 2
ROUNDING = Decimal("0.000001")
"""A venue rounds to eight decimals, the desk to twelve: a difference of no more needs neither a second look nor an
event."""
_ON_ITS_WAY = frozenset({OrderStatus.PENDING, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})


@dataclass(slots=True)
class Look:
    """One look at the venue: what was found, and what of it was booked. `absent` orders are provably not there."""

    turn: Turn
    command: FinishReconciliation
    absent: frozenset[ClientOrderId] = frozenset()
    differences: list[Difference] = field(default_factory=list)
    adjusted: list[Difference] = field(default_factory=list)
    unknown: list[VenuePosition] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    moving: frozenset[Symbol] = frozenset()

    @property
    def account(self) -> AccountId:
        return self.command.account

    def known(self, kind: DifferenceKind, name: str) -> Difference | None:
        return self.turn.book.differences.get(Subject(self.account, kind, name))

    def is_stirred(self, name: str) -> bool:
        """True where something happened to the symbol or currency, and is booked, after the venue was asked."""
        stirred, asked_at = self.turn.book.stirred.get((self.account, name)), self.command.asked_at
        return stirred is not None and asked_at is not None and stirred >= asked_at

    def pass_over(self, kind: DifferenceKind, name: str) -> None:
        """Nothing can be told now: what was seen before has to be seen anew."""
        self.not_compared.append(name)
        if (known := self.known(kind, name)) is not None:
            self.differences.append(known.unseen())

    def keep(self) -> None:
        """What was found is what the next look goes by."""
        found = {Subject(self.account, item.kind, item.name): item for item in self.differences}
        for subject in list(self.turn.book.differences):
            if subject.account == self.account and subject not in found:
                self.turn.book.differences.remove(subject)
        for subject, item in found.items():
            self.turn.book.differences.put(subject, item)


def compare_holdings(look: Look) -> None:
    """Positions and balances are the venue's, or the differences are noted. None of it is profit or loss."""
    live = look.turn.book.live_orders_in(Scope(look.account))
    moving = [order for order in live if order.status in _ON_ITS_WAY and not order.is_waiting]
    look.moving = frozenset(order.symbol for order in moving if order.client_order_id not in look.absent)
    with look.turn.marking.apart_from_profit(look.turn.now):
        if look.command.positions is not None:
            _compare_positions(look, look.command.positions)
        if look.command.balances is not None:
            _compare_balances(look, look.command.balances)


# --- positions -------------------------------------------------------------------------------------------------------


def _compare_positions(look: Look, told: Iterable[VenuePosition]) -> None:
    book, instruments = look.turn.book, look.turn.book.setup.accounts[look.account].instruments
    there = {position.symbol: position for position in told}
    held = {s: p for s, p in book.net_positions(look.account).items() if not instruments[s].is_spot}
    for symbol in dict.fromkeys((*held, *there)):
        position = there.get(symbol)
        if position is not None and symbol not in instruments:
            look.unknown.append(position)
            is_configured(look.turn, look.account, symbol, **_figures(position))
        elif position is None or not instruments[symbol].is_spot:
            _compare_position(look, symbol, position, held.get(symbol) or FLAT)


def _figures(position: VenuePosition) -> dict[str, str | None]:
    entry = position.entry_price
    return {"quantity": str(position.quantity), "entry_price": str(entry) if entry is not None else None}


def _compare_position(look: Look, symbol: Symbol, there: VenuePosition | None, held: Position) -> None:
    quantity = there.quantity if there else ZERO
    if symbol in look.moving or look.is_stirred(symbol):
        look.pass_over(DifferenceKind.POSITION, symbol)
        return
    if quantity == held.quantity:
        return
    price = _price_of(look, symbol, there, held)
    found = Difference(
        kind=DifferenceKind.POSITION, name=symbol, venue=quantity, book=held.quantity, price=price
    ).after(look.known(DifferenceKind.POSITION, symbol))
    if found.seen < TWICE or found.price is None:
        look.differences.append(found)
    else:
        adjust_position(look.turn, look.account, found)
        look.adjusted.append(found)


def _price_of(look: Look, symbol: Symbol, there: VenuePosition | None, held: Position) -> Decimal | None:
    """What closes something counts at the mark, so that it realises what was unrealised; what adds to it at the price
    that leads to the venue's entry price."""
    instrument = look.turn.book.setup.accounts[look.account].instruments[symbol]
    mark, quantity = look.turn.book.mark_price(look.account, symbol), there.quantity if there else ZERO
    entry = there.entry_price if there else None
    if abs(quantity) < abs(held.quantity) and quantity * held.quantity >= 0:
        return mark or held.entry_price(instrument) or entry
    if entry is None:
        return mark
    return _price_leading_to(entry, quantity, held, instrument)


def _price_leading_to(entry: Decimal, quantity: Decimal, held: Position, instrument: Instrument) -> Decimal:
    """The price that the missing trade must have had, if that can have been one."""
    if quantity * held.quantity <= 0:
        return entry
    missing = instrument.value(quantity, entry) - held.cost
    price = instrument.average_price(quantity - held.quantity, missing)
    return money(price) if price is not None and entry / 2 < price < entry * 2 else entry


# --- balances --------------------------------------------------------------------------------------------------------


def _compare_balances(look: Look, told: Iterable[Balance]) -> None:
    book = look.turn.book
    is_first = book.history_since(look.account) is None
    there = {balance.currency: balance.amount for balance in told}
    ours = {wallet.currency: amount for wallet, amount in book.wallets.items() if wallet.account == look.account}
    for currency in dict.fromkeys((*ours, *there)):
        found = Difference(
            kind=DifferenceKind.BALANCE,
            name=currency,
            venue=there.get(currency, ZERO),
            book=book.wallet(look.account, currency),
        )
        if not is_first:
            _compare_balance(look, found)
        elif found.amount:
            open_wallet(look.turn, look.account, found)
            look.adjusted.append(found)


def _compare_balance(look: Look, found: Difference) -> None:
    currency = found.name
    if look.is_stirred(currency) or _may_be_paid(look, currency):
        look.pass_over(DifferenceKind.BALANCE, currency)
    elif abs(found.amount) <= ROUNDING:
        correct_rounding(look.turn, look.account, found)
    elif (again := found.after(look.known(DifferenceKind.BALANCE, currency))).seen < TWICE:
        look.differences.append(again)
    else:
        adjust_balance(look.turn, look.account, again)
        look.adjusted.append(again)


def _may_be_paid(look: Look, currency: str) -> bool:
    """True where more may have happened in a symbol, whose trades move the currency, than is booked."""
    instruments = look.turn.book.setup.accounts[look.account].instruments
    differing = (found.name for found in look.differences if found.kind is DifferenceKind.POSITION)
    terms = [instruments[symbol] for symbol in (*look.moving, *differing)]
    return any(currency == item.settle or (item.is_spot and currency == item.base) for item in terms)
