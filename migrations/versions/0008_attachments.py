"""Protection that entries take along to their venue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Exact, Json

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("attached", Json()))
    op.create_table(
        "attachments",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("stop_loss", Exact()),
        sa.Column("take_profit", Exact()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "strategy", "symbol"),
    )


def downgrade() -> None:
    op.drop_table("attachments")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("attached")
