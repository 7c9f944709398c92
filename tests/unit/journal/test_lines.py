import contextlib
import json
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelroom.errors import JournalError
from reelroom.events import Captured, CaptureEnded, Event, Left, Mark, Published, Report, TrackOpened
from reelroom.journal.lines import LogTail, LogWriter
from reelroom.units import Codec, MediaKind

EVENTS = [
    Published(1, "p", "会议 🎥", "u", "n\n", (MediaKind.AUDIO, MediaKind.VIDEO)),
    Captured(2, "p", "c", {MediaKind.AUDIO: 7}),
    TrackOpened(3, MediaKind.VIDEO, "video-0.mkv", Codec.H264, 90_000, 12, 640, 360),
    Report(4, MediaKind.AUDIO, 2**40, 1_760_000_000_000_000_000, "sr"),
    Left(5, {"c": {MediaKind.VIDEO: 9}}),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.jsonl"


def write_log(path, events=EVENTS):
    writer = LogWriter(path)
    for event in events:
        writer.append(event)
    writer.close()


def test_events_come_back_as_written(path):
    write_log(path)
    tail = LogTail(path)
    assert tail.read() == EVENTS
    assert tail.read() == []
    assert tail.damaged == 0


def test_a_tail_follows_a_log_that_grows_byte_by_byte(path, tmp_path):
    write_log(path)
    tail, got = LogTail(tmp_path / "grown.jsonl"), []
    assert tail.read() == []
    with (tmp_path / "grown.jsonl").open("wb", buffering=0) as file:
        for byte in path.read_bytes():
            file.write(bytes([byte]))
            got += tail.read()
    assert got == EVENTS


def test_a_log_cut_anywhere_is_written_on_without_its_torn_line(path):
    write_log(path)
    data = path.read_bytes()
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        whole = data[:cut].count(b"\n")
        assert LogTail(path).read() == EVENTS[:whole]
        write_log(path, [Mark(9)])
        tail = LogTail(path)
        assert tail.read() == [*EVENTS[:whole], Mark(9)]
        assert tail.damaged == 0


def test_a_torn_line_longer_than_a_look_back_is_cut_off(path):
    write_log(path, [Mark(1)])
    with path.open("ab") as file:
        file.write(b"x" * 5000)
    write_log(path, [Mark(2)])
    assert LogTail(path).read() == [Mark(1), Mark(2)]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"event": "mark"}',
        b'{"event": "mark", "at": "late"}',
        b'{"event": "mark", "at": true}',
        b'{"event": "mark", "at": Infinity}',
        b'{"event": "captured", "at": 1, "publication": "p", "capture": "c", "after": {"audio": Infinity}}',
        b'{"event": "captured", "at": 1, "publication": "p", "capture": 5, "after": {}}',
        b'{"event": "captured", "at": 1, "publication": "p", "capture": "c", "after": []}',
        b'{"event": "report", "at": 1, "kind": "smell", "ticks": 1, "ntp": 1, "source": "sr"}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_is_counted_and_passed_over(path, line):
    write_log(path, [Mark(1)])
    with path.open("ab") as file:
        file.write(line + b"\n\n")
    write_log(path, [Mark(2)])
    tail = LogTail(path)
    assert tail.read() == [Mark(1), Mark(2)]
    assert tail.damaged == 1


def test_events_of_a_newer_version_are_no_damage(path):
    path.write_text(
        json.dumps({"event": "waved", "at": 1}) + "\n" + json.dumps({"event": "mark", "at": 2, "new": 3}) + "\n"
    )
    tail = LogTail(path)
    assert tail.read() == [Mark(2)]
    assert tail.damaged == 0


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_give_events_or_damage(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "log.jsonl"
    path.write_bytes(data)
    assert all(isinstance(event, Event) for event in LogTail(path).read())


def test_lines_longer_than_a_read_are_read(path):
    events = [Mark(1), CaptureEnded(2, "x" * (3 << 20)), Mark(3)]
    write_log(path, events)
    assert LogTail(path).read() == events


def test_a_full_disk_leaves_whole_lines(path):
    writer = LogWriter(path)
    writer.append(Mark(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (writer.size + 5, hard))
        with pytest.raises(JournalError):
            writer.append(Mark(2))
    assert path.stat().st_size == writer.size
    writer.append(Mark(3))
    writer.sync()
    assert LogTail(path).read() == [Mark(1), Mark(3)]


def test_an_unreadable_log_is_a_journal_error(tmp_path):
    with pytest.raises(JournalError):
        LogTail(tmp_path).read()
    with pytest.raises(JournalError):
        LogWriter(tmp_path)
