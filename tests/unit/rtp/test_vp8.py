"""VP8: descriptors and keyframe headers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.vp8 import Vp8Depacketiser, descriptor_bytes

from .sending import packetise_vp8, vp8_frame

KEY = vp8_frame(1, keyframe=True, width=1280, height=720)
INTER = vp8_frame(2, keyframe=False)


@pytest.mark.parametrize(
    ("descriptor", "what"),
    [
        ("10", "no extension"),
        ("90 00", "extension of nothing"),
        ("90 80 11", "short picture id"),
        ("90 80 8123", "long picture id"),
        ("90 c0 8123 07", "and TL0PICIDX"),
        ("90 e0 8123 07 40", "and temporal layer"),
        ("90 30 41", "temporal layer and key index"),
    ],
)
def test_descriptors_are_stripped(descriptor, what):
    head = bytes.fromhex(descriptor)
    assert descriptor_bytes(head + b"x") == len(head), what
    for size in range(len(head) + 1):
        with pytest.raises(MediaError):
            descriptor_bytes(head[:size])


def test_a_keyframe_tells_the_size():
    frame = Vp8Depacketiser({}).assemble(packetise_vp8(KEY))
    assert (frame.payload, frame.keyframe, frame.config.width, frame.config.height) == (KEY, True, 1280, 720)


def test_scaling_bits_are_not_part_of_the_size():
    scaled = KEY[:6] + bytes((KEY[6], KEY[7] | 0x40, KEY[8], KEY[9] | 0xC0)) + KEY[10:]
    config = Vp8Depacketiser({}).assemble(packetise_vp8(scaled)).config
    assert (config.width, config.height) == (1280, 720)


def test_configuration_changes_only_with_the_size():
    depacketiser = Vp8Depacketiser({})
    first = depacketiser.assemble(packetise_vp8(KEY)).config
    assert depacketiser.assemble(packetise_vp8(INTER)).config is first
    assert depacketiser.assemble(packetise_vp8(KEY)).config is first
    assert depacketiser.assemble(packetise_vp8(vp8_frame(3, keyframe=True))).config.width == 640


def test_only_the_first_packet_of_a_keyframe_begins_one():
    depacketiser = Vp8Depacketiser({})
    assert [depacketiser.begins_keyframe(payload) for payload in packetise_vp8(KEY)] == [True, False, False]
    assert not depacketiser.begins_keyframe(packetise_vp8(INTER)[0])
    assert not depacketiser.begins_keyframe(b"\x90\x80")
    assert not depacketiser.begins_keyframe(b"\x11" + KEY), "the second partition"


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param(packetise_vp8(KEY)[1:], id="beginning missing"),
        pytest.param([b"\x10" + KEY[:9]], id="keyframe header cut off"),
        pytest.param([b"\x10" + KEY[:3] + b"abc" + KEY[6:]], id="start code missing"),
        pytest.param([b"\x10" + KEY[:6] + bytes(4) + KEY[10:]], id="no size"),
        pytest.param([b"\x10" + INTER, b"\x80\x80"], id="descriptor cut off"),
        pytest.param([b"\x10"], id="no body"),
    ],
)
def test_damaged_frames_are_media_errors(payloads):
    with pytest.raises(MediaError):
        Vp8Depacketiser({}).assemble(payloads)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
def test_any_payloads_assemble_or_are_media_errors(payloads):
    depacketiser = Vp8Depacketiser({})
    for attempt in (payloads, [b"\x10" + payloads[0], *payloads]):
        depacketiser.begins_keyframe(attempt[0])
        with contextlib.suppress(MediaError):
            depacketiser.assemble(attempt)
