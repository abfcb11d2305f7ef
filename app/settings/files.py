"""Which files a configuration names, and that none of them would be written over another."""

from collections.abc import Iterator
from pathlib import Path

from app.settings.faults import Fault
from app.settings.model import Settings

_BESIDE_DATABASE = ("", "-wal", "-shm", "-journal", ".lock")


def file_faults(settings: Settings) -> Iterator[Fault]:
    """The log is appended to, and would spoil whatever else its file is."""
    if settings.log_path is None:
        return
    log = settings.log_path.resolve()
    for what, file in _other_files(settings):
        if log == file.resolve():
            yield Fault(("log", "file"), f"must be a file of its own, not {what}")


def _other_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "the configuration", settings.file
    for ending in _BESIDE_DATABASE:
        database = settings.database_path
        yield "the database's", database.with_name(database.name + ending)
    if (tls := settings.tls) is not None:
        yield "that of server.tls_cert", tls.cert
        yield "that of server.tls_key", tls.key
        if tls.client_ca is not None:
            yield "that of server.tls_client_ca", tls.client_ca
