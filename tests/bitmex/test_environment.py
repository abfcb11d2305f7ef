"""The environment beside the usual one."""

import ccxt
import ccxt.async_support


def test_the_last_ccxt_with_bitmex_is_the_one_in_use():
    assert ccxt.__version__ == "4.5.83"
    assert hasattr(ccxt.async_support, "bitmex")
