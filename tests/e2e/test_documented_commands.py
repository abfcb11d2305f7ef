"""Every command that these pages show in a bash block is run, in order, against a desk that `init` has configured."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.initial import write_initial
from app.settings import Settings, load_settings
from tests.servers import ROOT, Server, environment_of

PAGES = ("README.md", "docs/quick-start.md", "docs/tradingview.md", "docs/http-api.md")
_BLOCK = re.compile(r"^```bash\n(?P<script>.*?)^```\n(?:\s*```json\n(?P<answer>.*?)^```)?", re.MULTILINE | re.DOTALL)
_FAILS = re.compile(r"^(?P<command>.*?)  # exits 1$", re.MULTILINE)
_NOT_HERE = re.compile(r"^(make |source )", re.MULTILINE)
_NEW_EACH_TIME = {"signal_id", "client_order_id"}
_PRELUDE = """\
set -euo pipefail
curl() { command curl -sS --fail-with-body "$@"; }
quartermaster() { "$PYTHON" -c "from app.cli import main; main()" "$@"; }
"""


def blocks(page: str) -> list[re.Match[str]]:
    """What a page asks its reader to run, but for what would install or build something."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block for block in _BLOCK.finditer(text) if not _NOT_HERE.search(block["script"])]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.environment = {"SERVER__PORT": str(server.port)}
    write_initial(server.configuration)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_followed(page: str, server: Server) -> None:
    settings = load_settings(server.configuration, {})
    shown = blocks(page)
    assert shown
    for block in shown:
        done = run(block["script"], server, settings)
        assert done.returncode == 0, f"{block['script']}\n{done.stdout}\n{done.stderr}"
        if block["answer"] and "…" not in block["answer"]:
            assert steady(json.loads(done.stdout)) == steady(json.loads(block["answer"]))


def run(script: str, server: Server, settings: Settings) -> subprocess.CompletedProcess[str]:
    there = script.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{server.port}")
    commands = _FAILS.sub(r"code=0; \g<command> || code=$?; test $code = 1", there)
    more = {
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "SECRET": settings.webhook.secret.get_secret_value(),
        "TOKEN": settings.server.api_token.get_secret_value(),
    }
    environment = environment_of(server.environment) | more
    command = ["bash", "-c", _PRELUDE + commands]
    return subprocess.run(
        command, cwd=server.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def steady(answer: Any) -> Any:
    """The answer without what is new each time."""
    if isinstance(answer, Mapping):
        return {key: "new" if key in _NEW_EACH_TIME else steady(value) for key, value in answer.items()}
    return [steady(item) for item in answer] if isinstance(answer, list) else answer
