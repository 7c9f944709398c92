"""Each frame in is one packet out at its own position. Codecs are real."""

from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest

from reelroom.compose import VideoHeader, VideoTranscoder
from reelroom.compose.h264 import unit_type
from reelroom.errors import MediaError
from reelroom.rtp.frame import Frame
from reelroom.testing.barcode import read_picture
from reelroom.testing.programme import Programme, video_frames
from reelroom.units import Codec, Size

CODECS = (Codec.VP8, Codec.VP9)
SIZES = ((0.0, Size(320, 180)), (2.0, Size(160, 90)))


class Work:
    """Work files in memory."""

    def __init__(self) -> None:
        self.headers: list[VideoHeader] = []
        self.files: list[list[tuple[int, bool, bytes]]] = []

    def open(self, header: VideoHeader) -> "Work":
        self.headers.append(header)
        self.files.append([])
        return self

    def write(self, position: int, keyframe: bool, payload: bytes) -> None:
        self.files[-1].append((position, keyframe, payload))

    @property
    def blocks(self) -> list[tuple[int, bool, bytes]]:
        return [block for file in self.files for block in file]


@lru_cache
def frames(codec: Codec, keyframe_s: float = 10.0) -> tuple[Frame, ...]:
    return tuple(video_frames(Programme(seconds=5, codec=codec, sizes=SIZES, keyframe_s=keyframe_s)))


def position(frame: Frame) -> int:
    return round(frame.ticks / 9)


def transcoder(work: Work, codec: Codec, resume_after: int | None = None) -> VideoTranscoder:
    return VideoTranscoder(work.open, codec=codec, preset="ultrafast", crf=23, resume_after=resume_after)


def feed(made: VideoTranscoder, several: tuple[Frame, ...]) -> None:
    for frame in several:
        made.feed(position(frame), frame.keyframe, frame.payload)
    made.finish()


def counters(work: Work) -> list[int | None]:
    seen: list[int | None] = []
    for header, file in zip(work.headers, work.files, strict=True):
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata, decoder.thread_count = header.private, 1
        pictures = [p for _, _, payload in file for p in decoder.decode(av.Packet(payload))] + decoder.decode(None)
        for picture in pictures:
            assert (picture.width, picture.height) == (header.width, header.height)
            seen.append(read_picture(picture.to_ndarray()[: picture.height]).counter)
    return seen


@pytest.mark.parametrize("codec", CODECS)
def test_every_frame_keeps_its_position_and_its_picture(codec: Codec) -> None:
    work = Work()
    feed(transcoder(work, codec), frames(codec))
    assert [block[0] for block in work.blocks] == [position(frame) for frame in frames(codec)]
    assert counters(work) == list(range(150))


@pytest.mark.parametrize("codec", CODECS)
def test_a_new_size_begins_a_new_file_with_its_own_parameter_sets(codec: Codec) -> None:
    work = Work()
    feed(transcoder(work, codec), frames(codec))
    assert [(header.width, header.height) for header in work.headers] == [(320, 180), (160, 90)]
    assert work.headers[0].private != work.headers[1].private


def test_keyframes_come_each_two_seconds_and_hold_parameter_sets() -> None:
    work = Work()
    feed(transcoder(work, Codec.VP8), frames(Codec.VP8))
    keyframes = [block for block in work.files[1] if block[1]]
    assert [block[0] for block in keyframes] == [20_000, 40_000]
    for _, _, payload in keyframes:
        length = int.from_bytes(payload[:4])
        assert unit_type(payload[4 : 4 + length]) == 7


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("written", [1, 37, 59, 60, 100, 149])
def test_after_a_crash_the_next_frame_follows(codec: Codec, written: int) -> None:
    """Also when the last keyframe lies before the last file, and when it is the last frame written."""
    several = frames(codec, 1.0)
    work = Work()
    feed(transcoder(work, codec, resume_after=position(several[written - 1])), several)
    assert [block[0] for block in work.blocks] == [position(frame) for frame in several[written:]]
    assert counters(work) == list(range(written, 150))
    assert all(file[0][1] for file in work.files)


def test_av1_is_transcoded() -> None:
    """From a file: 20 pictures of the programme, encoded by SVT-AV1, each behind its length in 4 bytes."""
    data = (Path(__file__).parent / "programme.av1.bin").read_bytes()
    work = Work()
    made = transcoder(work, Codec.AV1)
    for number in range(20):
        length = int.from_bytes(data[:4])
        made.feed(number * 333, number == 0, data[4 : 4 + length])
        data = data[4 + length :]
    assert counters(work) == list(range(20))
    assert [block[0] for block in work.blocks] == [number * 333 for number in range(20)]


def test_resuming_behind_the_end_writes_nothing() -> None:
    work = Work()
    feed(transcoder(work, Codec.VP8, resume_after=1 << 40), frames(Codec.VP8))
    assert work.blocks == []


def test_resuming_a_stream_with_rare_keyframes_keeps_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelroom.compose.video._HELD_BYTES", 2000)
    several = frames(Codec.VP8)
    work = Work()
    feed(transcoder(work, Codec.VP8, resume_after=position(several[129])), several)
    assert counters(work) == list(range(130, 150))


def test_undecodable_packets_are_counted_and_the_next_keyframe_goes_on() -> None:
    several = frames(Codec.VP9, 1.0)
    work = Work()
    made = transcoder(work, Codec.VP9)
    for number, frame in enumerate(several):
        made.feed(position(frame), frame.keyframe, b"\x12\x34" if number == 20 else frame.payload)
    made.feed(60_000, False, b"")
    assert made.decode_errors >= 2
    assert counters(work)[-120:] == list(range(30, 150))


def test_odd_sizes_become_even() -> None:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.options = 161, 91, "yuv420p", {"lag-in-frames": "0"}
    picture = av.VideoFrame.from_ndarray(np.full((91, 161, 3), 90, np.uint8), "rgb24").reformat(format="yuv420p")
    picture.pts = 0
    work = Work()
    made = transcoder(work, Codec.VP8)
    for packet in encoder.encode(picture):
        made.feed(0, True, bytes(packet))
    assert [(header.width, header.height) for header in work.headers] == [(160, 90)]


def test_colour_is_told_where_it_is_known() -> None:
    """VP8 is BT.601 by its specification; x264 writes it into the SPS."""
    work = Work()
    feed(transcoder(work, Codec.VP8), frames(Codec.VP8)[:2])
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata, decoder.thread_count = work.headers[0].private, 1
    pictures = [p for _, _, payload in work.blocks for p in decoder.decode(av.Packet(payload))] + decoder.decode(None)
    assert int(pictures[0].colorspace) == int(av.video.reformatter.Colorspace.ITU601)


def test_h264_is_not_transcoded() -> None:
    with pytest.raises(MediaError):
        transcoder(Work(), Codec.H264)
