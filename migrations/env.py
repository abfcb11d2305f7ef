"""How alembic reaches the database: by the path that the caller names."""

from alembic import context

from app.storage.database import writer_engine
from app.storage.schema import metadata


def run() -> None:
    """All pending revisions are applied, in one transaction: whatever interrupts it, the database is as it was.

    The transaction is begun by hand, because the driver begins one for a change of rows only, not for one of tables.
    """
    engine = writer_engine(context.config.attributes["path"])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        context.run_migrations()
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


run()
