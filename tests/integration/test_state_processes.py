"""Several processes on one database, some of them killed."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from tests.integration.state_fixtures import (  # noqa: F401  fixtures
    Place,
    database_fixture,
    new_task,
    place_fixture,
    postgres_fixture,
    recorder,
)

from reelroom.database import Window
from reelroom.database.schema import metadata


def start(what: str, place: Place, *more: str) -> subprocess.Popen[str]:
    """A worker that is ready and waits for `go`."""
    worker = subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).parent / "state_worker.py"),
            what,
            place.address,
            str(place.key_path),
            *more,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline() == "ready\n"
    return worker


def go(worker: subprocess.Popen[str]) -> None:
    print(file=worker.stdin, flush=True)


def rest_of(worker: subprocess.Popen[str]) -> list[str]:
    """All it still says until its end."""
    lines = worker.stdout.read().splitlines()
    assert worker.wait(60) in (0, -9)
    return lines


def test_processes_that_start_together_migrate_once(place):
    with ExitStack() as stack:
        workers = [stack.enter_context(start("migrate", place)) for _ in range(5)]
        for worker in workers:
            go(worker)
        assert [rest_of(worker) for worker in workers] == [["migrated"]] * 5
    with place.open() as database:
        database.create_task(new_task(), 1)


def test_the_migrations_make_the_schema_the_code_uses(database):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert database._connector.read(differences) == []


def test_migrating_again_keeps_what_is_there(place):
    with place.open() as database:
        database.migrate()
        database.create_task(new_task(), 1)
        database.migrate()
        assert database.task("task-1") is not None


def test_several_workers_deliver_each_callback_once_and_in_order(place, database):
    session = recorder(database)
    for number in range(60):
        session.notice(4, {}, f"idle-{number}")
    with ExitStack() as stack:
        workers = [stack.enter_context(start("drain", place, name)) for name in "abc"]
        for worker in workers:
            go(worker)
        said = [rest_of(worker) for worker in workers]
    assert sorted(line for lines in said for line in lines) == sorted(f"delivered {n}" for n in range(60))
    for lines in said:
        sequences = [int(line.split()[1]) for line in lines]
        assert sequences == sorted(sequences)
    assert database.counts().pending == {}


def test_what_a_killed_worker_had_claimed_is_delivered_once_its_lease_ends(place, database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    with start("hold", place) as worker:
        go(worker)
        assert worker.stdout.readline() == "claimed 0\n"
        worker.kill()
    now = time.time_ns()
    assert session.claim("next", now, 30) is None
    after_lease = session.next_due_ns()
    assert after_lease is not None
    assert now < after_lease <= now + 3600 * 10**9
    row = session.claim("next", after_lease, 30)
    assert row is not None
    assert (row.sequence, row.tries) == (0, 2)
    assert session.finish(row, "next")
    assert session.claim("next", after_lease * 2, 30) is None


def test_what_was_stored_survives_the_kill_of_its_writers(place, database):
    with ExitStack() as stack:
        workers = [stack.enter_context(start("create", place, name)) for name in "ab"]
        for worker in workers:
            go(worker)
        told = [worker.stdout.readline().strip() for worker in workers for _ in range(20)]
        for worker in workers:
            worker.kill()
        told += [line for worker in workers for line in rest_of(worker)]
    stored = {task.task for task in database.tasks_of(Window(), limit=1_000_000)[0]}
    assert set(told) <= stored
    assert len(stored) <= len(told) + len(workers)  # at most one each was stored and not yet told
    database.create_task(new_task("after", max_tasks=1_000_000), 1)
    if not place.address.startswith("postgresql"):
        assert database._connector.read(lambda c: c.execute(text("PRAGMA integrity_check")).scalar()) == "ok"


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_sqlite_is_set_up_to_lose_nothing(tmp_path, pragma, value):
    with Place(str(tmp_path / "x.db"), tmp_path / "key").open() as database:
        for run in (database._connector.read, database._connector.write):
            assert run(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar()) == value
    assert (tmp_path / "x.db").stat().st_mode & 0o077 == 0
