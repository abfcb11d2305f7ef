"""When accounts were compared with their venues, and money that came or left without a trade."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Exact, Moment

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("history_until", Moment()),
        sa.Column("begun_at", Moment()),
        sa.PrimaryKeyConstraint("account"),
    )


def downgrade() -> None:
    op.drop_table("reconciliations")
    op.drop_table("transfers")
