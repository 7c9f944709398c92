"""A process beside the test's own that works on the same database. It prints what it did, line by line.

Arguments: what to do, the database's address, the key file. It goes on to a next step when a line comes in.
"""

import sys
import time
from pathlib import Path

from reelroom.database import Database, NewTask, SecretKey
from reelroom.spec import RecordSpec
from reelroom.units import AppId, RoomId, TaskId


def migrate(database: Database) -> None:
    database.migrate()
    say("migrated")


def drain(database: Database) -> None:
    """Claim and finish callbacks until none is due."""
    session = database.session(TaskId("task-1"), 1)
    while (row := session.claim(sys.argv[4], time.time_ns(), 60)) is not None:
        say(f"delivered {row.sequence}")
        session.finish(row, sys.argv[4])


def hold(database: Database) -> None:
    """Claim one row with a lease of an hour and keep it."""
    row = database.session(TaskId("task-1"), 1).claim("held", time.time_ns(), 3600)
    say(f"claimed {row.sequence if row else None}")
    sys.stdin.readline()


def create(database: Database) -> None:
    """Make tasks for ever; each is told when it is stored."""
    for number in range(1_000_000):
        task = TaskId(f"{sys.argv[4]}-{number}")
        spec = RecordSpec(app=AppId(1), room=RoomId("room"))
        database.create_task(NewTask(task=task, spec=spec, max_tasks=1_000_000), time.time_ns())
        say(task)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    with Database.open(sys.argv[2], SecretKey.load_or_create(Path(sys.argv[3]))) as opened:
        {"migrate": migrate, "drain": drain, "hold": hold, "create": create}[sys.argv[1]](opened)
