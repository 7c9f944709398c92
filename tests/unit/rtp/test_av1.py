"""AV1: aggregation, OBUs, sequence headers, av1C."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.av1 import AV1, Av1Depacketiser, join_elements
from reelroom.rtp.av1_sequence import parse_sequence_header
from reelroom.rtp.bits import write_leb128
from reelroom.units import Codec

from .encoding import encode_video
from .sending import packetise_av1, split_obus, strip_size

FRAMES = encode_video(Codec.AV1, 322, 182)
KEY, INTER = FRAMES[0][0], FRAMES[1][0]
SEQUENCE, *PICTURES = split_obus(KEY)


def sized(*elements: bytes) -> bytes:
    return b"".join(write_leb128(len(element)) + element for element in elements)


@pytest.mark.parametrize(
    ("payloads", "obus"),
    [
        pytest.param([b"\x00" + sized(b"ab", b"cd")], [b"ab", b"cd"], id="all with lengths"),
        pytest.param([b"\x10ab"], [b"ab"], id="one to the end"),
        pytest.param([b"\x20" + sized(b"ab") + b"cd"], [b"ab", b"cd"], id="two, the last to the end"),
        pytest.param([b"\x30" + sized(b"ab", b"cd") + b"ef"], [b"ab", b"cd", b"ef"], id="three"),
        pytest.param([b"\x50ab", b"\x90cd"], [b"abcd"], id="in two packets"),
        pytest.param([b"\x50ab", b"\xd0cd", b"\x90ef"], [b"abcdef"], id="in three packets"),
        pytest.param([b"\x60" + sized(b"ab") + b"c", b"\xa0" + sized(b"d") + b"e"], [b"ab", b"cd", b"e"], id="mixed"),
    ],
)
def test_elements_become_obus(payloads, obus):
    assert join_elements(payloads) == obus


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([b"\x90cd"], id="beginning missing"),
        pytest.param([b"\x50ab"], id="end missing"),
        pytest.param([b"\x50ab", b"\x10cd"], id="does not continue"),
        pytest.param([b"\x10"], id="no element"),
        pytest.param([b"\x00\x05ab"], id="element cut off"),
        pytest.param([b"\x30" + sized(b"ab", b"cd")], id="an element too few"),
        pytest.param([b"\x00\x80"], id="length cut off"),
    ],
)
def test_elements_that_do_not_fit_are_media_errors(payloads):
    with pytest.raises(MediaError):
        join_elements(payloads)


@pytest.mark.parametrize("size", [(322, 182), (640, 360)])
def test_size_and_record_of_an_encoders_sequence_header(size):
    depacketiser = Av1Depacketiser({})
    unit = encode_video(Codec.AV1, *size)[0][0]
    frame = depacketiser.assemble(packetise_av1(unit))
    assert frame is not None
    assert (frame.config.width, frame.config.height, frame.keyframe, frame.payload) == (*size, True, unit)
    assert frame.config.private[:1] == b"\x81"
    assert frame.config.private[1] >> 5 == 0, "profile"
    assert frame.config.private[2] == 0x0C, "8 bits, 4:2:0"
    assert frame.config.private[4:] == split_obus(unit)[0]


def test_delimiters_padding_and_tile_lists_stay_out():
    strange = [b"\x10", b"\x78\x01\x02", b"\x40\x01"]  # delimiter, padding, tile list
    payload = b"\x00" + sized(*strange, *map(strip_size, (SEQUENCE, *PICTURES)))
    frame = Av1Depacketiser({}).assemble([payload])
    assert frame is not None
    assert frame.payload == KEY


def test_obus_that_kept_their_size_are_taken_too():
    frame = Av1Depacketiser({}).assemble([b"\x00" + sized(SEQUENCE, *PICTURES)])
    assert frame is not None
    assert frame.payload == KEY


def test_a_keyframe_without_sequence_header_gets_the_one_sent_before():
    depacketiser = Av1Depacketiser({})
    assert depacketiser.assemble([b"\x10" + strip_size(SEQUENCE)]) is None
    frame = depacketiser.assemble([b"\x00" + sized(*map(strip_size, PICTURES))])
    assert frame is not None
    assert (frame.keyframe, frame.payload) == (True, KEY)


def test_without_any_sequence_header_nothing_is_a_keyframe():
    frame = Av1Depacketiser({}).assemble([b"\x00" + sized(*map(strip_size, PICTURES))])
    assert frame is not None
    assert not frame.keyframe


def test_extension_bytes_are_kept():
    unit = Av1Depacketiser({}).assemble([b"\x00" + sized(b"\x34\x20\x10body")])
    assert unit is not None
    assert unit.payload == b"\x36\x20\x05\x10body"


def test_only_a_new_sequence_begins_a_keyframe():
    depacketiser = Av1Depacketiser({})
    begins = [depacketiser.begins_keyframe(payload) for payload in packetise_av1(KEY)]
    assert begins == [True] + [False] * (len(begins) - 1)
    assert not depacketiser.begins_keyframe(packetise_av1(INTER)[0])


@pytest.mark.parametrize("obu", [b"\x80", b"\x34", b"\x32\x05ab", b"\x32\x80"])
def test_damaged_obus_are_media_errors(obu):
    with pytest.raises(MediaError):
        Av1Depacketiser({}).assemble([b"\x10" + obu])


def test_every_truncation_of_a_sequence_header_is_a_media_error():
    body = strip_size(SEQUENCE)[1:]
    needed = next(size for size in range(len(body) + 1) if _parses(body[:size]))
    assert needed >= len(body) - 1, "the last byte may hold trailing bits only"


def _parses(body: bytes) -> bool:
    try:
        parse_sequence_header(body)
    except MediaError:
        return False
    return True


@given(st.binary(max_size=60))
def test_any_bytes_as_sequence_header_parse_or_are_media_errors(data):
    for first in (0x00, 0x04, 0x08, 0x20, 0x40, 0x48):  # profiles, reduced or with timing
        try:
            header = parse_sequence_header(bytes((first,)) + data)
        except MediaError:
            continue
        assert header.width > 0
        assert header.height > 0


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
def test_any_payloads_assemble_or_are_media_errors(payloads):
    depacketiser = Av1Depacketiser({})
    for attempt in (payloads, [packetise_av1(KEY)[0], *payloads], [b"\x10\x0a" + payloads[0]]):
        depacketiser.begins_keyframe(attempt[0])
        with contextlib.suppress(MediaError):
            depacketiser.assemble(attempt)


def test_the_answer_echoes_level_and_tier():
    assert AV1.answer({"level-idx": "8", "profile": "0", "tier": "1"}) == {
        "level-idx": "8",
        "profile": "0",
        "tier": "1",
    }
    assert AV1.rank({"profile": "1"}) is None
