"""HTTP: the webhook, the API and their errors, on Quart."""

from app.web.create import create_app

__all__ = ["create_app"]
