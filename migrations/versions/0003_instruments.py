"""Wallets by currency, orders with stops and times, funding, and fills without an order of ours."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Exact, Moment

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """What an account had is a wallet without a currency, which the desk reads as the portfolio's."""
    op.create_table(
        "wallets",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.PrimaryKeyConstraint("account", "currency"),
    )
    op.execute("INSERT INTO wallets (account, currency, amount) SELECT account, '', balance FROM accounts")
    op.drop_table("accounts")
    op.create_table(
        "funded",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", "symbol"),
    )
    op.create_table(
        "fundings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", Exact(), nullable=False),
        sa.Column("price", Exact(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _widen()


def _widen() -> None:
    """Columns of tables that exist; what is in them was a market or limit order, and had no funding."""
    with op.batch_alter_table("positions") as positions:
        positions.add_column(sa.Column("funding", Exact(), nullable=False, server_default="0"))
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("stop_price", Exact(), nullable=True))
        orders.add_column(sa.Column("post_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        orders.add_column(sa.Column("expires_at", Moment(), nullable=True))
        orders.add_column(sa.Column("triggered", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("fills") as fills:
        fills.alter_column("client_order_id", existing_type=sa.Text(), nullable=True)
