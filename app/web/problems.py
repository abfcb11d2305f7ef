"""Errors as `application/problem+json` (RFC 9457), with a stable code and never a secret."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

import structlog
from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException

from app.codec import to_json
from app.intake.refusal import FieldError, Refused
from app.intake.secrets import Secret, redacted
from app.keyring import Keyring
from app.queueing import NotStored
from app.storage.errors import StorageUnavailable
from app.throttling import Rarely
from app.web.caller import current_caller

log = structlog.get_logger("web")
Count: TypeAlias = Callable[[str, int, str], None]
CONTENT_TYPE = "application/problem+json"
_OURS = {413: ("REQUEST_ENTITY_TOO_LARGE", "the body is larger than [webhook] max_body_bytes")}
"""Codes whose names differ between versions of Python."""
_NOT_HEARD = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_NOT_HEARD_TOLD_EVERY_S = 60.0


class Problem(Exception):
    """A request that cannot be served as it is."""

    def __init__(
        self, status: int, code: str, detail: str, errors: Sequence[FieldError] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_s = 1 if retry_after_s is None and status == HTTPStatus.SERVICE_UNAVAILABLE else retry_after_s


def problem_response(problem: Problem, secrets: Sequence[Secret]) -> Response:
    """The answer, with every secret masked."""
    body = redacted(problem_body(problem), secrets)
    response = Response(to_json(body), problem.status, content_type=CONTENT_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def problem_body(problem: Problem) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"field": e.field, "value": e.value, "message": e.message} for e in problem.errors],
    }


def problem_of(error: Refused | NotStored) -> Problem:
    """What an alert that was turned away, or could not be stored, is answered with."""
    if isinstance(error, Refused):
        return Problem(error.status, error.code, error.detail, error.errors)
    return Problem(503, error.code, error.detail)


class _Answers:
    """The answer to a problem, which is counted and logged; of who is not heard at all, logged once a minute."""

    def __init__(self, keyring: Keyring, count: Count) -> None:
        self._keyring, self._count = keyring, count
        self._rarely = Rarely(_NOT_HEARD_TOLD_EVERY_S)

    def __call__(self, problem: Problem) -> Response:
        self._count(_route(), problem.status, problem.code)
        if problem.status not in _NOT_HEARD or self._rarely.is_due(f"{current_caller().counted_as} {problem.code}"):
            errors = [f"{e.field}: {e.message}" for e in problem.errors]
            facts = {"status": problem.status, "code": problem.code, "from": current_caller().name, "errors": errors}
            log.warning("request refused", **redacted(facts, self._keyring.hidden))
        return problem_response(problem, self._keyring.hidden)


def register_errors(app: Quart, keyring: Keyring, count: Count) -> None:
    """Whatever goes wrong in a request is answered as a problem, counted by route, status and code, and logged."""
    answer = _Answers(keyring, count)

    @app.errorhandler(Problem)
    async def on_problem(error: Problem) -> Response:
        return answer(error)

    @app.errorhandler(Refused)
    async def on_refused(error: Refused) -> Response:
        return answer(problem_of(error))

    @app.errorhandler(NotStored)
    async def on_not_stored(error: NotStored) -> Response:
        return answer(problem_of(error))

    @app.errorhandler(StorageUnavailable)
    async def on_unavailable(_: StorageUnavailable) -> Response:
        return answer(Problem(503, "STORAGE_UNAVAILABLE", "the store cannot be read now; try again"))

    @app.errorhandler(HTTPException)
    async def on_http(error: HTTPException) -> Response:
        status = error.code or 500
        code, detail = _OURS.get(status, (HTTPStatus(status).name, error.description or HTTPStatus(status).phrase))
        response = answer(Problem(status, code, detail))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    async def on_failure(error: Exception) -> Response:
        count(_route(), 500, "INTERNAL_ERROR")
        log.error("request failed", error=redacted(repr(error), keyring.hidden), kind=type(error).__name__)
        return problem_response(Problem(500, "INTERNAL_ERROR", "the request failed inside the desk"), keyring.hidden)


def _route() -> str:
    """Which part of the desk was asked: few words, as each is a series of its own."""
    return request.blueprint or "other"
