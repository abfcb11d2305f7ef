"""Which venue an account is at, and the instruments that real venues told of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Json, Moment

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Every account that there was before is paper: there was nothing else."""
    op.create_table(
        "venues",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.execute("INSERT INTO venues (account, venue, environment) SELECT DISTINCT account, 'paper', '' FROM wallets")
    op.create_table(
        "instruments",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("terms", Json(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", "symbol"),
    )


def downgrade() -> None:
    op.drop_table("instruments")
    op.drop_table("venues")
