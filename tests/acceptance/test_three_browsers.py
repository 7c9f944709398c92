"""Three browsers, three codecs, three interruption rules at once: files, names, status and callbacks."""

import pytest
from tests.support.browser import Browser
from tests.support.callback_receiver import CallbackReceiver, Received
from tests.support.server import ReelroomServer, wait_until

from reelroom.client import FileStatus, RecordStatus
from reelroom.naming import parse_file_name
from reelroom.task import FileState, TaskState
from reelroom.testing.content import Content, check
from reelroom.units import RoomId, StreamId, TaskId

pytestmark = pytest.mark.browser

ROOM = "lesson_42"  # an underscore, as the separators of file names
RULES = {"split": {}, "fill": {"fill_blank": True}, "join": {"resume": True}}
CODECS = {"ann": "h264", "ben": "vp8", "cat": "vp9"}
SECOND = 15  # pictures


def record_everyone(server: ReelroomServer, browser: Browser, url: str) -> tuple[dict[str, TaskId], float]:
    """Ann and Ben are there, Cat comes late, Ann leaves and returns. Returns the tasks, and seconds Ann was away."""
    ann, ben = (browser.publisher(server, ROOM, name, codec=CODECS[name]).wait_connected() for name in ("ann", "ben"))
    with server.client() as client:
        tasks = {rule: client.start_record(ROOM, callback_url=url, **words) for rule, words in RULES.items()}
        for task in tasks.values():
            server.wait_recording(task, 2)
        ann.wait_frames(2 * SECOND)
        cat = browser.publisher(server, ROOM, "cat", codec=CODECS["cat"]).wait_connected()
        cat.wait_frames(2 * SECOND)
        left = ann.frames_drawn
        ann.leave()
        wait_until(lambda: "ann" not in server.streams(ROOM), "Ann's leaving")
        ben.wait_frames(3 * SECOND)
        away = ann.frames_drawn - left
        ann.join()
        ann.wait_frames(3 * SECOND)
        for task in tasks.values():
            client.stop_record(task)
    return tasks, away / SECOND


def contents(server: ReelroomServer, status: RecordStatus, stream: str) -> list[Content]:
    """What the files of one stream hold, in their order."""
    files = sorted((f for f in status.files if f.stream == stream), key=lambda f: f.begin_ms)
    return [check(server.path_of(file.url)) for file in files]


def assert_named_and_told(task: TaskId, file: FileStatus) -> None:
    parts = parse_file_name(file.name, room=RoomId(ROOM), stream=StreamId(file.stream))
    assert parts is not None, file.name
    told = (parts.task, parts.room, parts.user, parts.stream, parts.type, parts.begin_ms, parts.extension)
    assert told == (task, ROOM, f"{file.stream}-user", file.stream, "VA", file.begin_ms, "mp4")
    assert (file.user, file.user_name, file.format) == (f"{file.stream}-user", file.stream, "mp4")
    assert (file.state, file.media_track_type) == (FileState.UPLOADED, 3)
    assert (file.width, file.height) == (320, 180)


def assert_callbacks_agree(notices: list[Received], status: RecordStatus) -> None:
    assert all(notice.valid for notice in notices)
    assert [notice.body["event_type"] for notice in notices] == [5, 7, 1]
    assert [notice.body["sequence"] for notice in notices] == [0, 1, 2]
    assert {notice.body["room_id"] for notice in notices} == {ROOM}
    detail = notices[-1].body["detail"]
    assert detail["upload_status"] == 1
    fields = ("file_id", "stream_id", "user_id", "file_url", "file_size", "duration", "begin_timestamp", "status")
    told = {tuple(info[name] for name in fields) for info in detail["file_info"]}
    assert told == {
        (f.name, f.stream, f.user, f.url, f.size, f.duration_ms, f.begin_ms, int(f.state)) for f in status.files
    }


def test_each_rule_makes_the_right_files_from_one_room(
    server: ReelroomServer, browser: Browser, callbacks: CallbackReceiver
):
    tasks, away_s = record_everyone(server, browser, callbacks.url)
    statuses = {rule: server.wait_delivered(task) for rule, task in tasks.items()}
    browser.close_pages()  # the two cores are needed to look
    for rule, status in statuses.items():
        assert status.state is TaskState.ENDED
        streams = sorted(file.stream for file in status.files)
        assert streams == (["ann", "ann", "ben", "cat"] if rule == "split" else ["ann", "ben", "cat"]), rule
        for file in status.files:
            assert_named_and_told(tasks[rule], file)
        notices = callbacks.wait_until(lambda all_, task=tasks[rule]: sum(r.body["task_id"] == task for r in all_) >= 3)
        assert_callbacks_agree([n for n in notices if n.body["task_id"] == tasks[rule]], status)
    for rule in RULES:
        for stream in CODECS:
            for content in contents(server, statuses[rule], stream):
                assert sorted(content.codecs) == ["aac", "h264"]
                assert (content.broken, content.errors, content.backward) == (0, 0, [])
                assert abs(content.median_offset_ms or 0) <= 60
    assert_gap_as_asked(server, statuses, away_s)


def assert_gap_as_asked(server: ReelroomServer, statuses: dict[str, RecordStatus], away_s: float) -> None:
    before, after = contents(server, statuses["split"], "ann")
    assert max(before.counters) < min(after.counters)
    (filled,) = contents(server, statuses["fill"], "ann")
    (joined,) = contents(server, statuses["join"], "ann")
    # Ann's return takes its time to connect, which is part of her absence.
    assert filled.longest_video_gap_s >= away_s - 0.5
    assert filled.longest_audio_gap_s < 0.1  # silence fills it
    assert joined.longest_video_gap_s < 1.0
    assert joined.duration_s == pytest.approx(filled.duration_s - filled.longest_video_gap_s, abs=0.7)
    assert joined.duration_s == pytest.approx(before.duration_s + after.duration_s, abs=0.5)
    assert_same_pictures([before.counters + after.counters, filled.counters, joined.counters])


def assert_same_pictures(recorded: list[list[int]]) -> None:
    """Each rule keeps the same pictures, but for the edges: the tasks began and ended one after the other."""
    first, last = max(min(counters) for counters in recorded), min(max(counters) for counters in recorded)
    inner = [{counter for counter in counters if first <= counter <= last} for counters in recorded]
    assert inner[0] == inner[1] == inner[2]
    assert len(inner[0]) >= 4 * SECOND
