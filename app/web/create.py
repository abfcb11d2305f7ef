"""The Quart application of one desk."""

from quart import Quart, Response

from app.service import Service
from app.web.api import api_blueprint, json_response
from app.web.metrics import add_metrics
from app.web.problems import register_errors
from app.web.webhook import webhook_blueprint

BODY_WITHIN_S = 2.5


def create_app(service: Service) -> Quart:
    """Routes bound to the desk. The application starts and stops nothing: the service does."""
    app = Quart("quartermaster", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = service.settings.webhook.max_body_bytes
    app.config["BODY_TIMEOUT"] = BODY_WITHIN_S
    app.register_blueprint(webhook_blueprint(service))
    app.register_blueprint(api_blueprint(service))
    add_metrics(app, service)
    register_errors(app, (service.settings.webhook.secret, service.settings.server.api_token), service.metrics.refused)

    @app.get("/healthz")
    async def healthz() -> Response:
        return json_response({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> Response:
        ready = service.engine.is_ready
        return json_response({"ready": ready}, 200 if ready else 503)

    return app
