"""The tables. What is only ever added to has an integer `id` in the order it was written."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text, false, text

from app.storage.columns import Exact, Json, Moment

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("configuration", Text, nullable=False),
    Column("envelope", Text, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("signal_id", Text, nullable=False, unique=True),
    Column("alert_id", Text),
    Column("content_hash", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("content", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("checks", Json, nullable=False),
    Index(
        "signals_by_alert_id",
        "alert_id",
        "strategy",
        sqlite_where=text("alert_id IS NOT NULL"),
        postgresql_where=text("alert_id IS NOT NULL"),
    ),
    Index(
        "signals_by_content",
        "content_hash",
        sqlite_where=text("alert_id IS NULL"),
        postgresql_where=text("alert_id IS NULL"),
    ),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_order_id", Text, nullable=False, unique=True),
    Column("origin", Text, nullable=False),
    Column("signal_id", Text),
    Column("account", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("order_type", Text, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact),
    Column("reduce_only", Boolean, nullable=False),
    Column("is_exit", Boolean, nullable=False),
    Column("time_in_force", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("filled", Exact, nullable=False),
    Column("cost", Exact, nullable=False),
    Column("reference_price", Exact, nullable=False),
    Column("reference_source", Text, nullable=False),
    Column("reservation_price", Exact, nullable=False),
    Column("after", Text),
    Column("cancel_requested", Boolean, nullable=False),
    Column("venue_order_id", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("send_by", Moment),
    Column("sent_at", Moment),
    Column("reasons", Json, nullable=False),
    Column("stop_price", Exact),
    Column("post_only", Boolean, nullable=False, server_default=false()),
    Column("expires_at", Moment),
    Column("triggered", Boolean, nullable=False, server_default=false()),
    Column("guard", Json),
    Column("lapses_at", Moment),
    Column("attached", Json),
    Index("orders_live", "id", sqlite_where=text("live = 1"), postgresql_where=text("live")),
    Index("orders_by_origin", "origin"),
)

order_transitions = Table(
    "order_transitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_order_id", Text, nullable=False, index=True),
    Column("previous", Text),
    Column("status", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

fills = Table(
    "fills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("trade_id", Text, nullable=False),
    Column("client_order_id", Text, index=True),
    Column("strategy", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("fee", Exact, nullable=False),
    Column("fee_currency", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Index("fills_by_trade", "trade_id", "account", unique=True),
)

wallets = Table(
    "wallets",
    metadata,
    Column("account", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount", Exact, nullable=False),
)

positions = Table(
    "positions",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("quantity", Exact, nullable=False),
    Column("cost", Exact, nullable=False),
    Column("realised", Exact, nullable=False),
    Column("fees", Exact, nullable=False),
    Column("entries", Integer, nullable=False, server_default="0"),
    Column("funding", Exact, nullable=False, server_default="0"),
)

# Until when funding has been booked.
funded = Table(
    "funded",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("time", Moment, nullable=False),
)

fundings = Table(
    "fundings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("rate", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("time", Moment, nullable=False),
)

# Money that came to an account or left it without a trade.
transfers = Table(
    "transfers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", Moment, nullable=False),
)

# The last comparison of each account with its venue, and until when the venue's history is booked.
reconciliations = Table(
    "reconciliations",
    metadata,
    Column("account", Text, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("result", Text, nullable=False),
    Column("history_until", Moment),
    Column("begun_at", Moment),
)

marks = Table(
    "marks",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("price", Exact, nullable=False),
    Column("source", Text, nullable=False),
    Column("time", Moment, nullable=False),
)

# A scope's three parts are empty text where it has none.
trading_states = Table(
    "trading_states",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("paused", Boolean, nullable=False),
)

baselines = Table(
    "baselines",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("day_start", Exact, nullable=False),
    Column("peak", Exact, nullable=False),
)

equity_snapshots = Table(
    "equity_snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("equity", Exact, nullable=False),
    Index("equity_snapshots_by_scope", "account", "strategy", "symbol", "id"),
)

# What all accounts were worth; `assets` has each part, `rates` what the currency was worth in others.
wallet_snapshots = Table(
    "wallet_snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total", Exact, nullable=False),
    Column("assets", Json, nullable=False),
    Column("rates", Json, nullable=False),
)

strategy_states = Table(
    "strategy_states",
    metadata,
    Column("strategy", Text, primary_key=True),
    Column("state", Json, nullable=False),
)

flattenings = Table(
    "flattenings",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("signal_id", Text),
    Column("tries", Integer, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("stop_loss", Exact),
    Column("take_profit", Exact),
    Column("state", Text, nullable=False),
)

# What limits have counted: moments in microseconds since 1970, and how often on one day in UTC.
tallies = Table(
    "tallies",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("times", Json, nullable=False),
    Column("day", Text),
    Column("count", Integer, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, index=True),
    Column("client_order_id", Text),
    Column("account", Text),
    Column("strategy", Text),
    Column("symbol", Text),
    Column("detail", Json, nullable=False),
)

# What was pruned, and what a holding was after the last of its fills that were: the sums of the others begin there.
brought_forward = Table(
    "brought_forward",
    metadata,
    Column("account", Text, primary_key=True),
    Column("strategy", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("quantity", Exact, nullable=False),
    Column("cost", Exact, nullable=False),
    Column("realised", Exact, nullable=False),
    Column("fees", Exact, nullable=False),
    Column("funding", Exact, nullable=False),
)

prunings = Table(
    "prunings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("before", Moment, nullable=False),
    Column("folder", Text, nullable=False),
    Column("rows", Json, nullable=False),
)

# Where an account is: what it holds at one venue is nothing at another. `environment` is empty text on paper.
venues = Table(
    "venues",
    metadata,
    Column("account", Text, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("environment", Text, nullable=False),
)

# What a real venue told of its instruments, the last time it did; those it has no more stay.
instruments = Table(
    "instruments",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("terms", Json, nullable=False),
    Column("told_at", Moment, nullable=False),
)
