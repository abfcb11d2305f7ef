"""Why a certificate cannot be served, one line for each reason, by the key of the configuration to look at."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.settings import TlsFiles
from app.tls.contexts import KeyIsEncrypted, first_certificate, pinned_context, server_context

CERT, KEY, CLIENT_CA = "server.tls_cert", "server.tls_key", "server.tls_client_ca"
_MISMATCH = "KEY_VALUES_MISMATCH"


def tls_faults(files: TlsFiles | None, now: datetime) -> list[str]:
    """All that keeps a server from serving these files; nothing where there are none to serve."""
    if files is None:
        return []
    return [*_unreadable(files)] or [*_unusable(files, now)]


def _unreadable(files: TlsFiles) -> Iterator[str]:
    for key, path in ((CERT, files.cert), (KEY, files.key), (CLIENT_CA, files.client_ca)):
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            yield f"{key}: cannot read {path}: {error.strerror}"


def _unusable(files: TlsFiles, now: datetime) -> Iterator[str]:
    try:
        pinned_context(files.cert)
    except (OSError, ValueError):
        yield f"{CERT}: {files.cert} holds no PEM certificate"
        return
    pair = TlsFiles(files.cert, files.key)
    try:
        yield from _out_of_date(pair, now)
    except KeyIsEncrypted:
        yield (
            f"{KEY}: {files.key} is encrypted, and nobody is there to type its password when the server starts; "
            f"write it without one: openssl pkey -in {files.key} -out plain.pem"
        )
    except ssl.SSLError as error:
        yield f"{KEY}: {_what_is_wrong(files, error)}"
    if files.client_ca is not None:
        yield from _unusable_authorities(files.client_ca)


def _what_is_wrong(files: TlsFiles, error: ssl.SSLError) -> str:
    if error.reason == _MISMATCH:
        return f"{files.key} is not the key of the certificate in {files.cert}"
    why = f" ({error.reason})" if error.reason else ""
    return f"{files.key} holds no PEM key that can be served with {files.cert}{why}"


def _unusable_authorities(path: Path) -> Iterator[str]:
    try:
        first_certificate(path)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except OSError:
        yield f"{CLIENT_CA}: {path} holds no PEM certificate"


def _out_of_date(pair: TlsFiles, now: datetime) -> Iterator[str]:
    found = served_certificate(pair)
    begins, ends = (_time(found[name]) for name in ("notBefore", "notAfter"))
    if now >= ends:
        yield f"{CERT}: {pair.cert} expired on {ends:%Y-%m-%d %H:%M} UTC"
    elif now < begins:
        yield f"{CERT}: {pair.cert} is not valid before {begins:%Y-%m-%d %H:%M} UTC"


def valid_until(pair: TlsFiles) -> datetime:
    """When the certificate ends. Raises as `served_certificate`."""
    return _time(served_certificate(TlsFiles(pair.cert, pair.key))["notAfter"])


def served_certificate(pair: TlsFiles) -> dict[str, Any]:
    """What a client gets to see of the pair, by a handshake in memory: proof that it can be served.

    Raises ssl.SSLError, KeyIsEncrypted.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context(pair).wrap_bio(to_server, to_client, server_side=True)
    client = pinned_context(pair.cert).wrap_bio(to_client, to_server)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert() or {}


def _time(text: Any) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(text)), UTC)
