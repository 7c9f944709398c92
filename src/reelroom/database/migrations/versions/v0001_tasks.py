"""Tasks, files, commands, notices and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_LIVE = sa.text("client_task_id <> '' AND state IN (1, 2, 5)")


def upgrade() -> None:
    """Make the first tables."""
    _create_tasks()
    _create_files()
    _create_commands()
    _create_notices()
    _create_outbox()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _long(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        _text("id"),
        _long("app"),
        _text("room"),
        _text("client_task_id"),
        _json("spec"),
        _json("destination"),
        _text("secret"),
        _integer("state"),
        _text("stage"),
        _integer("epoch"),
        _long("began_ns"),
        sa.Column("started_ns", sa.BigInteger),
        sa.Column("ended_ns", sa.BigInteger),
        sa.Column("released_ns", sa.BigInteger),
        sa.Column("quit_reason", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_app_began", "tasks", ["app", "began_ns"])
    op.create_index("ix_tasks_stage", "tasks", ["stage"])
    op.create_index(
        "uq_tasks_live_client_task_id",
        "tasks",
        ["app", "client_task_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def _create_files() -> None:
    op.create_table(
        "files",
        _text("task"),
        _text("key"),
        _text("name"),
        _text("stream"),
        _text("user_id"),
        _text("user_name"),
        _text("format"),
        _integer("media_track_type"),
        _long("begin_ms"),
        _integer("state"),
        _long("size"),
        _long("duration_ms"),
        _integer("width"),
        _integer("height"),
        _text("spool_path"),
        _text("object_key"),
        _text("url"),
        _text("video_id"),
        sa.PrimaryKeyConstraint("task", "key", name="pk_files"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_files_task"),
    )


def _create_commands() -> None:
    op.create_table(
        "commands",
        sa.Column("number", _NUMBER, nullable=False),
        _text("task"),
        _text("kind"),
        _json("body"),
        _long("at_ns"),
        sa.PrimaryKeyConstraint("number", name="pk_commands"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_commands_task"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_commands_task", "commands", ["task"])


def _create_notices() -> None:
    op.create_table(
        "notices",
        _text("task"),
        _text("key"),
        _integer("sequence"),
        _integer("event_type"),
        sa.PrimaryKeyConstraint("task", "key", name="pk_notices"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_notices_task"),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, nullable=False),
        _text("key"),
        _text("task"),
        _text("chain"),
        _text("kind"),
        _text("file_key"),
        _integer("event_type"),
        _integer("sequence"),
        _json("detail"),
        _json("progress"),
        _integer("tries"),
        _long("first_try_ns"),
        _long("due_ns"),
        _text("owner"),
        _text("error"),
        sa.Column("given_up", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_outbox_task"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_task_due", "outbox", ["task", "due_ns"])
    op.create_index("ix_outbox_chain", "outbox", ["chain", "id"])
