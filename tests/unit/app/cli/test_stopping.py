"""A command that is stopped cleans up."""

import os
import signal
from pathlib import Path

import pytest

from app.cli.failure import CommandFailed
from app.cli.stopping import stopped_in_order
from app.storage import backup as module
from app.storage.backup import back_up
from app.storage.preparing import prepare


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_backup_that_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch, number: signal.Signals) -> None:
    path = tmp_path / "desk.db"
    prepare(path)
    before = signal.getsignal(number)

    def stopped(*_: object) -> int:
        assert list(tmp_path.glob(".copy*"))
        os.kill(os.getpid(), number)
        return 0

    monkeypatch.setattr(module, "_verified", stopped)
    with pytest.raises(CommandFailed, match=f"stopped by {number.name}"), stopped_in_order():
        back_up(path, tmp_path / "copy.db")
    assert not [file for file in tmp_path.iterdir() if "copy" in file.name]
    assert signal.getsignal(number) is before
