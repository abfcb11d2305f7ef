"""Whether a ticker is fit to be judged: what is old or cannot be true stands out for the wrong reason."""

from datetime import datetime, timedelta

from portfolio.prices.labels import Label, crossed, one_sided, stale
from portfolio.prices.ticker import Ticker


def label_of(ticker: Ticker, now: datetime, max_age: timedelta) -> Label | None:
    """None where nothing is wrong with it.

    A venue that tells no bids and asks with its list of markets is not one-sided: rules on those find nothing there.
    """
    age = now - min(ticker.received_at, ticker.venue_time or ticker.received_at)
    if age > max_age:
        return stale(age.total_seconds(), max_age.total_seconds())
    if (ticker.bid is None) != (ticker.ask is None):
        return one_sided(ticker.bid, ticker.ask)
    if ticker.bid is not None and ticker.ask is not None and ticker.bid >= ticker.ask:
        return crossed(ticker.bid, ticker.ask)
    return None
