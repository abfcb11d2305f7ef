"""Reads one venue's row off the board: resolved, converted, and labelled with what is wrong with it by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.prices.board import Place, PriceBoard, Standing, age_s
from portfolio.prices.converting import Converter
from portfolio.prices.day_change import DayAgo
from portfolio.prices.fees import TakerFee, taker_fee
from portfolio.prices.labels import Label, LabelCode, crossed, is_down, one_sided, source_down, stale
from portfolio.prices.market import Market
from portfolio.prices.rate import Rate
from portfolio.prices.resolving import Listing, quote_of, resolve
from portfolio.prices.row import PriceRow
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue


@dataclass(slots=True)
class Glance:
    """The board at one moment of the monotonic clock. `listings` has the venues whose markets are known, `days` what
    prices were a day ago, by candles."""

    board: PriceBoard
    listings: Mapping[Venue, Listing]
    terms: PriceTerms
    now_s: float
    days: Mapping[Place, DayAgo] = field(default_factory=dict)
    converter: Converter = field(init=False)

    def __post_init__(self) -> None:
        self.converter = Converter(self.board, self.terms, self.now_s)

    def row(self, asked: Symbol, venue: Venue) -> PriceRow:
        """What the venue says of the symbol, with what bars it from being compared."""
        currency = quote_of(asked) or ""
        state = self.board.state(venue)
        listing = self.listings.get(venue)
        market = resolve(asked, venue, listing, self.terms) if listing is not None else None
        if market is None:
            labels = tuple(self._absent(asked, venue, listing))
            return PriceRow(asked=asked, venue=venue, currency=currency, state=state, labels=labels)
        standing = self.board.standing(venue, market.symbol)
        fee = taker_fee(market, self.terms.fees)
        if standing is None:
            labels = (self._silent(venue, "no price yet"),)
            return PriceRow(
                asked=asked, venue=venue, currency=currency, market=market, state=state, fee=fee, labels=labels
            )
        return self._priced(asked, currency, market, standing, fee)

    def amount(self, amount: Decimal, currency: str, asked: Symbol) -> Decimal | None:
        """An amount of `currency` in the one that prices are asked for in, at the middle; None where no rate tells."""
        quote = quote_of(asked)
        rate = self.converter.rate(currency, quote, "") if quote else None
        return rate.mid * amount if rate else None

    def _priced(self, asked: Symbol, currency: str, market: Market, standing: Standing, fee: TakerFee) -> PriceRow:
        ticker, venue = standing.newest, market.venue
        bid, ask, last = _price(ticker.bid), _price(ticker.ask), _price(ticker.last)
        age = age_s(ticker, self.now_s)
        state = self.board.state(venue)
        labels = list(self._faults(bid, ask, age, venue))
        rate = None
        if market.quote != currency and currency:
            rate = self.converter.rate(market.quote, currency, venue)
            if rate is None:
                labels.append(Label(LabelCode.NO_RATE, self.converter.why_not(market.quote, currency)))
                currency = market.quote
            else:
                bid, ask, last = _converted(rate, bid, ask, last)
        return PriceRow(
            asked=asked,
            venue=venue,
            currency=currency,
            market=market,
            standing=standing,
            state=state,
            rate=rate,
            fee=fee,
            bid=bid,
            ask=ask,
            last=last,
            day_ago=self._day_ago(venue, market.symbol),
            age_s=age,
            labels=tuple(labels),
        )

    def _day_ago(self, venue: Venue, symbol: Symbol) -> Decimal | None:
        known = self.days.get((venue, symbol))
        return known.price if known is not None and self.now_s <= known.until_s else None

    def _faults(self, bid: Decimal | None, ask: Decimal | None, age: float, venue: Venue) -> Iterator[Label]:
        state = self.board.state(venue)
        if state is not None and is_down(state):
            yield source_down(state, self.now_s)
        if age > self.terms.max_age_s:
            yield stale(age, self.terms.max_age_s)
        if bid is None or ask is None:
            yield one_sided(bid, ask)
        elif bid >= ask:
            yield crossed(bid, ask)

    def _absent(self, asked: Symbol, venue: Venue, listing: Listing | None) -> Iterator[Label]:
        if listing is None:
            yield self._silent(venue, "its markets are not known yet")
            return
        parsed = parse_symbol(asked)
        asset = self.terms.assets.of(venue, parsed[0]) if parsed else ""
        if parsed and asset != parsed[0] and asked in listing:
            yield Label(LabelCode.OTHER_ASSET, f"{parsed[0]} of {venue} is {asset}")
        else:
            yield Label(LabelCode.NOT_LISTED, f"{venue} has no market of {asked}")

    def _silent(self, venue: Venue, why: str) -> Label:
        state = self.board.state(venue)
        if state is not None and is_down(state):
            return source_down(state, self.now_s)
        return Label(LabelCode.NO_PRICE, why)


def _price(said: Decimal | None) -> Decimal | None:
    """Zero is how some venues say that there is none."""
    return said if said is not None and said.is_finite() and said > 0 else None


def _converted(
    rate: Rate, bid: Decimal | None, ask: Decimal | None, last: Decimal | None
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return (
        None if bid is None else rate.bids(bid),
        None if ask is None else rate.asks(ask),
        None if last is None else last * rate.mid,
    )
