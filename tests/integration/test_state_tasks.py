from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.state_fixtures import (  # noqa: F401  fixtures
    APP,
    NOW,
    S3,
    claim,
    database_fixture,
    deliver,
    finish_file,
    new_file,
    new_task,
    place_fixture,
    postgres_fixture,
    recorder,
)

from reelroom.database import LIVE_STATES, TooManyTasksError, UnknownTaskError, Window
from reelroom.errors import StaleEpochError, TaskStateError
from reelroom.task import FileState, QuitReason, Stage, TaskState


def test_a_task_comes_back_as_it_was_stored(database):
    asked = new_task(destination=S3, secret="hush", client_task_id="mine")
    database.create_task(asked, NOW)
    task = database.task("task-1", APP)
    assert (task.spec, task.destination, task.client_task_id) == (asked.spec, S3, "mine")
    assert (task.state, task.stage, task.epoch) == (TaskState.STARTING, Stage.RECORDING, 0)
    assert (task.began_ns, task.started_ns, task.ended_ns, task.stop_at_ns) == (NOW, None, None, None)
    assert database.task("task-1", 2) is None
    assert database.task("other") is None


def test_a_live_client_task_id_gives_the_same_task(database):
    assert database.create_task(new_task("a", client_task_id="c"), NOW) == "a"
    assert database.create_task(new_task("b", client_task_id="c"), NOW) == "a"
    assert database.create_task(new_task("d", client_task_id="c", app=2), NOW) == "d"
    database.stop_task("a", APP, NOW)
    assert database.create_task(new_task("e", client_task_id="c"), NOW) == "e"


def test_tasks_without_a_client_task_id_are_independent(database):
    assert [database.create_task(new_task(name), NOW) for name in "ab"] == ["a", "b"]


def test_callers_at_the_same_moment_get_one_task(database):
    with ThreadPoolExecutor(16) as pool:
        ids = pool.map(lambda i: database.create_task(new_task(f"t{i}", client_task_id="c"), NOW), range(32))
    assert len(set(ids)) == 1
    assert database.tasks_of(Window(app=APP))[1] == 1


def test_an_app_never_has_more_live_tasks_than_it_may(database):
    def create(number: int) -> bool:
        try:
            database.create_task(new_task(f"t{number}", max_tasks=5), NOW)
        except TooManyTasksError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(create, range(32))) == 5
    database.stop_task(database.tasks_of(Window(app=APP))[0][0].task, APP, NOW)
    assert create(100)
    assert not create(101)


def test_stopping_ends_the_task_and_logs_the_command(database):
    session = recorder(database)
    session.started(NOW + 1)
    database.stop_task("task-1", APP, NOW + 2)
    task = database.task("task-1")
    assert (task.state, task.started_ns, task.ended_ns, task.stop_at_ns) == (TaskState.ENDED, NOW + 1, NOW + 2, NOW + 2)
    (command,) = database.commands("task-1")
    assert (command.kind, command.at_ns) == ("stop", NOW + 2)
    assert database.commands("task-1", after=command.number) == []


def test_only_a_live_task_of_the_app_can_be_stopped(database):
    database.create_task(new_task(), NOW)
    with pytest.raises(UnknownTaskError):
        database.stop_task("nope", APP, NOW)
    with pytest.raises(UnknownTaskError):
        database.stop_task("task-1", 2, NOW)
    database.stop_task("task-1", APP, NOW)
    with pytest.raises(TaskStateError) as again:
        database.stop_task("task-1", APP, NOW + 1)
    assert not isinstance(again.value, UnknownTaskError)
    assert len(database.commands("task-1")) == 1


