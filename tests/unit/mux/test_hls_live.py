"""Segments made packet by packet are those that are made at the end; a restart makes only what is missing."""

import json
from pathlib import Path

import m3u8
import pytest

from reelroom.journal.matroska import read_blocks
from reelroom.mux import playlist
from reelroom.mux.hls import RATE
from reelroom.mux.hls_live import Done, LiveSegmenter
from reelroom.testing.content import check
from reelroom.testing.files import journal_programme, transcode_audio
from reelroom.testing.programme import Programme
from reelroom.units import MediaKind, Size

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
PROGRAMME = Programme(seconds=9, sizes=((0.0, Size(320, 180)),), keyframe_s=1.0)


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    folder = tmp_path_factory.mktemp("programme")
    capture = journal_programme(folder / "capture", PROGRAMME)
    audio, video = transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv"), capture / "video-0.mkv"
    found = [(b.position * 9, VIDEO, b.payload, b.keyframe, video, 3000) for b in read_blocks(video)]
    sound = list(read_blocks(audio))[1:]
    found += [(number * 1920, AUDIO, block.payload, True, audio, 1920) for number, block in enumerate(sound)]
    return sorted(found, key=lambda packet: packet[:2])


def push(segmenter: LiveSegmenter, packets: list[tuple], *kinds: MediaKind) -> None:
    for kind in kinds:
        segmenter.expect(kind, next(packet[4] for packet in packets if packet[1] is kind))
    for at, kind, payload, keyframe, source, length in packets:
        if kind in kinds:
            segmenter.push(kind, at, payload, keyframe=keyframe, source=source, length=length)


def publish(folder: Path, segmenter: LiveSegmenter) -> m3u8.M3U8:
    made = [done.segment for done in segmenter.done]
    text = playlist(made, [f"{number:05}.ts" for number in range(len(made))], live=True)
    (folder / "a.m3u8").write_text(text)
    return m3u8.loads(text)


def test_every_frame_flash_and_beep_is_there(tmp_path: Path, packets) -> None:
    segmenter = LiveSegmenter(tmp_path, 2 * RATE, [])
    push(segmenter, packets, VIDEO, AUDIO)
    segmenter.finish()
    read = publish(tmp_path, segmenter)
    assert [segment.duration for segment in read.segments] == pytest.approx([2, 2, 2, 2, 1], abs=0.05)
    assert not any(segment.discontinuity for segment in read.segments)
    content = check(tmp_path / "a.m3u8")
    assert content.counters == list(range(270))
    assert content.median_offset_ms == pytest.approx(0, abs=1)


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_what_was_made_before_a_restart_is_not_made_again(tmp_path: Path, packets, kept: int) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = LiveSegmenter(tmp_path / "one", 2 * RATE, [])
    push(one, packets, VIDEO, AUDIO)
    one.finish()
    known = [Done.from_json(json.loads(json.dumps(done.to_json()))) for done in one.done[:kept]]
    two = LiveSegmenter(tmp_path / "two", 2 * RATE, known)
    push(two, packets, VIDEO, AUDIO)
    two.finish()
    assert [done.segment[1:] for done in two.done] == [done.segment[1:] for done in one.done]
    names = sorted(path.name for path in (tmp_path / "two").glob("*.ts"))
    assert names == [f"{number:05}.ts" for number in range(kept, 5)]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_sound_alone_is_cut_anywhere(tmp_path: Path, packets) -> None:
    segmenter = LiveSegmenter(tmp_path, 2 * RATE, [])
    push(segmenter, packets, AUDIO)
    segmenter.finish()
    assert [s.duration for s in publish(tmp_path, segmenter).segments] == pytest.approx([2, 2, 2, 2, 1], abs=0.06)


def test_a_camera_that_is_switched_on_later_begins_a_segment_behind_a_discontinuity(tmp_path: Path, packets) -> None:
    segmenter = LiveSegmenter(tmp_path, 60 * RATE, [])
    push(segmenter, [packet for packet in packets if packet[0] < 3 * RATE], AUDIO)
    push(segmenter, [packet for packet in packets if packet[0] >= 3 * RATE], AUDIO, VIDEO)
    segmenter.finish()
    read = publish(tmp_path, segmenter)
    assert [segment.discontinuity for segment in read.segments] == [False, True]
    assert [segment.duration for segment in read.segments] == pytest.approx([3, 6], abs=0.06)
    assert check(tmp_path / "00001.ts").counters == list(range(90, 270))
