"""How venues do as sources of prices, and how far they differ. Nothing of it tells what anybody holds."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from app.metrics.standing import gauge
from app.service import Service
from portfolio.prices.source import SourceStatus


class PriceFigures:
    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        desk, alarms = self._service.prices, self._service.alarms
        states = list(desk.states(desk.known))
        statuses = [((state.venue, status), state.status is status) for state in states for status in SourceStatus]
        text = "1 for how the venue does as a source of prices, 0 for the others."
        yield gauge("price_source_status", text, ["venue", "status"], statuses)
        now_s = desk.clock()
        ages = [((state.venue,), now_s - state.answered_s) for state in states if state.answered_s is not None]
        yield gauge("price_source_age_seconds", "Since the venue last answered in full.", ["venue"], ages)
        best = [next((pair for pair in seen.found if not pair.labels), None) for seen in alarms.last.values()]
        nets = [((pair.symbol, pair.buy.venue, pair.sell.venue), pair.net) for pair in best if pair is not None]
        text = "The best pair of venues of each watched symbol, net of fees, as a fraction."
        yield gauge("discrepancy", text, ["symbol", "buy_at", "sell_at"], nets)
        yield gauge("discrepancies_open", "Discrepancies told of that are not over.", [], [((), len(alarms.open))])
