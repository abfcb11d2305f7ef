"""What each end of a connection accepts: the server's side, and that of a client which knows the very certificate."""

import ssl
from pathlib import Path

import structlog

from app.settings import TlsFiles

log = structlog.get_logger("tls")
ALPN = ("h2", "http/1.1")
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which the standard library has no name for."""
_END = "-----END CERTIFICATE-----"


class KeyIsEncrypted(Exception):
    """The key cannot be read without a password."""


class ToldHandshake(ssl.SSLObject):
    """A handshake that says in the log why a client's certificate ended it: its sender sees only a broken line."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            log.warning("a client's certificate was refused, and with it the connection", why=error.verify_message)
            raise


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer, with that certificate. A client is asked for one where there is an authority to judge it by.

    Raises OSError, of which ssl.SSLError is one, or KeyIsEncrypted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(list(ALPN))
    context.load_cert_chain(files.cert, files.key, password=_no_password)
    if files.client_ca is not None:
        _ask_for_certificate(context, files.client_ca)
    return context


def pinned_context(certificate: Path) -> ssl.SSLContext:
    """Accepts a server that holds the first certificate of that file, whatever name or age it has, and no other.

    Raises OSError for a file that cannot be read or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.load_verify_locations(cadata=first_certificate(certificate))
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


def first_certificate(path: Path) -> str:
    """The server's own certificate, without those of the authorities behind it. Raises OSError."""
    text = path.read_bytes().decode("ascii", "replace")
    found, end, _ = text.partition(_END)
    if not end:
        raise ssl.SSLError("holds no PEM certificate")
    return found + end


def _ask_for_certificate(context: ssl.SSLContext, authorities: Path) -> None:
    """Asked for, not required: who has none comes with a secret. An authority may be an intermediate one.

    Without tickets a client proves its certificate on each connection, by the authorities of that time.
    """
    context.load_verify_locations(authorities)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.verify_mode = ssl.CERT_OPTIONAL
    context.sslobject_class = ToldHandshake
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0


def _no_password() -> str:
    raise KeyIsEncrypted
