"""What either end of a connection accepts."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import TlsFiles
from app.tls.contexts import KeyIsEncrypted, first_certificate, pinned_context, server_context
from tests.certificates import DAY, Authority, Pair, self_signed

NAME = "desk.example"


def shakes_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> str:
    """The version that both ends agree on. Raises ssl.SSLError where either refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return str(ends[0].version())


def files(pair: Pair, folder: Path, name: str = "server") -> TlsFiles:
    return TlsFiles(*pair.write(folder, name))


def test_a_pinned_client_accepts_that_certificate_whatever_its_name_and_age(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for pair in (
        Authority().server(NAME),
        Authority().server(NAME, begins=now - 9 * DAY, ends=now - DAY),
        self_signed({"CN": NAME}),
    ):
        held = files(pair, tmp_path)
        assert shakes_hands(pinned_context(held.cert), server_context(held)) == "TLSv1.3"


def test_a_pinned_client_refuses_every_other_even_of_the_same_authority(tmp_path: Path) -> None:
    authority = Authority()
    mine, theirs = files(authority.server(NAME), tmp_path), files(authority.server(NAME), tmp_path, "theirs")
    with pytest.raises(ssl.SSLCertVerificationError):
        shakes_hands(pinned_context(mine.cert), server_context(theirs))


def test_only_the_first_certificate_of_a_chain_is_the_servers_own(tmp_path: Path) -> None:
    held = files(Authority().server(NAME), tmp_path)
    assert held.cert.read_text().count("END CERTIFICATE") == 2
    assert first_certificate(held.cert).count("END CERTIFICATE") == 1


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_bytes(b"\xff\x00 nothing")
    with pytest.raises(OSError, match="no PEM certificate"):
        pinned_context(tmp_path / "x.pem")


def test_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    pair = Authority().server(NAME)
    held = files(pair, tmp_path)
    held.key.write_bytes(pair.key_pem(b"password"))
    with pytest.raises(KeyIsEncrypted):
        server_context(held)


def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    held = files(Authority().server(NAME), tmp_path)
    assert server_context(held).minimum_version is ssl.TLSVersion.TLSv1_2
    newer = pinned_context(held.cert)
    newer.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shakes_hands(newer, server_context(held)) == "TLSv1.2"


def test_clients_are_asked_for_a_certificate_only_where_it_can_be_judged(tmp_path: Path) -> None:
    held = files(Authority().server(NAME), tmp_path)
    asking = TlsFiles(held.cert, held.key, Authority().write(tmp_path, "clients"))
    assert server_context(held).verify_mode is ssl.CERT_NONE
    assert server_context(asking).verify_mode is ssl.CERT_OPTIONAL
