"""GET /metrics: open to all but for what the desk holds and is worth."""

from quart import Quart, Response, request

from app.metrics.exposition import CONTENT_TYPE, Exposition
from app.service import Service
from app.web.access import require_bearer
from app.web.described import TEXT, TOKEN, Described


def add_metrics(app: Quart, service: Service) -> None:
    exposition = Exposition(service)
    server = service.settings.server

    @app.get("/metrics")
    @Described(tag="operations", answers={200: str}, answer_type=TEXT, problems=(401, 429, 500), security=(None, TOKEN))
    async def metrics() -> Response:
        """Counts, times and states for Prometheus.

        Figures of money are shown to the bearer of the token, or to everybody with `server.open_metrics`.
        """
        may_see_money = server.open_metrics
        if "Authorization" in request.headers:
            require_bearer(request, service)
            may_see_money = True
        return Response(exposition.text(with_money=may_see_money), content_type=CONTENT_TYPE)
