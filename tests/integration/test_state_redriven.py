"""Deliveries that are settled before they end, told apart by kind, and taken up again."""

import pytest
from tests.integration.state_fixtures import (  # noqa: F401  fixtures
    NOW,
    S3,
    claim,
    database_fixture,
    deliver,
    finish_file,
    place_fixture,
    postgres_fixture,
    recorder,
)

from reelroom.database import REFUSED, OutboxKind, UnknownTaskError
from reelroom.task import FileState, Stage
from reelroom.units import NS, TaskId

TASK = TaskId("task-1")
LATER = NOW + 60 * NS


def uploading(database):
    """A session whose only file is on its way, and its claimed row."""
    session = recorder(database, destination=S3, secret="hush")
    finish_file(session)
    deliver(session)
    row = session.claim("me", NOW, 30, kind=OutboxKind.UPLOAD)
    assert row is not None
    return session, row


@pytest.mark.parametrize(("state", "url", "status"), [(FileState.BACKED_UP, "https://b/x", 4), (FileState.LOST, "", 5)])
def test_a_settled_file_raises_event_1_while_its_upload_goes_on(database, state, url, status):
    session, row = uploading(database)
    assert session.settle_and_retry(row, "me", LATER, "unavailable: away", state=state, url=url)
    [file] = database.files(TASK)
    assert (file.state, file.url) == (state, url)
    event = session.claim("me", NOW, 30, kind=OutboxKind.CALLBACK)
    assert event.detail["upload_status"] == 2
    assert (event.detail["file_info"][0]["status"], event.detail["file_info"][0]["file_url"]) == (status, url)
    session.finish(event, "me")
    assert database.task(TASK).stage is Stage.DELIVERING
    again = session.claim("me", LATER, 30)
    session.file_delivered(again.file_key, FileState.UPLOADED, "https://h/o")
    assert database.files(TASK)[0].state is FileState.UPLOADED
    assert database.task(TASK).stage is Stage.DONE
    assert database.owed(OutboxKind.UPLOAD) == []


def test_a_lost_lease_settles_nothing(database):
    session, row = uploading(database)
    assert not session.settle_and_retry(row, "other", LATER, "x", state=FileState.LOST)
    assert database.files(TASK)[0].state is FileState.UPLOADING


def test_giving_up_keeps_the_backup(database):
    session, row = uploading(database)
    session.give_up(row, "me", "unavailable: away", state=FileState.BACKED_UP, url="https://b/x")
    [file] = database.files(TASK)
    assert (file.state, file.url) == (FileState.BACKED_UP, "https://b/x")
    session.settle_and_retry(row, "me", LATER, "x", state=FileState.LOST)
    assert database.files(TASK)[0].state is FileState.BACKED_UP


def test_kinds_are_claimed_apart_and_what_is_under_way_is_left_alone(database):
    session = recorder(database, destination=S3)
    for key in ("a", "b"):
        finish_file(session, key)
    session.notice(5, {}, "n")
    first = session.claim("me", NOW, 1, kind=OutboxKind.UPLOAD)
    assert session.next_due_ns(kind=OutboxKind.UPLOAD, busy=[first.id]) == 0
    much_later = NOW + 3600 * NS  # its lease is over, but it is still being sent
    second = session.claim("me", much_later, 1, kind=OutboxKind.UPLOAD, busy=[first.id])
    assert {first.file_key, second.file_key} == {"a", "b"}
    assert session.claim("me", much_later, 1, kind=OutboxKind.UPLOAD, busy=[first.id, second.id]) is None
    assert session.claim("me", much_later, 1, kind=OutboxKind.CALLBACK).event_type == 5


def test_a_new_recorder_need_not_wait_for_the_leases_of_the_old_one(database):
    _, row = uploading(database)
    newer = database.session(TASK, database.take_epoch(TASK))
    assert newer.claim("new", NOW, 30, kind=OutboxKind.UPLOAD) is None
    newer.free_leases(NOW)
    assert newer.claim("new", NOW, 30, kind=OutboxKind.UPLOAD).id == row.id


def test_what_was_given_up_can_be_asked_for_again_even_of_a_task_that_is_done(database):
    session, row = uploading(database)
    session.give_up(row, "me", f"{REFUSED}no bucket")
    session.finish(claim(session), "me")
    assert database.task(TASK).stage is Stage.DONE
    assert database.unfinished_tasks(LATER) == []
    assert database.counts().refused == 1
    assert database.redrive(TASK, OutboxKind.UPLOAD) == 1
    assert database.unfinished_tasks() == [TASK]
    [owed] = database.owed(OutboxKind.UPLOAD, TASK)
    assert (owed.given_up, owed.tries, owed.first_try_ns) == (False, 0, 0)
    newer = database.session(TASK, database.take_epoch(TASK))
    again = newer.claim("new", database.owed(OutboxKind.UPLOAD)[0].due_ns, 30)
    newer.file_delivered(again.file_key, FileState.UPLOADED, "https://h/o")
    assert database.files(TASK)[0].state is FileState.UPLOADED
    assert database.owed(OutboxKind.CALLBACK) == []


def test_one_notice_of_several_can_be_asked_for_again(database):
    session = recorder(database)
    for number in range(3):
        session.notice(5, {"n": number}, f"n{number}")
        session.give_up(claim(session), "me", "no")
    rows = database.owed(OutboxKind.CALLBACK, TASK)
    assert database.redrive(TASK, OutboxKind.CALLBACK, [rows[1].id]) == 1
    assert [row.given_up for row in database.owed(OutboxKind.CALLBACK, TASK)] == [True, False, True]


def test_an_unknown_task_has_nothing_to_take_up(database):
    with pytest.raises(UnknownTaskError):
        database.redrive(TaskId("nobody"), OutboxKind.UPLOAD)
