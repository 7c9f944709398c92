import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.state_fixtures import (  # noqa: F401  fixtures
    NOW,
    S3,
    claim,
    database_fixture,
    deliver,
    finish_file,
    new_file,
    place_fixture,
    postgres_fixture,
    recorder,
)

from reelroom.database import OutboxKind
from reelroom.errors import TaskStateError
from reelroom.task import FileState, Stage
from reelroom.units import NS


def drain(session, owner: str = "me"):
    """Everything due, callbacks finished and uploads delivered, in the order claimed."""
    rows = []
    while (row := session.claim(owner, NOW, 30)) is not None:
        rows.append(row)
        if row.kind is OutboxKind.UPLOAD:
            session.file_delivered(row.file_key, FileState.UPLOADED, f"https://h/{row.file_key}")
        else:
            session.finish(row, owner)
    return rows


def test_callbacks_go_out_in_order_with_their_sequence(database):
    session = recorder(database)
    for event, key in ((4, "idle-1"), (6, "missing-x"), (5, "ended")):
        assert session.notice(event, {"stream_id": "x"} if event == 6 else {}, key)
    rows = drain(session)
    assert [(r.event_type, r.sequence, dict(r.detail)) for r in rows] == [
        (4, 0, {}),
        (6, 1, {"stream_id": "x"}),
        (5, 2, {}),
    ]
    assert len({r.key for r in rows}) == 3


def test_a_notice_is_raised_once_even_after_it_was_delivered(database):
    session = recorder(database)
    assert session.notice(5, {}, "ended")
    assert not session.notice(5, {}, "ended")
    drain(session)
    again = database.session("task-1", database.take_epoch("task-1"))
    assert not again.notice(5, {}, "ended")
    assert again.notice(7, {}, "uploading")
    assert [(r.event_type, r.sequence) for r in drain(again)] == [(7, 1)]


def test_notices_raised_at_once_are_numbered_without_gaps(database):
    session = recorder(database)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: session.notice(4, {}, f"idle-{n % 20}"), range(40)))
    assert [r.sequence for r in drain(session)] == list(range(20))


