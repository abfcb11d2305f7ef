"""What is in force while files are being replaced."""

from pathlib import Path
from typing import Any

import pytest

from app.settings import TlsFiles
from app.tls import faults, renewing
from app.tls.contexts import KeyIsEncrypted
from app.tls.renewing import RenewingContext
from tests.certificates import Authority

NAME = "desk.example"


@pytest.fixture
def context(tmp_path: Path) -> RenewingContext:
    return RenewingContext(TlsFiles(*Authority().server(NAME).write(tmp_path, "server")))


def failing(error: Exception) -> Any:
    def fail(_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("module", "name"), [(faults, "served_certificate"), (renewing, "server_context")], ids=["looked at", "loaded"]
)
@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file"), KeyIsEncrypted()], ids=["gone", "encrypted"])
def test_files_that_are_replaced_between_two_looks_end_nothing(
    context: RenewingContext, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception
) -> None:
    before = context._newest
    with monkeypatch.context() as replaced:
        replaced.setattr(module, name, failing(error))
        assert not context.renew()
    assert context._newest is before
    assert context.renew()
