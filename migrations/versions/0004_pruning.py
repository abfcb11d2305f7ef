"""What was pruned, and the holdings that the pruned fills had led to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Exact, Json, Moment

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "brought_forward",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", Exact(), nullable=False),
        sa.Column("cost", Exact(), nullable=False),
        sa.Column("realised", Exact(), nullable=False),
        sa.Column("fees", Exact(), nullable=False),
        sa.Column("funding", Exact(), nullable=False),
        sa.PrimaryKeyConstraint("account", "strategy", "symbol"),
    )
    op.create_table(
        "prunings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("before", Moment(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("rows", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("prunings")
    op.drop_table("brought_forward")
