import numpy as np
import pytest

from reelroom.testing.barcode import BLACK, COUNTERS, WHITE, checksum, draw_barcode, read_picture

SIZES = [(1280, 720), (640, 360), (320, 180), (161, 91), (80, 45)]


def picture(counter: int, size: tuple[int, int] = (320, 180), shade: int = 40) -> np.ndarray:
    luma = np.full((size[1], size[0]), shade, np.uint8)
    draw_barcode(luma, counter)
    return luma


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("counter", [0, 1, 12_345, COUNTERS - 1])
def test_what_is_drawn_is_read(size: tuple[int, int], counter: int) -> None:
    assert read_picture(picture(counter, size)) == (counter, False)


def test_counters_wrap() -> None:
    assert read_picture(picture(COUNTERS + 7)).counter == 7


def test_a_white_middle_is_a_flash() -> None:
    assert read_picture(picture(5, shade=WHITE)) == (5, True)


@pytest.mark.parametrize("shade", [0, BLACK, 127, WHITE, 255])
def test_a_blank_picture_is_broken(shade: int) -> None:
    assert read_picture(np.full((180, 320), shade, np.uint8)).counter is None


def test_strips_that_disagree_are_broken() -> None:
    """The lower half of another picture, as after a lost packet."""
    luma = picture(100)
    luma[90:] = picture(101)[90:]
    assert read_picture(luma).counter is None


def test_noise_and_blur_of_a_poor_encoder_are_read() -> None:
    noisy = picture(0xA5A5A5).astype(np.int16) + np.random.default_rng(1).integers(-60, 60, (180, 320))
    assert read_picture(np.clip(noisy, 0, 255).astype(np.uint8)).counter == 0xA5A5A5


def test_a_single_wrong_bit_is_noticed() -> None:
    for bit in range(24):
        assert checksum(1000) != checksum(1000 ^ 1 << bit)
