"""The accounts that `quartermaster init` can write: a paper one, and one on a real venue's testnet."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PAPER, BYBIT = "paper", "bybit"
_PAPER_TABLE = """\
[[accounts]]
id = "main"
venue = "paper"               # simulated fills, nothing leaves this machine; a real one: docs/how-to/bybit-testnet.md
# feed = "binance"            # trade at this venue's live prices; without it the prices are those of your alerts
leverage = 2                  # margin is exposure divided by this
balances = { USDT = "10000" }  # what the account starts with
fees = { maker = "0.02%", taker = "0.055%" }
slippage = "0"                # how much worse than the market's price orders fill: "0.05%"
# send_within_s = 30          # an order that could not be sent in this time is given up

# BTC, ETH and two dozen other USDT perpetuals are known. Others are added like this:
# [[accounts.instruments]]
# symbol = "PEPE/USDT:USDT"
# contract_size = 1           # how much of the coin one contract is
# lot = 1000                  # the step of quantities
# tick = "0.0000001"          # the step of prices
# min_quantity = 1000
# min_cost = 5
# max_leverage = 50
"""
_BYBIT_TABLE = """\
[[accounts]]
id = "bybit-testnet"          # another account, another id: what it holds is in the database by this name
venue = "bybit"
environment = "testnet"       # play money. Before "live" read docs/how-to/going-live.md
# The key and its secret stand alone in a file each, beside this one and readable by its owner only. Or delete these
# two lines and set QUARTERMASTER_ACCOUNTS__BYBIT_TESTNET__API_KEY
# and QUARTERMASTER_ACCOUNTS__BYBIT_TESTNET__API_SECRET.
api_key_file = "bybit-testnet.key"
api_secret_file = "bybit-testnet.secret"
leverage = 2                  # set at the venue for each symbol; margin is exposure divided by this
margin_mode = "cross"         # or "isolated"
# foreign_orders = "report"   # orders there that the desk did not place: "report", "ignore" or "adopt"
# attach_protection = true    # an entry on a contract takes its stop along, for when the desk is away
# reconcile_every_s = 60      # how often the books are compared with the venue's
# send_within_s = 30          # an order that could not be sent in this time is given up
# dead_mans_switch_s = 60     # the venue cancels every order, stops too, if it hears nothing for so long
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccount:
    """The account's table, and what the rest of the file says because of it; `next_steps` are told on the screen."""

    account: str
    table: str
    order: str
    position: str
    exposure: str
    quote_age_s: int
    sizing: str
    sizing_means: str
    next_steps: tuple[str, ...] = ()


INITIAL: Mapping[str, InitialAccount] = MappingProxyType(
    {
        PAPER: InitialAccount(
            account="main",
            table=_PAPER_TABLE,
            order="2000",
            position="5000",
            exposure="10000",
            quote_age_s=60,
            sizing='quantity = "10%"',
            sizing_means="a share of equity, 1,000 USDT at first",
        ),
        BYBIT: InitialAccount(
            account="bybit-testnet",
            table=_BYBIT_TABLE,
            order="250",
            position="500",
            exposure="1000",
            quote_age_s=10,
            sizing='quantity = "200", quantity_type = "notional"',
            sizing_means="200 USDT",
            next_steps=(
                "a key of testnet.bybit.com, that may trade and not withdraw, belongs beside it, readable by you only:",
                "  bybit-testnet.key and bybit-testnet.secret",
                "then: quartermaster check --config {config}",
            ),
        ),
    }
)
