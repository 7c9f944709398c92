"""Where frames begin and end, and what is dropped: assembler.py, packet by packet."""

import itertools

import pytest

from reelroom.rtp.assembler import FrameAssembler, Loss
from reelroom.rtp.codecs import CODECS
from reelroom.rtp.frame import Frame
from reelroom.rtp.keyframes import KeyframeRequests
from reelroom.rtp.stats import TrackStats
from reelroom.units import NS, NS_PER_MS, Codec

from .sending import VIDEO_STEP, packetise_vp8, vp8_frame
from .test_h264 import IDR, SLICE, STAP

NOW = 1_700_000_000 * NS
TURN = 1 << 32


class Bench:
    """An assembler that is fed whole frames, 33 ms apart, or single payloads."""

    def __init__(self, codec: Codec) -> None:
        self.requests, self.stats = KeyframeRequests(), TrackStats()
        entry = CODECS[codec]
        self.assembler = FrameAssembler(entry, entry.depacketiser({}), self.requests, self.stats)
        self.number = 0

    def push(self, *payloads: bytes, marker: bool = True, ticks: int | None = None, now_ns: int | None = None) -> list:
        """The payloads of one frame; the next number's unless `ticks` says otherwise."""
        frames: list[Frame] = []
        if ticks is None:
            self.number += 1
        for index, payload in enumerate(payloads):
            self.assembler.push(
                (self.number * VIDEO_STEP if ticks is None else ticks) % TURN,
                marker and index == len(payloads) - 1,
                payload,
                NOW + self.number * NS // 30 if now_ns is None else now_ns,
                frames,
            )
        return frames


def vp8(number: int, *, keyframe: bool = False) -> list[bytes]:
    return packetise_vp8(vp8_frame(number, keyframe=keyframe))


def test_a_frame_ends_with_its_marker():
    bench = Bench(Codec.H264)
    (frame,) = bench.push(STAP, IDR)
    assert (frame.keyframe, frame.ticks, frame.restart) == (True, TURN * 2 + VIDEO_STEP, False)


def test_a_frame_without_marker_ends_with_the_next_timestamp():
    bench = Bench(Codec.H264)
    assert bench.push(STAP, IDR, marker=False) == []
    (frame,) = bench.push(SLICE, marker=False)
    assert frame.keyframe


def test_a_sender_that_marks_slices_is_understood_after_one_keyframe():
    """Each picture has two slices, both with a marker. What is known of slices only comes with the second one."""
    bench = Bench(Codec.H264)
    emitted = []
    for number in range(6):
        bench.number += 1
        pictures = [STAP, IDR] if number in (0, 3) else [SLICE]
        ticks = bench.number * VIDEO_STEP
        emitted.append(len(bench.push(*pictures, ticks=ticks)) + len(bench.push(SLICE, ticks=ticks)))
    assert emitted == [1, 0, 0, 0, 1, 1]
    assert bench.stats.damaged == 1


def test_parameter_sets_may_have_a_marker_of_their_own():
    bench = Bench(Codec.H264)
    assert bench.push(STAP, ticks=VIDEO_STEP) == []
    (frame,) = bench.push(IDR, ticks=VIDEO_STEP)
    assert frame.keyframe
    assert bench.stats.damaged == 0


def test_nothing_comes_before_the_first_keyframe_and_it_is_asked_for():
    bench = Bench(Codec.VP8)
    assert bench.push(*vp8(1)) == []
    assert bench.requests.wanted
    assert len(bench.push(*vp8(2, keyframe=True))) == 1
    assert not bench.requests.wanted


def test_a_whole_first_keyframe_is_not_asked_for_again():
    bench = Bench(Codec.VP8)
    bench.push(*vp8(1, keyframe=True))
    bench.push(*vp8(2))
    assert not bench.requests.wanted


def test_the_rest_of_a_first_keyframe_is_not_taken_for_one():
    bench = Bench(Codec.H264)
    assert bench.push(IDR) == []
    assert bench.requests.wanted


def test_after_a_gap_nothing_comes_until_a_keyframe():
    bench = Bench(Codec.VP8)
    (first,) = bench.push(*vp8(1, keyframe=True))
    bench.push(*vp8(2)[:1], marker=False)
    bench.assembler.lose(2)
    assert bench.push(*vp8(3)) == []
    assert bench.requests.wanted
    (key,) = bench.push(*vp8(4, keyframe=True))
    assert len(bench.push(*vp8(5))) == 1
    assert bench.assembler.losses == [Loss(first.ticks, key.ticks, 2)]


def test_a_keyframe_that_lost_its_parameter_sets_in_a_gap_is_not_trusted():
    """The lost SPS may have been a new one: the picture would be garbage."""
    bench = Bench(Codec.H264)
    bench.push(STAP, IDR)
    bench.assembler.lose(1)
    assert bench.push(IDR) == []
    assert len(bench.push(IDR)) == 1, "whole: the end of the frame before it was seen"


