"""The certificate that a client has proved to hold, on its way from the connection to a request.

Hypercorn (0.18) does not offer ASGI's TLS extension. It copies a state into every request of a connection, though: a
connection that knows the certificate puts it there.
"""

import ssl
import time
from asyncio import AbstractEventLoop, StreamReader, StreamWriter
from collections.abc import Mapping
from typing import Any, TypeAlias

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import AppWrapper, LifespanState

from app.connections import Connection

Certificate: TypeAlias = Mapping[str, Any]
STATE_KEY = "client_certificate"
GOODBYE_WITHIN_S = 3.0
_FIELDS = {
    "CN": "commonName",
    "O": "organizationName",
    "OU": "organizationalUnitName",
    "L": "localityName",
    "ST": "stateOrProvinceName",
    "C": "countryName",
    "emailAddress": "emailAddress",
}


class CertifiedConnection(Connection):
    """A connection by TLS. Its requests have the client's verified certificate in their state, or None.

    It ends soon after it was closed: a client that does not say goodbye in TLS would hold up a stop for half a minute.
    """

    def __init__(
        self,
        app: AppWrapper,
        loop: AbstractEventLoop,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        reader: StreamReader,
        writer: StreamWriter,
    ) -> None:
        known = {**state, STATE_KEY: _verified(writer.get_extra_info("ssl_object"))}
        super().__init__(app, loop, config, context, known, reader, writer)

    async def _initiate_server_close(self) -> None:
        await super()._initiate_server_close()
        self._end_soon()

    async def _close(self) -> None:
        self._end_soon()
        await super()._close()

    def _end_soon(self) -> None:
        self.loop.call_later(GOODBYE_WITHIN_S, self.writer.transport.abort)


class TlsConfig(Config):
    """Hypercorn's configuration with a context of ours in place of the one it would make of file names."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def create_ssl_context(self) -> ssl.SSLContext:
        return self._context

    @property
    def ssl_enabled(self) -> bool:
        return True


def certificate_of(scope: Mapping[str, Any]) -> Certificate | None:
    """The client's certificate if the server asked for one, got one, and its authority vouches for it; still valid."""
    certificate: Certificate | None = (scope.get("state") or {}).get(STATE_KEY)
    if not certificate or ssl.cert_time_to_seconds(certificate["notAfter"]) <= time.time():
        return None
    return certificate


def has_subject(certificate: Certificate, expected: Mapping[str, str]) -> bool:
    """True where the certificate's subject has each of these fields once, with exactly that value."""
    fields = [pair for part in certificate.get("subject", ()) for pair in part]
    return all(
        [value for name, value in fields if name == _FIELDS[key]] == [wanted] for key, wanted in expected.items()
    )


def _verified(connection: ssl.SSLObject | None) -> Certificate | None:
    """What `getpeercert` tells only of a certificate that was verified. None for none, and without TLS."""
    return connection.getpeercert() or None if connection is not None else None
