"""What ties a leg to the entry that it protects, and when an order lapses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.storage.columns import Json, Moment

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("guard", Json()))
        orders.add_column(sa.Column("lapses_at", Moment()))


def downgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("lapses_at")
        orders.drop_column("guard")
