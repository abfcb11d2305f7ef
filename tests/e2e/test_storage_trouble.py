"""The database cannot be written for a while: alerts are turned away in time, and nothing needs a person."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from tests.servers import Answer, Server, alert_body, eventually, running

LOCKED_S = 10
SPACE = "size=3m"


@contextmanager
def locked_by_another_process(database: Path, how: str) -> Iterator[None]:
    """Another process has begun to write and does not end."""
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10);"
        "c.execute(sys.argv[2]); print('locked', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(database), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield
    finally:
        holder.communicate()


def timed(ask: "Server", body: bytes) -> tuple[Answer, float]:
    began = time.monotonic()
    return ask.request("POST", "/webhook", body), time.monotonic() - began


@pytest.mark.parametrize("how", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_while_another_program_holds_the_database_alerts_get_503_and_afterwards_all_is_well(tmp_path, how):
    with running(tmp_path) as server:
        assert server.alert(id="before").status == 202
        filled = len(eventually(lambda: server.get("fills")["items"]))
        refused: list[bytes] = []
        unready = False
        with locked_by_another_process(server.database, how), ThreadPoolExecutor(4) as senders:
            until = time.monotonic() + LOCKED_S
            while time.monotonic() < until:
                bodies = [alert_body(id=f"locked-{len(refused) + number}") for number in range(4)]
                for body, (answer, took_s) in zip(bodies, senders.map(lambda b: timed(server, b), bodies), strict=True):
                    assert answer.status == 503, answer
                    assert answer.code in ("STORAGE_UNAVAILABLE", "BUSY"), answer
                    assert answer.headers["retry-after"]
                    assert took_s < 3, answer
                    refused.append(body)
                unready = unready or server.request("GET", "/readyz").status == 503
                assert server.request("GET", "/healthz").status == 200
        assert unready
        assert server.count("signals") == 1
        assert server.count("fills") == filled

        eventually(lambda: server.is_ready, 5)
        for body in refused:
            answer = server.request("POST", "/webhook", body)
            assert (answer.status, answer.json["duplicate"]) == (202, False)
        eventually(lambda: server.count("fills") == filled + len(refused))
        assert server.count("signals") == 1 + len(refused)


def test_what_the_venue_reports_during_a_lock_is_booked_after_it(tmp_path):
    """The lock falls into a stream of alerts, so that orders are out when it begins."""
    with running(tmp_path) as server, ThreadPoolExecutor(4) as senders:
        bodies = [alert_body(id=f"stream-{number}", quantity="0.001") for number in range(60)]
        answers = [senders.submit(server.request, "POST", "/webhook", body) for body in bodies]
        eventually(lambda: server.count("orders") > 10)
        with locked_by_another_process(server.database, "BEGIN IMMEDIATE"):
            time.sleep(1)
        accepted = [answer.result() for answer in answers if answer.result().status == 202]
        assert {answer.result().status for answer in answers} <= {202, 503}
        eventually(lambda: server.count("fills") == len(accepted))
        assert server.rows("SELECT DISTINCT status FROM orders") == [("FILLED",)]
        (position,) = (p for p in server.get("positions")["items"] if p["strategy"] is None)
        assert Decimal(position["quantity"]) == len(accepted) * Decimal("0.001")


def test_a_lock_shorter_than_the_patience_is_not_noticed(tmp_path):
    with running(tmp_path) as server, ThreadPoolExecutor(1) as sender:
        with locked_by_another_process(server.database, "BEGIN IMMEDIATE"):
            answer = sender.submit(server.alert, id="patient")
            time.sleep(0.2)
        assert answer.result().status == 202


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", SPACE, "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting is not permitted: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_on_a_full_disk_alerts_get_503_and_with_space_again_all_is_well(small_disk: Path):
    """The process's own output is on the same full disk."""
    server = Server(small_disk)
    try:
        server.start()
        accepted = fill_up(server)
        refused = [alert_body(id=f"refused-{number}") for number in range(5)]
        for body in refused:
            answer, took_s = timed(server, body)
            assert (answer.status, answer.code) == (503, "STORAGE_UNAVAILABLE")
            assert took_s < 3
        for _ in range(5):  # marks that change nothing, once a second, are no sign that the store works
            assert server.request("GET", "/readyz").status == 503
            assert b"quartermaster_ready 0" in server.request("GET", "/metrics").raw
            time.sleep(0.5)
        assert server.request("GET", "/healthz").status == 200

        (small_disk / "ballast").unlink()
        eventually(lambda: server.is_ready, 10)
        for body in refused:
            answer = server.request("POST", "/webhook", body)
            assert (answer.status, answer.json["duplicate"]) == (202, False)
        assert server.count("signals") == accepted + len(refused)
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
        eventually(lambda: server.count("fills") == accepted + len(refused))
        assert server.stop() == 0
    finally:
        server.kill()


def fill_up(server: Server) -> int:
    """How many alerts were taken until the disk was full to the last byte."""
    taken = 0
    ballast = server.folder / "ballast"
    while True:
        with ballast.open("ab", buffering=0) as file:
            write_all_there_is(file)
        answer = server.alert(id=f"taken-{taken}", quantity="0.001")
        if answer.status == 503:
            return taken
        assert answer.status == 202, answer
        taken += 1


def write_all_there_is(file) -> None:
    for size in (65536, 4096, 512, 1):
        try:
            while file.write(b"x" * size) == size:
                pass
        except OSError:
            continue


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    with Path("/dev/full").open("wb", buffering=0) as full, running_into(tmp_path, full) as server:
        assert server.alert(id="first").status == 202
        assert server.alert(id="second", quantity="-1").status == 422
        eventually(lambda: server.get("orders?status=FILLED")["items"])
        assert server.stop() == 0


def test_a_log_whose_reader_has_gone_stops_nothing(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as gone, running_into(tmp_path, gone) as server:
        assert server.alert(id="first").status == 202
        assert server.alert(id="second", quantity="-1").status == 422
        assert server.stop() == 0


@contextmanager
def running_into(folder: Path, stream) -> Iterator[Server]:
    """A server that writes its output there."""
    server = Server(folder)
    try:
        yield server.start(stdout=stream, stderr=stream)
    finally:
        server.kill()