def test_the_first_end_of_a_task_stands(database):
    stopped, idle = recorder(database, "a"), recorder(database, "b")
    database.stop_task("a", APP, NOW)
    assert not stopped.failed(QuitReason.IDLE, NOW + 1)
    assert idle.failed(QuitReason.IDLE, NOW + 1)
    assert not idle.failed(QuitReason.MAX_TIME, NOW + 2)
    task = database.task("b")
    assert (task.state, task.quit_reason, task.ended_ns) == (TaskState.FAILED, QuitReason.IDLE, NOW + 1)
    with pytest.raises(TaskStateError):
        database.stop_task("b", APP, NOW + 2)


def test_a_task_that_ended_while_starting_does_not_record(database):
    session = recorder(database)
    database.stop_task("task-1", APP, NOW)
    session.started(NOW + 1)
    assert database.task("task-1").state is TaskState.ENDED


def test_secrets_are_encrypted_and_never_shown(database):
    asked = new_task(destination=S3, secret="hunter2")
    database.create_task(asked, NOW)
    assert database.destination_secret("task-1") == "hunter2"
    assert "hunter2" not in repr((asked, database.task("task-1"), database.tasks_of(Window(app=APP))))
    raw = database._connector.read(lambda c: c.exec_driver_sql("SELECT * FROM tasks").all())
    assert "hunter2" not in repr(raw)
    with pytest.raises(UnknownTaskError):
        database.destination_secret("nope")


def test_a_task_without_a_secret_has_an_empty_one(database):
    database.create_task(new_task(), NOW)
    assert database.destination_secret("task-1") == ""


WRITES = [
    lambda s, _: s.started(NOW),
    lambda s, _: s.failed(QuitReason.IDLE, NOW),
    lambda s, _: s.stage(Stage.FINISHING),
    lambda s, _: s.open_file(new_file("cam/9")),
    lambda s, _: s.file_finished("cam/0", size=1, duration_ms=1, width=1, height=1, spool_path="", object_key=""),
    lambda s, _: s.enqueue_uploads(),
    lambda s, _: s.file_delivered("cam/0", FileState.UPLOADED, "u"),
    lambda s, _: s.notice(4, {}, "k"),
    lambda s, _: s.claim("me", NOW, 1),
    lambda s, row: s.finish(row, "me"),
    lambda s, row: s.retry(row, "me", NOW, "why"),
    lambda s, row: s.release(row, "me", NOW),
    lambda s, row: s.renew(row, "me", NOW),
    lambda s, row: s.save_progress(row, "me", {}),
    lambda s, row: s.give_up(row, "me", "why"),
]


def test_every_write_of_an_older_recorder_is_refused(database):
    session = recorder(database)
    finish_file(session)
    session.notice(5, {}, "ended")
    row = claim(session)
    if row.kind != "callback":
        row = claim(session)
    assert database.take_epoch("task-1") == 2
    for write in WRITES:
        with pytest.raises(StaleEpochError):
            write(session, row)
    assert database.task("task-1").state is TaskState.STARTING
    assert database.files("task-1")[0].state is FileState.UPLOADING


def test_epochs_count_up_however_many_ask_at_once(database):
    database.create_task(new_task(), NOW)
    with ThreadPoolExecutor(8) as pool:
        epochs = list(pool.map(lambda _: database.take_epoch("task-1"), range(24)))
    assert sorted(epochs) == list(range(1, 25))
    with pytest.raises(UnknownTaskError):
        database.take_epoch("nope")


def test_stages_go_one_way_and_skip_none(database):
    session = recorder(database)
    with pytest.raises(TaskStateError):
        session.stage(Stage.DELIVERING)
    session.stage(Stage.FINISHING)
    session.stage(Stage.RECORDING)  # a recorder that starts again may repeat itself
    assert database.task("task-1").stage is Stage.FINISHING
    session.stage(Stage.DELIVERING)
    with pytest.raises(TaskStateError):
        session.stage(Stage.DONE)  # event 1 is still owed
    assert database.task("task-1").stage is Stage.DELIVERING


