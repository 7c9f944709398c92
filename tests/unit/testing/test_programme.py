from itertools import pairwise

import av
import numpy as np
import pytest

from reelroom.testing.barcode import read_picture
from reelroom.testing.programme import (
    Programme,
    audio_frames,
    draw_luma,
    programme_frames,
    programme_sound,
    video_frames,
)
from reelroom.units import Codec, MediaKind, Size

SMALL = ((0.0, Size(160, 90)),)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8, Codec.VP9])
def test_each_picture_holds_its_number(codec: Codec) -> None:
    frames = list(video_frames(Programme(seconds=1, codec=codec, sizes=SMALL, first_counter=500)))
    decoder = av.CodecContext.create(str(codec), "r")
    decoder.extradata, decoder.thread_count = frames[0].config.private or None, 1
    pictures = [p for f in frames for p in decoder.decode(av.Packet(f.payload))] + decoder.decode(None)
    assert [read_picture(p.to_ndarray()[:90]).counter for p in pictures] == list(range(500, 530))
    assert [f.ticks for f in frames[:3]] == [0, 3000, 6000]


def test_a_new_size_is_a_new_configuration_and_a_keyframe() -> None:
    sizes = ((0.0, Size(160, 90)), (0.5, Size(320, 180)))
    frames = list(video_frames(Programme(seconds=1, sizes=sizes)))
    assert [n for n, f in enumerate(frames) if f.keyframe] == [0, 15]
    assert {(f.config.width, f.config.height) for f in frames[:15]} == {(160, 90)}
    assert frames[15].config.private != frames[14].config.private


def test_flash_and_beep_begin_at_the_same_instant() -> None:
    programme = Programme(seconds=3)
    flashes = [read_picture(draw_luma(programme, n, Size(160, 90))).flash for n in range(90)]
    assert [n for n, flash in enumerate(flashes) if flash] == [30, 31, 32, 60, 61, 62]
    sound = programme_sound(programme, 0, 3 * 48_000)
    assert np.flatnonzero(sound)[0] == 48_001  # a sine begins with zero
    assert not sound[48_000 + 4800 : 96_000].any()


def test_sound_is_fed_early_by_what_the_encoder_delays() -> None:
    frames = list(audio_frames(Programme(seconds=2)))
    decoder = av.CodecContext.create("libopus", "r")
    decoder.extradata, decoder.sample_rate, decoder.layout = frames[0].config.private, 48_000, "stereo"
    sound = np.concatenate(
        [d.to_ndarray().reshape(-1, 2) for f in frames for d in decoder.decode(av.Packet(f.payload))]
    )
    onset = np.flatnonzero(np.abs(sound[:, 0]) > 3277)[0]
    assert abs(onset - 48_000) < 5


def test_both_tracks_come_in_the_order_of_arrival() -> None:
    frames = list(programme_frames(Programme(seconds=1, sizes=SMALL, start_ticks=7)))
    assert all(before.arrival_ns <= after.arrival_ns for before, after in pairwise(frames))
    assert [sum(f.kind is kind for f in frames) for kind in MediaKind] == [50, 30]
    assert min(f.ticks for f in frames) == 7
