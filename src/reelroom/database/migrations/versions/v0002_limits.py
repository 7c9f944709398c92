"""Nonces that were used; indexes that keep lists of tasks quick, however many tasks have been."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LIVE = sa.text("state IN (1, 2, 5)")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "nonces",
        sa.Column("app", sa.BigInteger, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("until_s", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("app", "nonce", name="pk_nonces"),
    )
    op.create_index("ix_nonces_until_s", "nonces", ["until_s"])
    op.create_table(
        "task_hours",
        sa.Column("app", sa.BigInteger, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        sa.Column("begun", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("app", "hour", name="pk_task_hours"),
    )
    op.execute(
        "INSERT INTO task_hours (app, hour, begun) "
        "SELECT app, began_ns / 3600000000000, count(*) FROM tasks GROUP BY app, began_ns / 3600000000000"
    )
    op.create_index("ix_tasks_app_room_began", "tasks", ["app", "room", "began_ns"])
    op.create_index("ix_tasks_live", "tasks", ["app", "began_ns"], sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index("ix_tasks_released_ns", "tasks", ["released_ns"])
