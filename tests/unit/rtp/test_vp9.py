"""VP9: descriptors and uncompressed headers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.vp9 import VP9, Vp9Depacketiser, keyframe_size, parse_descriptor
from reelroom.units import Codec

from .encoding import encode_video
from .sending import packetise_vp9

FRAMES = encode_video(Codec.VP9, 322, 182)
KEY, INTER = FRAMES[0][0], FRAMES[1][0]


@pytest.mark.parametrize(
    ("descriptor", "layer", "what"),
    [
        ("0c", 0, "nothing"),
        ("8c 11", 0, "short picture id"),
        ("8c 8123", 0, "long picture id"),
        ("ac 8123 03 07", 1, "layers, not flexible"),
        ("bc 8123 04", 2, "layers, flexible"),
        ("dc 8123 02", 0, "one difference"),
        ("dc 8123 03 05 06", 0, "three differences"),
        ("dc 8123 03 05 07", 0, "three differences at most"),
        ("8e 8123 00", 0, "structure of nothing"),
        ("8e 8123 10 0140 00b4", 0, "one size"),
        ("8e 8123 30 0140 00b4 0280 0168", 0, "two sizes"),
        ("8e 8123 18 0140 00b4 02 04 01 08 0102", 0, "size and a group of two"),
    ],
)
def test_descriptors_are_stripped(descriptor, layer, what):
    head = bytes.fromhex(descriptor)
    assert parse_descriptor(head + b"x") == (len(head), layer), what
    for size in range(len(head) + 1):
        with pytest.raises(MediaError):
            parse_descriptor(head[:size])


@pytest.mark.parametrize("size", [(322, 182), (640, 360)])
def test_size_of_an_encoders_keyframe(size):
    frames = encode_video(Codec.VP9, *size)
    assert keyframe_size(frames[0][0]) == size
    assert keyframe_size(frames[1][0]) is None


def test_a_frame_shown_again_is_no_keyframe():
    assert keyframe_size(b"\x88") is None


def test_size_of_a_deep_rgb_keyframe():
    """Profile 3 by hand: marker 10, profile 11 0, key 0 0 1 0, sync, 10 bits 0, sRGB 111, reserved 0, 4 x 3."""
    bits = "101100010" + f"{0x498342:024b}" + "01110" + f"{3:016b}{2:016b}"
    header = int(bits.ljust(80, "0"), 2).to_bytes(10, "big")
    assert keyframe_size(header) == (4, 3)


def test_higher_spatial_layers_stay_out():
    base = bytes.fromhex("a8 11 00 07")
    upper = bytes.fromhex("a4 11 03 07")
    frame = Vp9Depacketiser({}).assemble([base + KEY, upper + b"upper"])
    assert frame is not None
    assert frame.payload == KEY
    assert Vp9Depacketiser({}).assemble([bytes.fromhex("ac 11 03 07") + b"upper"]) is None


def test_only_the_first_packet_of_a_keyframe_begins_one():
    depacketiser = Vp9Depacketiser({})
    begins = [depacketiser.begins_keyframe(payload) for payload in packetise_vp9(KEY)]
    assert begins == [True] + [False] * (len(begins) - 1)
    assert not depacketiser.begins_keyframe(packetise_vp9(INTER)[0])
    assert not depacketiser.begins_keyframe(b"\x88")
    assert not depacketiser.begins_keyframe(bytes.fromhex("a8 11 03 07") + KEY), "an upper layer"


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param(packetise_vp9(KEY)[1:], id="beginning missing"),
        pytest.param(packetise_vp9(KEY)[:-1], id="end missing"),
        pytest.param([b"\x0c\x00\x00"], id="frame marker missing"),
        pytest.param([b"\x0c" + KEY[:5]], id="keyframe header cut off"),
        pytest.param([b"\x0c" + KEY[:1] + b"abc" + KEY[4:]], id="sync code missing"),
        pytest.param([b"\x0c\x82\x49\x83\x42\xe0" + bytes(8)], id="RGB in profile 0"),
        pytest.param([b"\x0c"], id="no body"),
    ],
)
def test_damaged_frames_are_media_errors(payloads):
    with pytest.raises(MediaError):
        Vp9Depacketiser({}).assemble(payloads)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
def test_any_payloads_assemble_or_are_media_errors(payloads):
    depacketiser = Vp9Depacketiser({})
    for attempt in (payloads, [b"\x0c" + payloads[0]], [b"\x0c\x82\x49\x83\x42" + payloads[0]]):
        depacketiser.begins_keyframe(attempt[0])
        with contextlib.suppress(MediaError):
            depacketiser.assemble(attempt)


@given(st.binary(max_size=20), st.sampled_from([0x82, 0xA2, 0x92, 0xB1]))
def test_any_header_has_a_size_or_is_a_media_error(data, first):
    try:
        size = keyframe_size(bytes((first, 0x49, 0x83, 0x42)) + data)
    except MediaError:
        return
    assert size is None or min(size) > 0


@pytest.mark.parametrize(("profile", "rank"), [("0", 0), (0, 0), (None, 0), ("2", None), ("x", None)])
def test_only_profile_0_is_received(profile, rank):
    assert VP9.rank({"profile-id": profile}) == rank
