"""The tables, one schema for SQLite and PostgreSQL.

A change here needs a migration in `migrations/versions`; a test compares the two. Instants are ns since the Unix epoch.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite numbers rows by itself only in an INTEGER column.
_Number = BigInteger().with_variant(Integer, "sqlite")
LIVE = "state IN (1, 2, 5)"  # task.TaskState STARTING, RECORDING, PAUSED

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("app", BigInteger, nullable=False),
    Column("room", Text, nullable=False),
    Column("client_task_id", Text, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("destination", JSON, nullable=False),
    Column("secret", Text, nullable=False),  # encrypted
    Column("state", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("began_ns", BigInteger, nullable=False),
    Column("started_ns", BigInteger),
    Column("ended_ns", BigInteger),
    Column("released_ns", BigInteger),  # since when the journal is not needed
    Column("quit_reason", Integer),
    Index("ix_tasks_app_began", "app", "began_ns"),
    Index("ix_tasks_app_room_began", "app", "room", "began_ns"),
    # Few tasks live at any time, however many have been.
    Index("ix_tasks_live", "app", "began_ns", sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
    Index("ix_tasks_stage", "stage"),
    Index("ix_tasks_released_ns", "released_ns"),
    # Two live tasks of one app never share a client_task_id, whoever asks at the same moment.
    Index(
        "uq_tasks_live_client_task_id",
        "app",
        "client_task_id",
        unique=True,
        sqlite_where=text(f"client_task_id <> '' AND {LIVE}"),
        postgresql_where=text(f"client_task_id <> '' AND {LIVE}"),
    ),
)

# How many tasks of an app began in each hour since the epoch, so that lists know their length without counting it.
task_hours = Table(
    "task_hours",
    metadata,
    Column("app", BigInteger, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("begun", BigInteger, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("task", Text, ForeignKey("tasks.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("media_track_type", Integer, nullable=False),
    Column("begin_ms", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("spool_path", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("video_id", Text, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("task", Text, ForeignKey("tasks.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Every notice a task ever raised: a recorder that starts again raises none twice, though outbox rows go on success.
notices = Table(
    "notices",
    metadata,
    Column("task", Text, ForeignKey("tasks.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("event_type", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("task", Text, ForeignKey("tasks.id"), nullable=False),
    Column("chain", Text, nullable=False),  # rows of a chain are delivered in the order of their ids
    Column("kind", Text, nullable=False),
    Column("file_key", Text, nullable=False),
    Column("event_type", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_try_ns", BigInteger, nullable=False),
    Column("due_ns", BigInteger, nullable=False),  # while claimed: the end of the lease
    Column("owner", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("given_up", Boolean, nullable=False),
    Index("ix_outbox_task_due", "task", "due_ns"),
    Index("ix_outbox_chain", "chain", "id"),
    sqlite_autoincrement=True,  # an id is never used twice, so a late worker cannot finish another's row
)

# Nonces of requests that were taken, while their signature would still hold. Used by a setting.
nonces = Table(
    "nonces",
    metadata,
    Column("app", BigInteger, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("until_s", BigInteger, nullable=False, index=True),
)
