"""A start that cannot succeed says so in one line that helps; a stop loses nothing."""

import shutil
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from random import Random

import pytest

from tests.servers import ROOT, Server, environment_of, eventually, free_port, running, serve_command

REFUSED_WITHIN_S = 30


def refused(server: Server, **environment: str) -> tuple[int, str]:
    """The exit code and the one line of a start that was refused."""
    server.write_configuration()
    ended = subprocess.run(
        serve_command(server.configuration),
        cwd=ROOT,
        env=environment_of({**server.environment, **environment}),
        capture_output=True,
        text=True,
        timeout=REFUSED_WITHIN_S,
        check=False,
    )
    assert ended.returncode in (1, 2)
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("quartermaster: ")
    return ended.returncode, line


@pytest.fixture(scope="module")
def traded(tmp_path_factory) -> Path:
    """A database in which something has happened, closed properly."""
    folder = tmp_path_factory.mktemp("traded")
    with running(folder) as server:
        for number in range(200):
            assert server.alert(id=f"{number}", quantity="0.001").status == 202
        assert server.stop() == 0
    return server.database


@pytest.fixture
def server(tmp_path: Path, traded: Path) -> Server:
    """A server that is to be started on a copy of that database."""
    server = Server(tmp_path)
    shutil.copy(traded, server.database)
    return server


def test_a_sound_database_is_served(server: Server):
    try:
        assert server.start().alert(id="0", quantity="0.001").json["duplicate"] is True
    finally:
        server.kill()


def test_a_file_that_is_no_database_is_refused(server: Server):
    server.database.write_bytes(b"no database at all" * 500)
    before = server.database.read_bytes()
    code, line = refused(server)
    assert code == 1
    assert str(server.database) in line
    assert "damaged" in line
    assert "restore a backup" in line
    assert server.database.read_bytes() == before


def test_a_database_with_a_broken_header_is_refused(server: Server):
    with server.database.open("r+b") as file:
        file.write(Random(1).randbytes(100))
    code, line = refused(server)
    assert code == 1
    assert "damaged" in line


def test_a_database_with_random_bytes_in_its_middle_is_refused(server: Server):
    random = Random(2)
    size = server.database.stat().st_size
    with server.database.open("r+b") as file:
        for _ in range(20):
            file.seek(random.randrange(4096, size - 4096))
            file.write(random.randbytes(512))
    code, line = refused(server)
    assert code == 1
    assert "damaged" in line
    assert "restore a backup" in line


def test_a_database_cut_off_in_its_middle_is_refused(server: Server):
    with server.database.open("r+b") as file:
        file.truncate(server.database.stat().st_size // 2)
    code, line = refused(server)
    assert code == 1
    assert "damaged" in line


def test_a_database_of_a_newer_version_is_refused(server: Server):
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    code, line = refused(server)
    assert code == 1
    assert "9999" in line
    assert "upgrade Quartermaster" in line


def test_somebody_elses_database_is_refused_and_left_alone(server: Server):
    server.database.unlink()
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.execute("INSERT INTO recipes VALUES ('soup')")
    before = server.database.read_bytes()
    code, line = refused(server)
    assert code == 1
    assert "another program" in line
    assert "[database] url" in line
    assert server.database.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path):
    code, line = refused(Server(tmp_path), DATABASE__URL="sqlite+aiosqlite:////proc/1/quartermaster.db")
    assert code == 2
    assert "/proc/1" in line
    assert "[database] url" in line


def test_a_folder_where_the_database_should_be_is_refused(tmp_path: Path):
    (tmp_path / "quartermaster.db").mkdir()
    code, line = refused(Server(tmp_path))
    assert code == 2
    assert "quartermaster.db" in line
    assert "it is a folder" in line


def test_a_port_in_use_is_refused(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = refused(Server(tmp_path, port=port))
    assert code == 2
    assert f"127.0.0.1:{port}" in line
    assert "[server] port" in line


def test_a_second_server_on_the_same_database_is_refused_and_the_first_goes_on(tmp_path: Path):
    with running(tmp_path) as first:
        assert first.process is not None
        code, line = refused(first, SERVER__PORT=str(free_port()))
        assert code == 2
        assert "another Quartermaster" in line
        assert str(first.process.pid) in line
        assert first.alert(id="first").status == 202


def test_the_database_is_free_again_after_a_kill(tmp_path: Path):
    with running(tmp_path) as server:
        server.kill()
        assert server.start().alert(id="first").status == 202


def test_a_stop_under_load_decides_sends_and_books_everything_it_acknowledged(tmp_path: Path):
    with running(tmp_path) as server, ThreadPoolExecutor(8) as senders:
        answers = [senders.submit(send, server, number) for number in range(400)]
        eventually(lambda: server.count("signals") > 50)
        assert server.stop() == 0
        told = [answer.result() for answer in answers]
        acknowledged = {signal_id for status, signal_id in told if status == 202}
        assert {status for status, _ in told} <= {202, 503, None}
        assert 50 < len(acknowledged) < 400

        assert acknowledged <= {signal_id for (signal_id,) in server.rows("SELECT signal_id FROM signals")}
        assert server.rows("SELECT DISTINCT status FROM orders") == [("FILLED",)]
        assert server.count("fills") == server.count("orders") == server.count("signals")
        assert server.rows("PRAGMA integrity_check") == [("ok",)]

        before = server.count("fills")
        server.start()
        assert server.alert(id="afterwards").status == 202
        eventually(lambda: server.count("fills") == before + 1)
        assert server.stop() == 0


def send(server: Server, number: int) -> tuple[int | None, str | None]:
    """Status and signal id of an alert's answer; None for both where there was none."""
    try:
        answer = server.alert(id=f"load-{number}", quantity="0.001")
    except (OSError, HTTPException):
        return None, None
    return answer.status, answer.json.get("signal_id")


def test_a_stop_closes_idle_connections_soon(tmp_path: Path):
    with running(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: desk\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0
