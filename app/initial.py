"""The configuration that `quartermaster init` writes: a paper desk that can trade at once, explained line by line."""

import os
import secrets
from pathlib import Path

SECRET_BYTES = 32
_MODE = 0o600
_TEMPLATE = """\
# Quartermaster: one file says what this desk may do. `quartermaster check` tells all that is wrong with it.
#
# Every key can also come from the environment, which wins over this file:
#   QUARTERMASTER_SERVER__PORT=9000
#   QUARTERMASTER_ACCOUNTS__MAIN__LEVERAGE=3
#
# Amounts are in the portfolio's currency and stand in quotes, so that they stay exact.
# Keys behind a single # show their default; remove the # to change them.
# The two secrets below are yours alone: keep this file readable by its owner only.

[server]
host = "127.0.0.1"            # who can reach the desk: this machine only; 0.0.0.0 is every network it is on
port = 8080
# Opens the API and the command line, as "Authorization: Bearer <token>". It can do everything here.
api_token = "{api_token}"
# trusted_proxies = []        # proxies in front, whose word counts on who asks: ["127.0.0.1", "172.16.0.0/12"]
# tls_cert = "fullchain.pem"  # with both of these the desk speaks https by itself; replaced files are noticed
# tls_key = "privkey.pem"
# max_requests_per_minute = 600  # to the API, from one address; 0 is no limit
# max_wrong_secrets = 10      # after so many within ten minutes an address is not heard for a quarter of an hour

[webhook]
# Goes into each alert as "secret". It can place orders, within the limits below.
secret = "{secret}"
# allowed_ips = []            # addresses that may send alerts: ["tradingview", "loopback"]; empty admits every one
# max_requests_per_minute = 600  # from one address; TradingView has four for all of its users
# max_age_s = 300             # an alert that fired longer ago is denied
# dedup_window_s = 30         # the same content within this time is one alert
# id_window_s = 86400         # an alert's id is remembered this long
# max_body_bytes = 65536      # larger alerts are refused unread

[database]
url = "sqlite+aiosqlite:///quartermaster.db"  # beside this file; four slashes begin an absolute path

# The log goes to standard error, as JSON where that is not a terminal.
[log]
# file = "quartermaster.log"  # beside this file; rotated by moving it away, as logrotate does
# level = "info"              # debug, info, warning, error or critical
# format = "json"             # or "text"

[portfolio]
currency = "USDT"             # what amounts, limits and profits are counted in

# What no order may break. An order that would is denied, with every reason named; closing is never limited.
# The same keys hold for one account or one strategy: [accounts.limits], [strategies.limits].
# An amount is money, "650", or a share of equity, "25%".
[portfolio.limits]
max_order_notional = "2000"   # the most one order may be worth
max_position = "5000"         # the most one symbol may be worth, counting orders on their way
max_exposure = "10000"        # all positions together, longs and shorts added up
max_net_exposure = "10000"    # longs less shorts
max_leverage = "2"            # exposure divided by equity
max_open_orders = 50          # orders at work at one time
price_collar = "1%"           # how far an order's price may be from the market's
max_quote_age_s = 60          # a price older than this opens no position
max_daily_loss = "5%"         # lose this much since 00:00 UTC and the desk only reduces until you resume it
max_drawdown = "20%"          # the same, counted from the highest equity ever

# One symbol can be held tighter than the rest:
# [[portfolio.limits.symbols]]
# symbol = "ETH/USDT:USDT"
# max_position = "2500"

[[accounts]]
id = "main"
venue = "paper"               # simulated fills, nothing leaves this machine
leverage = 2                  # margin is exposure divided by this
balances = {{ USDT = "10000" }}  # what the account starts with
fees = {{ maker = "0.02%", taker = "0.055%" }}
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

# Names of your own for symbols, as your alerts spell them.
[symbols]
# "MYBITCOIN" = "BTC/USDT:USDT"

[[strategies]]
id = "follow"                 # alerts name it as "strategy"; they need not while only one trades the symbol
kind = "follow"               # does what the alert says; others: target, reverse, scale_in, close_only
account = "main"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]  # left out: every symbol of the account
sizing = {{ quantity = "10%" }}  # how much, where the alert does not say: a share of equity, 1,000 USDT at first
"""


def initial_configuration() -> str:
    """A configuration with fresh secrets that loads without a fault."""
    return _TEMPLATE.format(
        secret=secrets.token_urlsafe(SECRET_BYTES),
        api_token=secrets.token_urlsafe(SECRET_BYTES),
    )


def write_initial(path: Path) -> None:
    """The file exists and only its owner can read it. Raises FileExistsError rather than touch one that is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise FileExistsError(f"{path} exists already and was left as it is") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(initial_configuration())
    except OSError:
        path.unlink()
        raise
