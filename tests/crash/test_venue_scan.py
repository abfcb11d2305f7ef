"""The look for secrets finds them."""

from pathlib import Path
from typing import Any

import pytest

from tests.crash.venue.scan import SECRETS, leaks
from tests.servers import Server

SIGNATURE = "0f" * 32


class Venue:
    def control(self, name: str) -> dict[str, Any]:
        return {name: [SIGNATURE]}


@pytest.fixture
def stopped(tmp_path: Path) -> Server:
    (tmp_path / "quartermaster.db").write_bytes(b"SQLite format 3")
    (tmp_path / "output.txt").write_text("serving\n")
    return Server(tmp_path)


@pytest.mark.parametrize("secret", [*SECRETS, SIGNATURE])
@pytest.mark.parametrize("file", ["quartermaster.db-wal", "output.txt", "backups/old.db"])
def test_a_secret_in_any_file_is_found(stopped: Server, secret: str, file: str):
    assert not leaks(stopped, Venue())
    path = stopped.folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * 100 + b'"' + secret.encode() + b'"')
    assert [found.partition(":")[0] for found in leaks(stopped, Venue())] == [file]


def test_another_digest_is_no_signature(stopped: Server):
    (stopped.folder / "output.txt").write_text("fingerprint " + "ab" * 32)
    assert not leaks(stopped, Venue())