def test_wants_follow_a_task_through_its_life(database):
    session = recorder(database)

    def want():
        (only,) = database.wants()
        return only.stopped, only.journal_needed

    assert want() == (False, True)
    database.stop_task("task-1", APP, NOW)
    assert want() == (True, True)
    session.stage(Stage.FINISHING)
    assert want() == (True, True)
    assert database.released(["task-1"]) == {}
    session.stage(Stage.DELIVERING)
    assert want() == (True, False)
    (since,) = database.released(["task-1", "unknown"]).values()
    assert database.wants(since + 3600 * 10**9) == []


def test_unfinished_tasks_are_those_with_something_due(database):
    session = recorder(database)
    assert database.unfinished_tasks(NOW) == ["task-1"]
    deliver(session)
    row = claim(session)
    session.retry(row, "me", NOW + 100, "503")
    assert session.next_due_ns() == NOW + 100
    assert database.unfinished_tasks(NOW + 99) == []
    assert database.unfinished_tasks(NOW + 100) == ["task-1"]
    session.finish(claim(session, now_ns=NOW + 100), "me")
    assert database.unfinished_tasks(NOW + 10**12) == []


def test_tasks_are_listed_newest_first_by_page_and_filter(database):
    for number in range(5):
        database.create_task(new_task(f"t{number}", room=f"r{number % 2}"), NOW + number)
    database.stop_task("t4", APP, NOW + 9)
    tasks, total = database.tasks_of(Window(app=APP), limit=2, offset=1)
    assert ([t.task for t in tasks], total) == (["t3", "t2"], 5)
    assert [t.task for t in database.tasks_of(Window(app=APP, room="r0"))[0]] == ["t4", "t2", "t0"]
    assert [t.task for t in database.tasks_of(Window(app=APP), states=[TaskState.ENDED, TaskState.FAILED])[0]] == ["t4"]
    assert [t.task for t in database.tasks_of(Window(from_ns=NOW + 1, until_ns=NOW + 2))[0]] == ["t2", "t1"]
    assert database.tasks_of(Window(app=2)) == ([], 0)


def test_ids_of_any_language_and_length_are_kept(database):
    odd = "课堂 🎬 ../'\";%_\\" + "x" * 300
    database.create_task(new_task(room=odd, client_task_id=odd), NOW)
    session = database.session("task-1", database.take_epoch("task-1"))
    session.open_file(new_file(odd, user_name=odd))
    assert database.task("task-1").spec.room == odd
    assert database.files("task-1")[0].user_name == odd


def test_counts_say_how_much_there_is(database):
    session = recorder(database)
    finish_file(session)
    session.notice(5, {}, "ended")
    counts = database.counts()
    assert counts.tasks == {TaskState.STARTING: 1}
    assert counts.stages == {Stage.RECORDING: 1}
    assert counts.files == {FileState.UPLOADING: 1}
    assert counts.pending == {"upload": 1, "callback": 1}
    assert counts.given_up == {}


def test_totals_by_hours_are_those_of_counting(database):
    hour_ns = 3_600_000_000_000
    begun = [NOW + step * hour_ns // 3 for step in range(30)]
    for number, began_ns in enumerate(begun):
        database.create_task(new_task(f"t{number:02d}"), began_ns)
    database.create_task(new_task("other", app=2), NOW)
    for number in range(0, 30, 2):
        database.stop_task(f"t{number:02d}", APP, NOW)
    ended = {TaskState.ENDED, TaskState.FAILED}
    for first, last in [(0, 29), (0, 0), (1, 28), (3, 4), (5, 20), (10, 11)]:
        for more_ns in (0, 1):
            window = Window(app=APP, from_ns=begun[first] + more_ns, until_ns=begun[last] + more_ns)
            inside = [n for n, began_ns in enumerate(begun) if window.from_ns <= began_ns <= window.until_ns]
            counts = [database.tasks_of(window, states=states, limit=1)[1] for states in (ended, LIVE_STATES, ())]
            live = sum(n % 2 for n in inside)
            assert counts == [len(inside) - live, live, len(inside)]