def test_a_callback_waits_for_the_one_before_it(database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    session.notice(7, {}, "uploading")
    first = claim(session)
    assert session.claim("other", NOW, 30) is None
    assert session.retry(first, "me", NOW + 5 * NS, "503")
    assert session.claim("me", NOW + NS, 30) is None
    assert session.next_due_ns() == NOW + 5 * NS
    again = claim(session, now_ns=NOW + 5 * NS)
    assert (again.id, again.tries, again.first_try_ns, again.error) == (first.id, 2, NOW, "503")


def test_a_given_up_callback_lets_later_ones_pass_and_is_kept(database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    session.notice(7, {}, "uploading")
    assert session.give_up(claim(session), "me", "connection refused")
    assert claim(session).event_type == 7
    (kept,) = database.given_up("task-1")
    assert (kept.event_type, kept.error, kept.given_up) == (5, "connection refused", True)
    assert database.given_up() == [kept]
    assert database.given_up("other") == []


def test_uploads_do_not_wait_for_each_other_or_for_callbacks(database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    finish_file(session, "a")
    finish_file(session, "b")
    owners = [claim(session, owner=f"w{n}") for n in range(3)]
    assert {(r.kind, r.file_key) for r in owners} == {("callback", ""), ("upload", "a"), ("upload", "b")}
    assert session.claim("w3", NOW, 30) is None


def test_a_lease_that_ran_out_goes_to_the_next_worker(database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    slow = claim(session, owner="slow", lease_s=10)
    assert session.claim("quick", NOW + 10 * NS - 1, 10) is None
    taken = claim(session, owner="quick", now_ns=NOW + 10 * NS)
    assert (taken.id, taken.tries) == (slow.id, 2)
    assert not session.finish(slow, "slow")
    assert not session.renew(slow, "slow", NOW + 100 * NS)
    assert not session.retry(slow, "slow", NOW, "late")
    assert not session.give_up(slow, "slow", "late")
    assert session.finish(taken, "quick")


def test_a_renewed_lease_stays(database):
    session = recorder(database)
    finish_file(session)
    row = claim(session, owner="slow", lease_s=10)
    assert session.renew(row, "slow", NOW + 60 * NS)
    assert session.claim("quick", NOW + 59 * NS, 10) is None


def test_a_released_row_is_due_again_and_was_not_tried(database):
    session = recorder(database)
    session.notice(5, {}, "ended")
    assert session.release(claim(session), "me", NOW)
    assert claim(session).tries == 1


def test_progress_outlives_its_worker(database):
    session = recorder(database)
    finish_file(session)
    row = claim(session, lease_s=10)
    assert row.progress == {}
    assert session.save_progress(row, "me", {"upload_id": "abc", "parts": {"1": "e1"}})
    later = database.session("task-1", database.take_epoch("task-1"))
    assert claim(later, owner="next", now_ns=NOW + 10 * NS).progress == {"upload_id": "abc", "parts": {"1": "e1"}}


def test_every_row_is_claimed_by_one_of_many_threads(database):
    session = recorder(database)
    for number in range(30):
        finish_file(session, f"f{number}")

    def work(owner: str) -> list[str]:
        return [row.file_key for row in iter(lambda: session.claim(owner, NOW, 30), None)]

    with ThreadPoolExecutor(6) as pool:
        claimed = [key for keys in pool.map(work, "abcdef") for key in keys]
    assert sorted(claimed) == sorted(f"f{n}" for n in range(30))


def test_files_and_uploads_are_made_once_however_often_repeated(database):
    session = recorder(database)
    for _ in range(2):
        session.open_file(new_file())
        finish_file(session)
    (file,) = database.files("task-1")
    assert (file.state, file.size, file.object_key) == (FileState.UPLOADING, 9, "o/cam/0")
    assert len(drain(session)) == 1
    finish_file(session)  # a recorder that starts again repeats itself after delivery, too
    assert drain(session) == []
    assert database.files("task-1")[0].state is FileState.UPLOADED


def test_a_file_cannot_finish_before_it_was_opened(database):
    session = recorder(database)
    with pytest.raises(TaskStateError):
        session.file_finished("no", size=0, duration_ms=0, width=0, height=0, spool_path="", object_key="")
    with pytest.raises(TaskStateError):
        session.file_delivered("no", FileState.UPLOADED, "")
    session.open_file(new_file())
    with pytest.raises(TaskStateError):
        session.file_delivered("cam/0", FileState.UPLOADED, "")


def test_event_1_follows_the_last_file_word_for_word(database):
    session = recorder(database)
    finish_file(session, "b")
    session.open_file(new_file("a", begin_ms=1_754_300_001_000, stream="mic", format="aac", media_track_type=1))
    session.file_finished("a", size=5, duration_ms=10, width=0, height=0, spool_path="p", object_key="o")
    session.notice(5, {}, "ended")
    session.notice(7, {}, "uploading")
    deliver(session)
    session.file_delivered("b", FileState.UPLOADED, "https://h/b.mp4")
    assert [r.event_type for r in drain(session)] == [5, 7]
    assert database.task("task-1").stage is Stage.DELIVERING
    session.file_delivered("a", FileState.UPLOADED, "https://h/a.aac")
    session.file_delivered("a", FileState.UPLOADED, "https://h/a.aac")
    (row,) = drain(session)
    assert (row.event_type, row.sequence) == (1, 2)
    assert json.loads(json.dumps(row.detail)) == {
        "upload_status": 1,
        "file_info": [
            {
                "user_id": "u1",
                "user_name": "Ann",
                "stream_id": "mic",
                "file_id": "a.mp4",
                "video_id": "",
                "file_url": "https://h/a.aac",
                "output_file_format": "aac",
                "file_size": 5,
                "duration": 10,
                "resolution_width": 0,
                "resolution_height": 0,
                "media_track_type": 1,
                "begin_timestamp": 1_754_300_001_000,
                "status": 3,
            },
            {
                "user_id": "u1",
                "user_name": "Ann",
                "stream_id": "cam",
                "file_id": "b.mp4",
                "video_id": "",
                "file_url": "https://h/b.mp4",
                "output_file_format": "mp4",
                "file_size": 9,
                "duration": 2000,
                "resolution_width": 640,
                "resolution_height": 360,
                "media_track_type": 3,
                "begin_timestamp": 1_754_300_002_418,
                "status": 3,
            },
        ],
    }
    assert database.task("task-1").stage is Stage.DONE


def test_event_1_waits_for_the_stage_in_which_no_file_can_come(database):
    session = recorder(database)
    finish_file(session)
    assert [r.kind for r in drain(session)] == ["upload"]
    session.stage(Stage.FINISHING)
    assert drain(session) == []
    session.stage(Stage.DELIVERING)
    assert [r.event_type for r in drain(session)] == [1]


def test_a_task_without_files_says_so(database):
    session = recorder(database)
    deliver(session)
    row = claim(session)
    assert (row.event_type, dict(row.detail)) == (1, {"upload_status": 1, "file_info": []})
    session.finish(row, "me")
    assert database.task("task-1").stage is Stage.DONE


def test_a_lost_file_is_told_and_its_upload_kept_for_people(database):
    session = recorder(database)
    finish_file(session, "a")
    finish_file(session, "b")
    deliver(session)
    row = claim(session)
    assert session.give_up(row, "me", "no such bucket")
    session.file_delivered(row.file_key, FileState.LOST, "")  # said twice changes nothing
    callback = drain(session)[-1]
    assert callback.detail["upload_status"] == 2
    assert {i["file_id"]: (i["status"], i["file_url"]) for i in callback.detail["file_info"]} == {
        "a.mp4": (5, ""),
        "b.mp4": (3, "https://h/b"),
    }
    assert [r.error for r in database.given_up()] == ["no such bucket"]
    assert database.task("task-1").stage is Stage.DONE


def test_losing_a_file_by_its_state_gives_its_upload_up_too(database):
    session = recorder(database)
    finish_file(session)
    deliver(session)
    claim(session)
    session.file_delivered("cam/0", FileState.LOST, "", error="file vanished")
    assert [(r.file_key, r.error) for r in database.given_up()] == [("cam/0", "file vanished")]
    assert drain(session)[0].detail["upload_status"] == 2


def test_a_given_up_last_callback_ends_the_task(database):
    session = recorder(database)
    deliver(session)
    session.give_up(claim(session), "me", "refused")
    assert database.task("task-1").stage is Stage.DONE
    assert session.next_due_ns() is None


def test_files_of_vendors_without_urls_have_none(database):
    session = recorder(database, destination=type(S3)(vendor=4))
    finish_file(session)
    deliver(session)
    session.file_delivered("cam/0", FileState.UPLOADED, "")
    assert "file_url" not in claim(session).detail["file_info"][0]


def test_uploads_cannot_end_without_their_file(database):
    session = recorder(database)
    finish_file(session)
    with pytest.raises(TaskStateError):
        session.finish(claim(session), "me")


def test_no_secret_is_ever_in_the_outbox(database):
    session = recorder(database, destination=S3, secret="hunter2")
    finish_file(session)
    deliver(session)
    raw = database._connector.read(lambda c: c.exec_driver_sql("SELECT * FROM outbox").all())
    assert len(raw) == 1
    assert "hunter2" not in repr(raw)
