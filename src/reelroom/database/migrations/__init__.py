"""Alembic migrations; `migrate` runs them inside the process, nobody calls `alembic` by hand."""

from pathlib import Path

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version within the connection's transaction."""
    from alembic import command  # noqa: PLC0415  recorders never migrate and need not carry it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
