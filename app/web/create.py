"""The Quart application of one desk."""

from quart import Quart, Response

from app.service import Service
from app.web.answers import HealthAnswer, ReadyAnswer
from app.web.api import api_blueprint
from app.web.described import Described
from app.web.door import register_door
from app.web.explorer import add_explorer
from app.web.metrics import add_metrics
from app.web.openapi import add_openapi
from app.web.problems import register_errors
from app.web.responses import json_response
from app.web.webhook import webhook_blueprint

BODY_WITHIN_S = 2.5


def create_app(service: Service) -> Quart:
    """Routes bound to the desk. The application starts and stops nothing: the service does."""
    app = Quart("quartermaster", static_folder=None)
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = service.settings.webhook.max_body_bytes
    app.config["BODY_TIMEOUT"] = BODY_WITHIN_S
    register_door(app, service)
    app.register_blueprint(webhook_blueprint(service))
    app.register_blueprint(api_blueprint(service))
    add_metrics(app, service)
    add_openapi(app)
    add_explorer(app)
    register_errors(app, service.keyring, service.metrics.refused)

    @app.get("/healthz")
    @Described(tag="operations", answers={200: HealthAnswer})
    async def healthz() -> Response:
        """Whether the process serves."""
        return json_response({"status": "ok"})

    @app.get("/readyz")
    @Described(tag="operations", answers={200: ReadyAnswer, 503: ReadyAnswer})
    async def readyz() -> Response:
        """Whether an alert that adds risk would be taken."""
        ready = service.engine.is_ready
        return json_response({"ready": ready}, 200 if ready else 503)

    return app
