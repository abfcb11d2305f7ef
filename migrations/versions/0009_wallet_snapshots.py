"""What all accounts were worth together, from time to time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Exact, Json, Moment

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "wallet_snapshots",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", Exact(), nullable=False),
        sa.Column("assets", Json(), nullable=False),
        sa.Column("rates", Json(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("wallet_snapshots")
