"""POST /webhook: an alert comes in, a decision that is on disk goes out."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from quart import Blueprint, Response, request

from app.bootstrap import new_id
from app.codec import to_json
from app.intake.body import parse_body
from app.intake.secrets import Secret, redacted, secret_matches, take_secret
from app.intake.translate import translate
from app.service import Service
from app.web.access import bearer_of, body_of, client_address, is_within
from app.web.answers import DecisionAnswer
from app.web.described import JSON, SECRET, TEXT, Described
from app.web.problems import Problem
from app.web.requests import ALERTS, Alert
from portfolio.model.command import ReceiveSignal
from portfolio.model.decision import Decision, Outcome
from portfolio.reply import SignalConflict

_ANSWERED = tuple(field.name for field in fields(Decision) if field.name != "checks")
_ALERT: dict[str, Any] = {
    "tag": "alerts",
    "answers": {202: DecisionAnswer, 200: DecisionAnswer},
    "problems": (400, 401, 403, 404, 408, 409, 413, 422, 500, 503),
    "body": Alert,
    "body_types": (JSON, TEXT),
    "examples": ALERTS,
}


def webhook_blueprint(service: Service) -> Blueprint:
    blueprint = Blueprint("webhook", __name__)
    settings = service.settings
    expected = (settings.webhook.secret,)
    hidden = (settings.webhook.secret, settings.server.api_token)

    @blueprint.post("/webhook")
    @Described(security=(SECRET, None), **_ALERT)
    async def receive() -> Response:
        """Send an alert; the secret is in its body, or in the header.

        202: accepted. 200: denied, ignored, or a repeat, whose answer is the first one again. The Content-Type does
        not matter. Fields may also come under the synonyms of other bots.
        """
        return await _receive(None)

    @blueprint.post("/webhook/<path:secret>")
    @Described(**_ALERT)
    async def receive_with_secret(secret: str) -> Response:
        """Send an alert, with the secret in the path."""
        return await _receive(secret)

    async def _receive(in_path: str | None) -> Response:
        received_at = service.clock()
        if settings.webhook.allowed_ips:
            _require_address(service)
        presented = [text for text in (in_path, bearer_of(request)) if text is not None]
        if presented and not _any_matches(presented, expected):
            raise _unauthorized()
        raw = await body_of(request)
        in_body, body = take_secret(parse_body(raw))
        if not presented and not _any_matches(in_body, expected):
            raise _unauthorized()
        signal = translate(redacted(body, hidden), service.desk)
        reply = await service.engine.receive(ReceiveSignal(new_id(), signal, received_at))
        if isinstance(reply, SignalConflict):
            raise conflict_problem(reply)
        assert isinstance(reply, Decision)
        return decision_response(reply)

    return blueprint


def decision_response(decision: Decision) -> Response:
    """202 for what was accepted now; 200 for what was denied, ignored or decided before."""
    return Response(to_json(decision_body(decision)), decision_status(decision), content_type="application/json")


def decision_body(decision: Decision) -> dict[str, Any]:
    return {name: getattr(decision, name) for name in _ANSWERED}


def decision_status(decision: Decision) -> int:
    return 202 if decision.status is Outcome.ACCEPTED and not decision.duplicate else 200


def conflict_problem(conflict: SignalConflict) -> Problem:
    detail = f"the id was used for another alert ({conflict.signal_id}); an id belongs to one content only"
    return Problem(409, "ID_CONFLICT", detail)


def _require_address(service: Service) -> None:
    address = client_address(request, service.settings.server.trusted_proxies)
    if not is_within(address, service.settings.webhook.allowed_ips):
        raise Problem(403, "ADDRESS_NOT_ALLOWED", "this address may not send alerts (webhook.allowed_ips)")


def _any_matches(presented: Sequence[str], expected: Sequence[Secret]) -> bool:
    matches = [secret_matches(text, expected) for text in presented]
    return any(matches)


def _unauthorized() -> Problem:
    return Problem(
        401,
        "UNAUTHORIZED",
        "no secret or a wrong one: send it as `secret` in the body, as `Authorization: Bearer`, or in the path",
    )
