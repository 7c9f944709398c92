"""Pictures that x264 refuses cost themselves alone."""

import av
import pytest
from tests.unit.compose.test_video import Work, feed, frames, transcoder

from reelroom.compose import video
from reelroom.units import Codec


def test_a_size_the_encoder_refuses_is_counted_and_the_next_picture_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal itself is made up: a picture of 16384 pixels square would need a gigabyte."""
    real, refusals = video._open_encoder, iter([True, True])

    def refuse_twice(look, options):
        if next(refusals, False):
            raise av.error.ArgumentError(22, "picture size is invalid")
        return real(look, options)

    monkeypatch.setattr(video, "_open_encoder", refuse_twice)
    work, several = Work(), frames(Codec.VP8, 0.5)
    made = transcoder(work, Codec.VP8)
    feed(made, several)
    assert made.decode_errors == 2
    assert len(work.blocks) == len(several) - 2
