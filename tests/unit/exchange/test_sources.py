"""Where prices come from can be configured without loading what asks for them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["exchange.sources", "exchange.known", "app.settings.prices", "portfolio.prices.ports"]
)
def test_no_ccxt_is_loaded(module: str) -> None:
    code = f"import {module}, sys; sys.exit('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
