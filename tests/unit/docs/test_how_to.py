"""The how-tos: their configurations load, and the files they install are what the desk needs."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.cli.failure import WRONG_USE
from app.initial import write_initial
from app.service import DRAIN_AT_MOST_S
from app.serving import GRACEFUL_STOP_S
from app.settings.model import Settings
from docs.uml.generate import ROOT

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_each_piece_of_configuration_fits_into_what_init_writes(block: str, tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    write_initial(path)
    tree: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for section, table in tomllib.loads(block).items():
        tree[section] = {**tree.get(section, {}), **table} if isinstance(table, dict) else table
    assert Settings.model_validate(tree, context={"file": path})


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy/quartermaster.service", encoding="utf-8")
    return parser


def test_the_service_starts_again_after_a_crash_and_not_after_a_wrong_configuration() -> None:
    service = unit()["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == str(WRONG_USE)
    assert service["ExecStart"].endswith("quartermaster serve")


def test_the_service_gives_a_stop_the_time_that_it_may_take() -> None:
    service = unit()["Service"]
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) > DRAIN_AT_MOST_S + GRACEFUL_STOP_S


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    text = (ROOT / "deploy/quartermaster.service").read_text(encoding="utf-8")
    copy = tmp_path / "quartermaster.service"
    copy.write_text(text.replace("/opt/quartermaster/bin/quartermaster", "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=30, check=False)
    assert [line for line in done.stderr.splitlines() if copy.name in line] == []


def test_the_renewal_hook_puts_a_pair_where_the_configuration_of_the_how_to_looks(tmp_path: Path) -> None:
    script = (ROOT / "deploy/renew-certificate.sh").read_text(encoding="utf-8")
    here = script.replace("/var/lib/quartermaster", str(tmp_path)).replace("-o quartermaster -g quartermaster ", "")
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for _ in range(2):
        subprocess.run(["sh", "-c", here], env={"RENEWED_LINEAGE": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True)
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == ["fullchain.pem", "privkey.pem"]
    assert (tmp_path / "tls/privkey.pem").stat().st_mode & 0o777 == 0o600
