"""RTP packets, header extensions and retransmissions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.packet import RtpPacket, find_extension, parse_rtp, payload_span, unwrap_rtx, wrap_rtx

from .sending import rtp

PLAIN = bytes.fromhex("80e0 fffe 00010203 0a0b0c0d 414243")
ONE_BYTE = bytes.fromhex("bede 0003 10aa 22bbccdd 00 00 31eeff 00")
TWO_BYTE = bytes.fromhex("1003 0002 0102aabb 00 0500 00")


def extended(extension: bytes, payload: bytes = b"x") -> bytes:
    return rtp(payload, 1, 2, first=0x90, extension=extension)


def test_fields_of_a_plain_packet():
    assert parse_rtp(PLAIN) == RtpPacket(0x60, True, 0xFFFE, 0x00010203, 0x0A0B0C0D, b"ABC")


def test_contributing_sources_are_skipped():
    assert parse_rtp(rtp(bytes(8) + b"body", 1, 2, first=0x82)).payload == b"body"


def test_padding_is_removed():
    assert parse_rtp(rtp(b"body\0\0\3", 1, 2, first=0xA0)).payload == b"body"


def test_a_packet_of_padding_only_has_no_payload():
    assert parse_rtp(rtp(bytes(254) + b"\xff", 1, 2, first=0xA0)).payload == b""


def test_extension_is_kept_raw_and_payload_begins_after_it():
    packet = parse_rtp(extended(ONE_BYTE, b"body"))
    assert (packet.profile, packet.extension, packet.payload) == (0xBEDE, ONE_BYTE[4:], b"body")


@pytest.mark.parametrize(
    ("extension", "identifier", "value"),
    [
        (ONE_BYTE, 1, b"\xaa"),
        (ONE_BYTE, 2, b"\xbb\xcc\xdd"),
        (ONE_BYTE, 3, b"\xee\xff"),
        (ONE_BYTE, 4, None),
        (TWO_BYTE, 1, b"\xaa\xbb"),
        (TWO_BYTE, 5, b""),
        (TWO_BYTE, 6, None),
        (bytes.fromhex("bede 0001 f0000000"), 1, None),  # id 15 ends the list
        (bytes.fromhex("bede 0001 000013aa"), 1, None),  # an element that is cut off
        (bytes.fromhex("1000 0001 0109aabb"), 1, None),
        (bytes.fromhex("abcd 0001 10aa0000"), 1, None),  # another profile
    ],
)
def test_extension_elements_are_found(extension, identifier, value):
    assert find_extension(extended(extension), identifier) == value


def test_without_extension_nothing_is_found():
    assert find_extension(PLAIN, 1) is None


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"", id="empty"),
        pytest.param(PLAIN[:11], id="header cut off"),
        pytest.param(b"\x40" + PLAIN[1:], id="version 1"),
        pytest.param(rtp(b"", 1, 2, first=0x81), id="sources cut off"),
        pytest.param(rtp(b"\xbe\xde", 1, 2, first=0x90), id="extension header cut off"),
        pytest.param(rtp(b"\xbe\xde\x00\x02\x10\xaa\x00\x00", 1, 2, first=0x90), id="extension cut off"),
        pytest.param(rtp(b"body\x00", 1, 2, first=0xA0), id="padding of no length"),
        pytest.param(rtp(b"body\x06", 1, 2, first=0xA0), id="padding longer than the payload"),
    ],
)
def test_broken_packets_are_media_errors(packet):
    with pytest.raises(MediaError):
        parse_rtp(packet)


@given(st.binary(max_size=80), st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xBF, None]), st.integers(0, 15))
def test_any_bytes_parse_or_are_media_errors(data, first, identifier):
    packet = data if first is None else bytes((first,)) + data
    try:
        parsed = parse_rtp(packet)
    except MediaError:
        return
    start, end = payload_span(packet)
    assert packet[start:end] == parsed.payload
    found = find_extension(packet, identifier)
    assert found is None or found in parsed.extension


@given(
    st.tuples(
        st.integers(0, 127),
        st.booleans(),
        st.integers(0, 0xFFFF),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=50),
    )
)
def test_a_written_packet_parses_back(fields):
    packet = RtpPacket(*fields)
    assert parse_rtp(packet.to_bytes()) == packet


@given(st.booleans(), st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=50))
def test_a_retransmission_holds_the_original(marker, sequence, payload):
    original = RtpPacket(96, marker, sequence, 7, 8, payload)
    again = parse_rtp(wrap_rtx(original.to_bytes(), ssrc=9, payload_type=97, sequence=3))
    assert (again.payload_type, again.ssrc, again.sequence, again.timestamp) == (97, 9, 3, 7)
    assert unwrap_rtx(again, ssrc=8, payload_type=96) == original


@pytest.mark.parametrize("payload", [b"", b"\1", b"\1\2"])
def test_a_retransmission_of_padding_holds_nothing(payload):
    assert unwrap_rtx(RtpPacket(97, False, 1, 2, 3, payload), ssrc=8, payload_type=96) is None
