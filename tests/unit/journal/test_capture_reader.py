"""Captures followed on a real file system."""

from dataclasses import replace

import pytest
from journal_frames import AUDIO, H264, T0, VIDEO, audio, open_capture, video

from reelroom.errors import JournalError
from reelroom.events import CaptureEnded, CaptureOpened, Mark, TrackOpened
from reelroom.journal.capture_reader import CaptureReader, TrackBlock
from reelroom.units import NS, NS_PER_MS, Codec


def read_all(reader, limit=4096):
    items = []
    while batch := reader.read(limit):
        items += batch
    return items


def write_two_tracks(folder):
    writer = open_capture(folder)
    for number in range(50):
        writer.write(audio(960 * number, 20 * number))
        config = H264 if number < 25 else replace(H264, width=320)
        writer.write(video(1_800 * number, 20 * number, keyframe=number % 25 == 0, config=config))
        writer.mark(T0 + 20 * number * NS_PER_MS)
    writer.end(T0 + NS, "left")
    return writer


@pytest.mark.parametrize("limit", [1, 2, 7, 4096])
def test_a_reader_gives_each_track_in_order_after_its_opening(tmp_path, limit):
    write_two_tracks(tmp_path)
    reader = CaptureReader(tmp_path / "c1")
    items, current, blocks = read_all(reader, limit), {}, {AUDIO: [], VIDEO: []}
    for item in items:
        if isinstance(item, TrackOpened):
            current[item.kind] = item
        elif isinstance(item, TrackBlock):
            assert current[item.kind] == item.track
            blocks[item.kind].append(item.block.payload)
    assert blocks == {AUDIO: [b"a%d" % (960 * n) for n in range(50)], VIDEO: [b"v%d" % (1_800 * n) for n in range(50)]}
    assert items[-1] == CaptureEnded(T0 + NS, "left")
    assert reader.ended
    assert reader.read() == []
    assert reader.damaged == 0


def test_a_mark_comes_after_every_block_written_before_it(tmp_path):
    writer = open_capture(tmp_path)
    reader, seen = CaptureReader(tmp_path / "c1"), {AUDIO: 0, VIDEO: 0}
    for number in range(60):
        writer.write(audio(960 * number, 20 * number))
        writer.write(video(1_800 * number, 20 * number, keyframe=True, config=replace(H264, width=16 + number // 7)))
        writer.mark(T0 + number)
        if number % 5 == 0:
            for item in read_all(reader, 3):
                if isinstance(item, TrackBlock):
                    seen[item.kind] += 1
                elif isinstance(item, Mark):
                    assert min(seen.values()) > item.at - T0
    assert seen == {AUDIO: 56, VIDEO: 56}


def test_a_missing_capture_is_an_empty_one_until_it_is_there(tmp_path):
    reader = CaptureReader(tmp_path / "c1")
    assert reader.read() == []
    open_capture(tmp_path)
    assert reader.read() == [CaptureOpened(T0, "c1", "p1", "s1")]


def test_a_ruined_file_does_not_keep_the_reader_from_the_others(tmp_path):
    write_two_tracks(tmp_path)
    (tmp_path / "c1" / "video-0.mkv").write_bytes(b"ruin" * 100)
    (tmp_path / "c1" / "video-1.mkv").unlink()
    items = read_all(CaptureReader(tmp_path / "c1"))
    assert len([item for item in items if isinstance(item, TrackBlock)]) == 50
    assert isinstance(items[-1], CaptureEnded)


@pytest.mark.parametrize("name", ["../../secret.mkv", "", "..", "a\0b", "x" * 5_000])
def test_a_damaged_log_does_not_lead_out_of_the_folder(tmp_path, name):
    writer = open_capture(tmp_path)
    writer._append(TrackOpened(T0, AUDIO, name, Codec.OPUS, 48_000, 0))
    writer.mark(T0)
    assert [type(item) for item in read_all(CaptureReader(tmp_path / "c1"))] == [CaptureOpened, TrackOpened, Mark]


def test_a_reader_goes_on_after_an_error_of_the_disk(tmp_path):
    write_two_tracks(tmp_path)
    file = tmp_path / "c1" / "audio-0.mkv"
    content = file.read_bytes()
    file.unlink()
    file.mkdir()  # reading a folder fails as a bad disk does
    reader = CaptureReader(tmp_path / "c1")
    with pytest.raises(JournalError):
        read_all(reader)
    reader._tracks[AUDIO].tail.close()
    file.rmdir()
    file.write_bytes(content)
    items = read_all(reader)
    assert len([i for i in items if isinstance(i, TrackBlock) and i.kind is AUDIO]) == 50
    assert isinstance(items[-1], CaptureEnded)
    reader.close()
