"""Every pair of venues that differ in a symbol: buy at one's ask, sell at the other's bid."""

from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter

from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import Symbol
from portfolio.prices.discrepancy import Discrepancy
from portfolio.prices.gap import PriceGap
from portfolio.prices.labels import Label, LabelCode, percent
from portfolio.prices.offers import Offers, gap_between
from portfolio.prices.row import PriceRow
from portfolio.prices.terms import PriceTerms


def differing(offers: Offers, terms: PriceTerms, above: Decimal = ZERO) -> list[Discrepancy]:
    """Every pair of venues whose gap is above `above` before fees, by the tickers; the best net first.

    Those not to be believed are among them, with the reason. To look at order books is worth while for the others.
    """
    found = [
        _between(offers.asked, buy, sell, terms)
        for buy, sell in _pairs([row for row in offers.rows if _is_priced(row)], above)
    ]
    return sorted(found, key=lambda one: (bool(one.labels), -one.net, one.key))


def of_gap(gap: PriceGap, terms: PriceTerms) -> list[Label]:
    if gap.gross <= terms.absurd_above:
        return []
    told = f"{gap.buy_at} and {gap.sell_at}: a gap of {percent(gap.gross)}, the limit is {percent(terms.absurd_above)}"
    return [Label(LabelCode.ABSURD, told)]


def _pairs(rows: list[PriceRow], above: Decimal) -> Iterator[tuple[PriceRow, PriceRow]]:
    """Sorted, so that the pairs that do not differ cost nothing."""
    asks = sorted([(row.ask, row) for row in rows if row.ask is not None], key=itemgetter(0))
    bids = sorted([(row.bid, row) for row in rows if row.bid is not None], key=itemgetter(0), reverse=True)
    for ask, buy in asks:
        least = ask * (1 + above)
        for bid, sell in bids:
            if bid <= least:
                break
            if buy.venue != sell.venue:
                yield buy, sell


def _is_priced(row: PriceRow) -> bool:
    return row.fee is not None and not any(label.code is LabelCode.NO_RATE for label in row.labels)


def _between(symbol: Symbol, buy: PriceRow, sell: PriceRow, terms: PriceTerms) -> Discrepancy:
    gap = gap_between(buy, sell)
    labels = [*_named(buy), *_named(sell), *of_gap(gap, terms)]
    if buy.market and sell.market and not labels and terms.assets.differ(buy.market, sell.market):
        names = f"{buy.market.base_name or buy.market.base} and {sell.market.base_name or sell.market.base}"
        labels.append(Label(LabelCode.OTHER_ASSET, f"{buy.venue} and {sell.venue}: {names}"))
    return Discrepancy(symbol=symbol, buy=buy, sell=sell, gap=gap, labels=tuple(labels))


def _named(row: PriceRow) -> list[Label]:
    return [Label(label.code, f"{row.venue}: {label.reason}") for label in row.labels]
