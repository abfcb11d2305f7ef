"""How alembic reaches the database: by the path that the caller names."""

from alembic import context

from app.storage.database import writer_engine
from app.storage.schema import metadata


def run() -> None:
    """All pending revisions are applied in one transaction."""
    engine = writer_engine(context.config.attributes["path"])
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
