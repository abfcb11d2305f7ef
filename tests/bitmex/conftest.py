"""These tests need the ccxt that still knew BitMEX; elsewhere none of them is collected, and the run says so."""

from importlib.metadata import version

import pytest

from tests.environments import has_bitmex

collect_ignore_glob = [] if has_bitmex() else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not has_bitmex():
        terminalreporter.write_line(f"tests/bitmex: left out, ccxt {version('ccxt')} has no bitmex (make test-bitmex)")
