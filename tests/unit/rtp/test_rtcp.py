"""RTCP: vectors, both ways with aiortc as the second opinion, and damaged packets."""

import contextlib

import aiortc.rtp as aiortc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.rtcp import (
    Bye,
    Fir,
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    ReportBlock,
    SenderReport,
    build_bye,
    build_fir,
    build_nack,
    build_pli,
    build_receiver_report,
    build_remb,
    build_sender_report,
    parse_rtcp,
)

BLOCK = ReportBlock(5, 32, -3, 0x00010007, 90, 0x11223344, 65536)
BLOCK_HEX = "00000005 20fffffd 00010007 0000005a 11223344 00010000"
VECTORS = [
    (
        SenderReport(1, 0x0102030405060708, 9, 10, 11, (BLOCK,)),
        "81c8000c 00000001 0102030405060708 00000009 0000000a 0000000b" + BLOCK_HEX,
    ),
    (ReceiverReport(1, (BLOCK,)), "81c90007 00000001" + BLOCK_HEX),
    (ReceiverReport(1), "80c90001 00000001"),
    (Bye((1, 2)), "82cb0002 00000001 00000002"),
    (Nack(1, 2, (10, 11, 26)), "81cd0003 00000001 00000002 000a8001"),
    (Nack(1, 2, (65535, 0, 5, 40)), "81cd0004 00000001 00000002 ffff0021 00280000"),
    (Pli(1, 2), "81ce0002 00000001 00000002"),
    (Remb(1, 4_000_000, (2,)), "8fce0005 00000001 00000000 52454d42 0113d090 00000002"),
    (Fir(1, (2, 3)), "84ce0006 00000001 00000000 00000002 07000000 00000003 07000000"),
]
BUILDERS = {
    SenderReport: build_sender_report,
    ReceiverReport: build_receiver_report,
    Bye: build_bye,
    Nack: build_nack,
    Pli: build_pli,
    Remb: build_remb,
    Fir: lambda fir: build_fir(fir, 7),
}
SSRCS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("packet", "hexadecimal"), VECTORS)
def test_packets_are_read_and_written_as_the_vectors(packet, hexadecimal):
    data = bytes.fromhex(hexadecimal)
    assert parse_rtcp(data) == [packet]
    assert BUILDERS[type(packet)](packet) == data


def test_a_compound_packet_is_read_in_order_and_unknown_ones_are_skipped():
    sdes = bytes.fromhex("81ca0003 00000001 01046e616d650000")
    transport_cc = bytes.fromhex("8fcd0003 00000001 00000002 00000000")
    other_feedback = bytes.fromhex("8fce0003 00000001 00000002 41424344")
    compound = b"".join(
        [bytes.fromhex(VECTORS[0][1]), sdes, transport_cc, other_feedback, bytes.fromhex(VECTORS[6][1])]
    )
    assert parse_rtcp(compound) == [VECTORS[0][0], Pli(1, 2)]


def test_padding_of_the_last_packet_is_removed():
    assert parse_rtcp(bytes.fromhex("a1cd0004 00000001 00000002 000a0000 00000004")) == [Nack(1, 2, (10,))]


def test_ntp_instant_of_a_sender_report():
    assert SenderReport(1, (2_208_988_800 + 1_700_000_000) << 32 | 1 << 31, 0).ntp_ns == 1_700_000_000_500_000_000


@pytest.mark.parametrize("bitrate", [0, 1, 262_143, 262_144, 4_000_000, 10**9, 2**40])
def test_remb_keeps_eighteen_bits(bitrate):
    (remb,) = parse_rtcp(build_remb(Remb(1, bitrate, (2,))))
    assert isinstance(remb, Remb)
    assert remb.bitrate_bps <= bitrate <= remb.bitrate_bps * (1 + 2**-17)


@given(SSRCS, SSRCS, st.integers(0, 0xFFFF), st.lists(st.integers(1, 40), max_size=30))
def test_nack_names_every_sequence_number_across_the_wrap(sender, media, first, steps):
    sequences = [first]
    for step in steps:
        sequences.append((sequences[-1] + step) & 0xFFFF)
    data = build_nack(Nack(sender, media, tuple(sequences)))
    assert parse_rtcp(data) == [Nack(sender, media, tuple(sequences))]
    (theirs,) = aiortc.RtcpPacket.parse(data)
    assert [lost & 0xFFFF for lost in theirs.lost] == sequences  # aiortc does not wrap


@given(st.builds(ReportBlock, SSRCS, st.integers(0, 255), st.integers(-(2**23), 2**23 - 1), SSRCS, SSRCS, SSRCS, SSRCS))
def test_reports_agree_with_aiortc(block):
    (theirs,) = aiortc.RtcpPacket.parse(build_receiver_report(ReceiverReport(7, (block,))))
    report = theirs.reports[0]
    assert (report.ssrc, report.fraction_lost, report.packets_lost) == (
        block.ssrc,
        block.fraction_lost,
        block.packets_lost,
    )
    assert (report.highest_sequence, report.jitter) == (block.highest_sequence, block.jitter)
    assert (report.lsr, report.dlsr) == (block.last_report, block.delay)
    assert parse_rtcp(bytes(theirs)) == [ReceiverReport(7, (block,))]


def test_remb_agrees_with_aiortc():
    (theirs,) = aiortc.RtcpPacket.parse(build_remb(Remb(1, 4_000_000, (2, 3))))
    assert aiortc.unpack_remb_fci(theirs.fci) == (4_000_000, [2, 3])


@pytest.mark.parametrize("hexadecimal", [vector for _, vector in VECTORS])
def test_every_truncation_is_a_media_error(hexadecimal):
    data = bytes.fromhex(hexadecimal)
    for size in range(1, len(data)):
        with pytest.raises(MediaError):
            parse_rtcp(data[:size])


@pytest.mark.parametrize(
    "hexadecimal",
    [
        pytest.param("41c90001 00000001", id="version 1"),
        pytest.param("81c90001 00000001", id="a report that is not there"),
        pytest.param("81cb0000", id="a goodbye of nobody named"),
        pytest.param("a0c90001 00000000", id="padding of no length"),
        pytest.param("a0c90001 00000009", id="padding longer than the packet"),
        pytest.param("a0c90000", id="padding without a body"),
        pytest.param("81cd0001 00000001", id="a NACK without media"),
        pytest.param("8fce0004 00000001 00000000 52454d42 02000000", id="a REMB short of its sources"),
    ],
)
def test_broken_packets_are_media_errors(hexadecimal):
    with pytest.raises(MediaError):
        parse_rtcp(bytes.fromhex(hexadecimal))


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(192, 210), st.binary(max_size=40)), max_size=4))
def test_any_bodies_parse_or_are_media_errors(parts):
    compound = b"".join(
        bytes((0x80 | count, kind)) + (len(body) // 4).to_bytes(2, "big") + body[: len(body) // 4 * 4]
        for count, kind, body in parts
    )
    with contextlib.suppress(MediaError):
        parse_rtcp(compound)


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_are_media_errors(data):
    with contextlib.suppress(MediaError):
        parse_rtcp(data)
