"""Asking the desk: the server of the configuration, or where none runs, the database itself under its lock."""

import importlib
import ssl
import time

import httpx

from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.request import Answer, Request, answer_of
from app.settings import Settings
from app.storage.errors import DatabaseLocked
from app.tls.contexts import pinned_context

CONNECT_WITHIN_S = 3.0
STARTING_AT_MOST_S = 2.0
_PAUSE_S = 0.1


def ask(settings: Settings, request: Request) -> Answer:
    """The answer, of a server if one runs; it may be a problem. Raises CommandFailed where there is none.

    A server that is starting holds the database before it listens, so a locked one is asked for a while.
    """
    deadline = time.monotonic() + STARTING_AT_MOST_S
    while (answer := ask_server(settings, request)) is None:
        try:
            return _here(settings, request)
        except DatabaseLocked:
            if time.monotonic() > deadline:
                where = settings.server.address
                raise CommandFailed(f"a server holds the database but does not answer at {where}") from None
        time.sleep(_PAUSE_S)
    return answer


def ask_server(settings: Settings, request: Request) -> Answer | None:
    """None where nothing listens. Raises CommandFailed."""
    where = settings.server.address
    try:
        response = _sent(where, settings, request)
    except httpx.TimeoutException:
        raise CommandFailed(f"the server at {where} does not answer in time") from None
    except httpx.ConnectError as error:
        if is_caused_by(error, ConnectionRefusedError):
            return None
        if is_caused_by(error, ssl.SSLCertVerificationError):
            raise CommandFailed(f"the server at {where} shows another certificate than server.tls_cert") from None
        raise CommandFailed(f"cannot reach the server at {where}: {error}") from None
    except httpx.TransportError as error:
        what = str(error) or type(error).__name__
        raise CommandFailed(f"the server at {where} broke off ({what}): is it Quartermaster?") from None
    answer = answer_of(response.status_code, response.headers.get("Content-Type", ""), response.content)
    if answer is None:
        raise CommandFailed(
            f"what answers at {where} is not Quartermaster (HTTP {response.status_code}): see [server] host and port"
        )
    if answer.status == httpx.codes.UNAUTHORIZED:
        raise CommandFailed(f"the server at {where} does not accept this configuration's {request.secret_name}")
    return answer


def _sent(where: str, settings: Settings, request: Request) -> httpx.Response:
    timeout = httpx.Timeout(request.patience_s, connect=CONNECT_WITHIN_S)
    with httpx.Client(base_url=where, timeout=timeout, trust_env=False, verify=verification(settings)) as client:
        return client.request(
            request.method,
            request.path,
            params=dict(request.params) or None,
            content=request.body,
            headers=request.headers(settings),
        )


def verification(settings: Settings) -> ssl.SSLContext | bool:
    """The server must hold the very certificate of the configuration: its name is for others to look at."""
    if settings.tls is None:
        return True
    try:
        return pinned_context(settings.tls.cert)
    except OSError as error:
        why = error.strerror or error
        raise CommandFailed(f"server.tls_cert: cannot read {settings.tls.cert}: {why}", code=WRONG_USE) from None


def is_caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _here(settings: Settings, request: Request) -> Answer:
    """Loaded by name: most commands meet a server, and a desk takes half a second to load."""
    answer: Answer = importlib.import_module("app.cli.here").ask_here(settings, request)
    return answer
