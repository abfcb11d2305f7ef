"""A process that has imported everything once and forks servers from itself: each is up in a moment and dies alone.

`python -m tests.crash.venue.forking` takes one line of JSON for each server, `{"arguments": […], "output": PATH}`, and
answers with its process id, then with how it ended. The servers end with it, and it ends with its input.
"""

import gc
import json
import os
import select
import signal
import sys
import time
import traceback

import exchange.gateway  # noqa: F401 - what a server imports once it has an account at a venue
from tests.crash.venue.server import main as run_server

LOOK_EVERY_S = 0.02


def main() -> None:
    gc.collect()
    gc.freeze()
    answer({"ready": True})
    while line := sys.stdin.readline():
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            serve(wanted["arguments"], wanted["output"])
        answer({"pid": child})
        answer({"ended": until_it_ends(child)})


def serve(arguments: list[str], output: str) -> None:
    """This process is a server from now on, and ends as one."""
    code = 1
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(file, 1)
        os.dup2(file, 2)
        run_server(*arguments)
        code = 0
    except BaseException:  # as the interpreter itself would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def until_it_ends(child: int) -> int:
    """How it ended; it is killed where nobody wants it any more."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if select.select([sys.stdin], [], [], 0)[0]:
            os.kill(child, signal.SIGKILL)
        time.sleep(LOOK_EVERY_S)


def answer(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
