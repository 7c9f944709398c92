"""Which picture is seen at a journal position, and what is decoded for it."""

from collections.abc import Iterator
from dataclasses import replace

import av
import numpy as np
import pytest

from reelroom.compose.canvas import planes_of
from reelroom.journal.matroska import Block, TrackHeader
from reelroom.recorder.mixed.picture_feed import PictureFeed, is_black
from reelroom.recorder.track_reader import TrackFrames
from reelroom.testing.barcode import read_picture
from reelroom.testing.programme import Programme, video_frames
from reelroom.units import Codec, Size

PROGRAMME = Programme(seconds=4, sizes=((0.0, Size(160, 90)),), keyframe_s=1)


class Reader:
    """Gives what a TrackReader would, in batches."""

    def __init__(self, frames: list, batch: int = 7) -> None:
        header = TrackHeader(Codec.H264, 160, 90, private=frames[0].config.private)
        blocks = [Block(number * 10_000 // 30, frame.keyframe, frame.payload) for number, frame in enumerate(frames)]
        self._batches: Iterator = (
            TrackFrames(0, None, header, blocks[start : start + batch]) for start in range(0, len(blocks), batch)
        )

    def read(self) -> TrackFrames | None:
        return next(self._batches, None)


@pytest.fixture(scope="module")
def frames() -> list:
    return list(video_frames(PROGRAMME))


def counter(feed: PictureFeed) -> int | None:
    assert feed.frame is not None
    return read_picture(planes_of(feed.frame).y).counter


def test_the_newest_picture_up_to_a_position_is_seen(frames: list) -> None:
    feed = PictureFeed(Reader(frames))
    for position, number in ((0, 0), (332, 0), (333, 1), (5000, 15), (9_000, 27)):
        feed.look_at(position)
        assert counter(feed) == number


def test_before_the_first_there_is_none(frames: list) -> None:
    feed = PictureFeed(Reader(frames))
    feed.look_at(-1)
    assert feed.frame is None


def test_what_is_not_wanted_is_not_decoded(frames: list) -> None:
    feed = PictureFeed(Reader(frames))
    feed.pass_to(35_000)
    assert feed.frames == 0
    feed.look_at(35_000)
    assert counter(feed) == 105
    assert feed.frames == 16  # from the last keyframe on


def test_broken_packets_leave_the_picture_before(frames: list) -> None:
    broken = [*frames[:5], *(frame for frame in frames[5:10])]

    broken[5:] = [replace(frame, payload=b"\0\0\0\5garba") for frame in broken[5:]]
    feed = PictureFeed(Reader(broken))
    feed.look_at(40_000)
    assert counter(feed) == 4


def test_a_black_picture_is_none() -> None:
    frame = av.VideoFrame(320, 180, "yuv420p")
    for plane, value in zip(planes_of(frame), (16, 128, 128), strict=True):
        plane[:] = value
    assert is_black(frame, 80)
    assert not is_black(frame, 90_000)
    planes_of(frame).y[64:96, 64:128] = 60
    assert not is_black(frame, 80)
    assert np.any(planes_of(frame).y == 60)
