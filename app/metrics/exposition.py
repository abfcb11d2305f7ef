"""Everything as the text that Prometheus reads, in two registries: what is open to all, and what is worth money."""

import platform
from importlib.metadata import version

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    GCCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import InfoMetricFamily, Metric

from app.metrics.prices import PriceFigures
from app.metrics.standing import MoneyFigures, StandingFigures
from app.service import Service

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class _Build:
    def collect(self) -> list[Metric]:
        facts = {"version": version("quartermaster"), "python": platform.python_version()}
        return [InfoMetricFamily("quartermaster_build", "The version that is running.", value=facts)]


class Exposition:
    """No registry is global, so that two desks in one process do not count for each other."""

    def __init__(self, service: Service) -> None:
        self.open, self.money = CollectorRegistry(), CollectorRegistry()
        for collector in (_Build(), service.metrics, StandingFigures(service), PriceFigures(service)):
            self.open.register(collector)
        ProcessCollector(registry=self.open)
        GCCollector(registry=self.open)
        self.money.register(MoneyFigures(service))

    def text(self, *, with_money: bool) -> bytes:
        """The book must not change meanwhile: call it on the event loop."""
        shown = generate_latest(self.open)
        return shown + generate_latest(self.money) if with_money else shown
