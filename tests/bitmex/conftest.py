"""These tests need the ccxt that still knew BitMEX; elsewhere none of them is collected, and the run says so."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest


def _has_bitmex() -> bool:
    spec = find_spec("ccxt")
    return spec is not None and any(
        Path(folder, "bitmex.py").exists() for folder in spec.submodule_search_locations or ()
    )


HAS_BITMEX = _has_bitmex()
collect_ignore_glob = [] if HAS_BITMEX else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_BITMEX:
        terminalreporter.write_line(f"tests/bitmex: left out, ccxt {version('ccxt')} has no bitmex (make test-bitmex)")
