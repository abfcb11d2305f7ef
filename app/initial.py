"""The configuration that `quartermaster init` writes: a desk that can trade at once, explained line by line."""

import os
import secrets
from pathlib import Path

from app.initial_accounts import INITIAL, PAPER

SECRET_BYTES = 32
_MODE = 0o600
_TEMPLATE = """\
# Quartermaster: one file says what this desk may do. `quartermaster check` tells all that is wrong with it.
#
# Every key can also come from the environment, which wins over this file:
#   QUARTERMASTER_SERVER__PORT=9000
#   QUARTERMASTER_ACCOUNTS__{variable}__LEVERAGE=3
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
max_order_notional = {order:<9}# the most one order may be worth
max_position = {position:<15}# the most one symbol may be worth, counting orders on their way
max_exposure = {exposure:<15}# all positions together, longs and shorts added up
max_net_exposure = {exposure:<11}# longs less shorts
max_leverage = "2"            # exposure divided by equity
max_open_orders = 50          # orders at work at one time
price_collar = "1%"           # how far an order's price may be from the market's
max_quote_age_s = {quote_age_s:<12}# a price older than this opens no position
max_daily_loss = "5%"         # lose this much since 00:00 UTC and the desk only reduces until you resume it
max_drawdown = "20%"          # the same, counted from the highest equity ever

# One symbol can be held tighter than the rest:
# [[portfolio.limits.symbols]]
# symbol = "ETH/USDT:USDT"
# max_position = {half}

# Prices across venues: `quartermaster prices` and `quartermaster discrepancies`. No keys are needed for them.
[prices]
# venues = ["binance", "coinbase", "kraken"]  # or okx, bybit, cryptocom, hyperliquid and a hundred more
# symbols = []                # what is watched while the desk runs: ["BTC/USDT", "ETH/USDT"]
# max_age_s = 10              # a price older than this is shown as stale

# When two venues differ by more than this, net of both fees, an event tells it.
[prices.discrepancies]
# size = "1000"               # how much the order books must bear
# alert_above = "0.5%"
# rearm_below = "0.3%"        # it is told again only after it was below this
# cooldown_s = 300            # and not sooner than this

{table}
# Names of your own for symbols, as your alerts spell them.
[symbols]
# "MYBITCOIN" = "BTC/USDT:USDT"

[[strategies]]
id = "follow"                 # alerts name it as "strategy"; they need not while only one trades the symbol
kind = "follow"               # does what the alert says; others: target, reverse, scale_in, bracket, close_only
account = "{account}"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]{symbols_mean}
sizing = {{ {sizing} }}  # how much, where the alert does not say: {sizing_means}
"""


def initial_configuration(venue: str = PAPER) -> str:
    """A configuration with fresh secrets that loads without a fault, once the keys of a real venue are there."""
    account = INITIAL[venue]
    return _TEMPLATE.format(
        secret=secrets.token_urlsafe(SECRET_BYTES),
        api_token=secrets.token_urlsafe(SECRET_BYTES),
        variable=account.account.upper().replace("-", "_"),
        account=account.account,
        table=account.table,
        order=f'"{account.order}"',
        position=f'"{account.position}"',
        exposure=f'"{account.exposure}"',
        half=f'"{int(account.position) // 2}"',
        quote_age_s=account.quote_age_s,
        symbols_mean="  # left out: every symbol of the account" if venue == PAPER else "",
        sizing=account.sizing,
        sizing_means=account.sizing_means,
    )


def write_initial(path: Path, venue: str = PAPER) -> None:
    """The file exists and only its owner can read it. Raises FileExistsError rather than touch one that is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise FileExistsError(f"{path} exists already and was left as it is") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(initial_configuration(venue))
    except OSError:
        path.unlink()
        raise