def test_the_tail_of_a_keyframe_after_a_gap_is_not_a_frame():
    bench = Bench(Codec.H264)
    bench.push(STAP, IDR)
    bench.push(STAP, marker=False)
    bench.assembler.lose(1)
    bench.number -= 1
    assert bench.push(IDR) == []
    assert bench.push(SLICE) == []


def test_gaps_that_follow_each_other_are_told_as_one():
    bench = Bench(Codec.VP8)
    (first,) = bench.push(*vp8(1, keyframe=True))
    bench.assembler.lose(2)
    bench.push(*vp8(2))
    bench.assembler.lose(3)
    (last,) = bench.push(*vp8(3, keyframe=True))
    assert bench.assembler.losses == [Loss(first.ticks, last.ticks, 5)]


def test_loss_before_the_first_frame_is_no_gap():
    bench = Bench(Codec.VP8)
    bench.assembler.lose(2)
    bench.push(*vp8(1, keyframe=True))
    assert bench.assembler.losses == []


def test_a_damaged_frame_is_a_gap_without_lost_packets():
    bench = Bench(Codec.VP8)
    (first,) = bench.push(*vp8(1, keyframe=True))
    assert bench.push(*vp8(2)[1:]) == []
    assert bench.push(*vp8(3)) == []
    (key,) = bench.push(*vp8(4, keyframe=True))
    assert bench.assembler.losses == [Loss(first.ticks, key.ticks, 0)]
    assert bench.stats.damaged == 1


def test_audio_goes_on_after_a_gap():
    bench = Bench(Codec.OPUS)
    (first,) = bench.push(b"\x78one", ticks=960)
    bench.assembler.lose(1)
    (second,) = bench.push(b"\x78two", ticks=2880)
    assert (first.payload, second.payload) == (b"\x78one", b"\x78two")
    assert bench.assembler.losses == [Loss(first.ticks, second.ticks, 1)]
    assert not bench.requests.wanted


def test_arrival_is_the_earliest_of_the_frames_packets():
    bench = Bench(Codec.H264)
    bench.push(STAP, marker=False, ticks=3000, now_ns=NOW + 90)
    (frame,) = bench.push(IDR, ticks=3000, now_ns=NOW + 10)
    assert frame.arrival_ns == NOW + 10


@pytest.mark.parametrize("jump", [90_000 * 6, -90_000 * 6, 2**31 - 1])
def test_a_jump_of_the_timestamps_restarts_the_clock_at_a_keyframe(jump):
    bench = Bench(Codec.VP8)
    (first,) = bench.push(*vp8(1, keyframe=True), ticks=TURN - 5, now_ns=NOW)
    assert bench.push(*vp8(2), ticks=TURN - 5 + jump, now_ns=NOW + NS // 30) == []
    (key,) = bench.push(*vp8(3, keyframe=True), ticks=TURN - 5 + jump + 3000, now_ns=NOW + NS // 15)
    assert key.restart
    assert key.ticks > first.ticks
    (following,) = bench.push(*vp8(4), ticks=TURN - 5 + jump + 6000, now_ns=NOW + NS // 10)
    assert not following.restart
    assert following.ticks == key.ticks + 3000
    assert bench.assembler.losses == []


def test_a_clock_that_stood_still_through_a_long_pause_is_a_restart():
    bench = Bench(Codec.OPUS)
    bench.push(b"\x78one", ticks=960, now_ns=NOW)
    (frame,) = bench.push(b"\x78two", ticks=1920, now_ns=NOW + 60 * NS)
    assert frame.restart


def test_a_pause_that_the_clock_counts_is_none():
    bench = Bench(Codec.OPUS)
    (first,) = bench.push(b"\x78one", ticks=960, now_ns=NOW)
    (second,) = bench.push(b"\x78two", ticks=960 + 60 * 48_000, now_ns=NOW + 60 * NS)
    assert not second.restart
    assert second.ticks - first.ticks == 60 * 48_000


def test_packets_held_up_by_the_network_for_seconds_are_no_restart():
    bench = Bench(Codec.OPUS)
    bench.push(b"\x78one", ticks=960, now_ns=NOW)
    frames = [bench.push(b"\x78two", ticks=960 * n, now_ns=NOW + 4 * NS + n)[0] for n in range(2, 200)]
    assert not any(frame.restart for frame in frames)


def test_a_timestamp_that_steps_back_a_little_makes_no_frame():
    bench = Bench(Codec.OPUS)
    bench.push(b"\x78one", ticks=9600, now_ns=NOW)
    assert bench.push(b"\x78two", ticks=8640, now_ns=NOW + 20 * NS_PER_MS) == []
    assert bench.stats.damaged == 1
    assert len(bench.push(b"\x78three", ticks=10_560, now_ns=NOW + 40 * NS_PER_MS)) == 1


def test_ticks_grow_across_the_wrap():
    bench = Bench(Codec.OPUS)
    ticks = [bench.push(b"\x78", ticks=TURN - 960 * (3 - n), now_ns=NOW)[0].ticks for n in range(6)]
    assert [later - earlier for earlier, later in itertools.pairwise(ticks)] == [960] * 5
