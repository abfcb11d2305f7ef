"""POST /webhook: an alert comes in, a decision that is on disk goes out."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from quart import Blueprint, Response, request

from app.bootstrap import new_id
from app.codec import to_json
from app.guards import Area
from app.intake.body import parse_body
from app.intake.secrets import redacted, take_secret
from app.intake.translate import translate
from app.service import Service
from app.web.access import bearer_of, body_of, is_known_sender, is_right
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
    "problems": (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503),
    "body": Alert,
    "body_types": (JSON, TEXT),
    "examples": ALERTS,
}


def webhook_blueprint(service: Service) -> Blueprint:
    blueprint = Blueprint("webhook", __name__)
    keyring = service.keyring

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
        presented = [text for text in (in_path, bearer_of(request)) if text is not None]
        if presented and not is_right(service, Area.WEBHOOK, presented, keyring.webhook):
            raise _unauthorized()
        raw = await body_of(request)
        in_body, body = take_secret(parse_body(raw))
        if not presented and not _is_admitted(service, in_body):
            raise _unauthorized()
        signal = translate(redacted(body, keyring.hidden), service.desk)
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


def _is_admitted(service: Service, in_body: Sequence[str]) -> bool:
    """True for an alert with a right secret, or with none by a client whose certificate speaks for it."""
    if not in_body and is_known_sender(request, service):
        return True
    return is_right(service, Area.WEBHOOK, in_body, service.keyring.webhook)


def _unauthorized() -> Problem:
    return Problem(
        401,
        "UNAUTHORIZED",
        "no secret or a wrong one: send it as `secret` in the body, as `Authorization: Bearer`, or in the path",
    )
