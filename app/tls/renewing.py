"""A certificate that is replaced while the server runs: new connections get the new one, others go on as they are."""

import asyncio
import ssl
from datetime import UTC, datetime

import structlog

from app.settings import TlsFiles
from app.tls.contexts import KeyIsEncrypted, server_context
from app.tls.faults import tls_faults
from app.watching import changes

log = structlog.get_logger("tls")


class RenewingContext:
    """What the listener is given stays the same; each handshake is done with the newest context that was sound."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._newest = server_context(files)
        self.listening = server_context(files)
        self.listening.sni_callback = self._hand_over

    def _hand_over(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext) -> None:
        """Called in every handshake, whether or not the client named a server."""
        connection.context = self._newest

    def renew(self) -> bool:
        """The files are in force. False where they are not sound, and what was in force still is."""
        try:
            faults = tls_faults(self._files, datetime.now(UTC))
            if not faults:
                self._newest = server_context(self._files)
        except (OSError, KeyIsEncrypted) as error:  # replaced between two looks: the next change tells more
            faults = [f"server.tls_cert: {error!r}"]
        if faults:
            log.error("certificate not renewed; the one before stays in force", faults=faults)
            return False
        log.info("certificate renewed", file=str(self._files.cert))
        return True

    async def watch(self, hurry: asyncio.Event) -> None:
        """Renews after each change of the files, until cancelled."""
        files = [file for file in (self._files.cert, self._files.key, self._files.client_ca) if file is not None]
        async for _ in changes(lambda: files, hurry):
            self.renew()
