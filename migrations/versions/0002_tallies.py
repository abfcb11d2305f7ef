"""What limits have counted, and how many entries built up a position."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Json

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """A position that is open counts as built up by one entry: of how many, nobody has kept a count."""
    op.create_table(
        "tallies",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("times", Json(), nullable=False),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "strategy", "symbol", "name"),
    )
    op.add_column("positions", sa.Column("entries", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE positions SET entries = 1 WHERE quantity <> '0'")


def downgrade() -> None:
    op.drop_column("positions", "entries")
    op.drop_table("tallies")
