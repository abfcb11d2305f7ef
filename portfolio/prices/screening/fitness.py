"""Whether a ticker is fit to be judged: what is old or cannot be true stands out for the wrong reason."""

from datetime import datetime, timedelta

from portfolio.model.decimals import plain
from portfolio.prices.ticker import Ticker


def why_unfit(ticker: Ticker, now: datetime, max_age: timedelta) -> str | None:
    """None where nothing is wrong with it.

    A venue that tells no bids and asks with its list of markets is not one-sided: rules on those find nothing there.
    """
    age = now - min(ticker.received_at, ticker.venue_time or ticker.received_at)
    if age > max_age:
        return f"stale: {age.total_seconds():.0f} s old"
    if (ticker.bid is None) != (ticker.ask is None):
        return f"one-sided: no {'bid' if ticker.bid is None else 'ask'}"
    if ticker.bid is not None and ticker.ask is not None and ticker.bid >= ticker.ask:
        return f"crossed: bid {plain(ticker.bid)} is not below ask {plain(ticker.ask)}"
    return None
