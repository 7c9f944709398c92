import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelroom.errors import JournalError
from reelroom.journal import ebml
from reelroom.journal.header import TrackHeader, decode_header, encode_header
from reelroom.units import Codec

HEADERS = [
    TrackHeader(Codec.H264, 1280, 720, private=bytes(range(40))),
    TrackHeader(Codec.VP8, 640, 360),
    TrackHeader(Codec.VP9),
    TrackHeader(Codec.AV1, 16, 16, private=b"\x81\x04\x0c\x00"),
    TrackHeader(Codec.OPUS, channels=2, rate=48_000, private=b"OpusHead" + bytes(11)),
    TrackHeader(Codec.AAC, channels=1, rate=44_100, private=b"\x12\x10"),
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: h.codec)
def test_a_header_goes_there_and_back(header):
    encoded = encode_header(header)
    assert decode_header(encoded) == (header, len(encoded))
    assert decode_header(encoded + b"more") == (header, len(encoded))


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: h.codec)
def test_a_torn_header_is_waited_for(header):
    encoded = encode_header(header)
    for length in range(len(encoded)):
        assert decode_header(encoded[:length]) is None


@settings(max_examples=500)
@given(st.sampled_from(HEADERS), st.integers(0, 300), st.binary(min_size=1, max_size=4))
def test_a_damaged_header_is_read_waited_for_or_refused(header, at, junk):
    encoded = encode_header(header)
    damaged = encoded[:at] + junk + encoded[at + len(junk) :]
    with contextlib.suppress(JournalError):
        decode_header(damaged)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data):
    if encode_header(HEADERS[0]).startswith(data[:4]):
        return
    with pytest.raises(JournalError):
        decode_header(data)


def test_a_header_that_never_ends_is_refused():
    head = encode_header(HEADERS[0])
    start = head.index(ebml.encode_id(0x1549A966))
    endless = head[:start] + ebml.encode_id(0x1549A966) + ebml.encode_size(1 << 30) + bytes(1 << 16)
    with pytest.raises(JournalError, match="does not end"):
        decode_header(endless)


def test_a_file_of_another_time_scale_is_refused():
    encoded = encode_header(HEADERS[1])
    scale = ebml.uint(0x2AD7B1, 100_000)
    with pytest.raises(JournalError, match="TimestampScale"):
        decode_header(encoded.replace(scale, ebml.element(0x2AD7B1, (1_000_000).to_bytes(3))))


def test_absurd_codec_data_is_not_written():
    with pytest.raises(JournalError, match="too long"):
        encode_header(TrackHeader(Codec.H264, private=bytes(70_000)))


@given(st.integers(0, 2**56 - 2))
def test_sizes_take_the_shortest_form(size):
    encoded = ebml.encode_size(size)
    found = ebml.read_element(b"\xa3" + encoded + b"", 0, 1 << 60)
    assert found is not None
    assert found.end - found.start == size
    assert len(encoded) == 1 or size >= (1 << 7 * (len(encoded) - 1)) - 1


@pytest.mark.parametrize("content", [b"", b"\0" * 3, b"\0" * 10])
def test_floats_have_four_or_eight_bytes(content):
    with pytest.raises(JournalError):
        ebml.read_real(content)
    assert ebml.read_real(bytes.fromhex("473b8000")) == 48_000.0


def test_a_child_longer_than_its_parent_is_refused():
    data = b"\xae\x82\xd7\x85"
    with pytest.raises(JournalError, match="past its parent"):
        list(ebml.children(data, ebml.Element(0xAE, 2, 4)))
