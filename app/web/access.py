"""Who may ask: the secrets of webhook and API."""

from collections.abc import Sequence

from quart import Request

from app.guards import Area
from app.intake.secrets import Secret, secret_matches
from app.service import Service
from app.tls.clients import certificate_of, has_subject
from app.web.door import right_secret, wrong_secret
from app.web.problems import Problem


async def body_of(request: Request) -> bytes:
    """The body as it came. Raises 413 for one above the limit, 408 for one that does not arrive in time."""
    raw = await request.get_data(cache=False)
    return raw if isinstance(raw, bytes) else raw.encode()


def bearer_of(request: Request) -> str | None:
    """The token of `Authorization: Bearer <token>`, None where there is no such header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def require_bearer(request: Request, service: Service) -> None:
    """Raises a 401 problem unless the request carries a token that is valid now."""
    token = bearer_of(request)
    if token is not None and is_right(service, Area.API, [token], service.keyring.api):
        return
    raise Problem(401, "UNAUTHORIZED", "send the api_token as `Authorization: Bearer <token>`")


def is_right(service: Service, area: Area, presented: Sequence[str], expected: Sequence[Secret]) -> bool:
    """True where one of what was presented is a secret. Otherwise that was a guess, unless nothing was presented."""
    matches = [secret_matches(text, expected) for text in presented]
    if any(matches):
        right_secret(service, area)
    elif presented:
        wrong_secret(service, area)
    return any(matches)


def is_known_sender(request: Request, service: Service) -> bool:
    """True where the client has proved by a certificate to be the sender of `webhook.client_subject`."""
    certificate = certificate_of(request.scope)
    return certificate is not None and has_subject(certificate, service.settings.webhook.client_subject)
