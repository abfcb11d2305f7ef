"""The server that measures are compared with starts and answers as the desk does."""

import http.client
from pathlib import Path

from tests.benchmarks.servers import NoOp


def test_the_route_that_does_nothing_answers(tmp_path: Path) -> None:
    with NoOp(tmp_path, 300) as noop:
        connection = http.client.HTTPConnection("127.0.0.1", noop.port, timeout=10)
        connection.request("POST", "/webhook", b"{}")
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (202, 300)
