import pytest

from reelroom.compose.opus import opus_head, opus_samples


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (bytes([0x78]), 960),  # configuration 15, hybrid, 20 ms
        (bytes([0xFC, 1, 2]), 960),  # configuration 31, CELT, 20 ms
        (bytes([0xE0, 1]), 120),  # configuration 28, CELT, 2.5 ms
        (bytes([0x18, 1]), 2880),  # configuration 3, SILK, 60 ms
        (bytes([0xFD, 1]), 1920),  # two frames
        (bytes([0xFF, 3, 1]), 2880),  # three frames, told in the next byte
        (bytes([0x1B, 2, 1]), 5760),  # 120 ms, the longest there is
    ],
)
def test_a_packet_says_how_long_it_is(payload: bytes, samples: int) -> None:
    assert opus_samples(payload) == samples


@pytest.mark.parametrize("payload", [b"", bytes([0xFF]), bytes([0xFF, 0]), bytes([0x1B, 3, 0])])
def test_what_can_be_no_packet_has_no_length(payload: bytes) -> None:
    """Empty; a frame count that is missing or zero; more than 120 ms."""
    assert opus_samples(payload) == 0


def test_head_cuts_nothing_off_the_start_but_keeps_the_gain() -> None:
    private = b"OpusHead" + bytes([1, 1, 0x38, 1, 0x80, 0xBB, 0, 0, 7, 2, 0])
    assert opus_head(private, 2) == b"OpusHead" + bytes([1, 2, 0, 0, 0x80, 0xBB, 0, 0, 7, 2, 0])


def test_head_without_a_source() -> None:
    assert opus_head(b"", 1) == b"OpusHead" + bytes([1, 1, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0])
