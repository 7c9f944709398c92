"""What Alembic runs for each command: our connection, our transaction."""

from alembic import context

from reelroom.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes columns by copying the table
)
context.run_migrations()
