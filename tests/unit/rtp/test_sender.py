"""A publisher's packets under a viewer's numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.rtp.packet import RtpPacket, parse_rtp, unwrap_rtx
from reelroom.rtp.rtcp import Bye, ReceiverReport, ReportBlock, SenderReport, parse_rtcp
from reelroom.rtp.sender import HISTORY, RESEND_NS, ViewerTrack
from reelroom.units import NS

NOW = 1_700_000_000 * NS
TURN = 1 << 32


def viewer(*, rtx: bool = True, first_sequence: int = 65_530) -> ViewerTrack:
    options = {"rtx_ssrc": 78, "rtx_payload_type": 108} if rtx else {}
    return ViewerTrack(ssrc=77, payload_type=107, clock_rate=90_000, first_sequence=first_sequence, **options)


def published(sequence: int, timestamp: int = 0, *, ssrc: int = 5, marker: bool = False) -> RtpPacket:
    return RtpPacket(
        96, marker, sequence & 0xFFFF, timestamp % TURN, ssrc, b"body %d" % sequence, 0xBEDE, b"\x10\xaa\0\0"
    )


def forward(track: ViewerTrack, *packets: RtpPacket, now_ns: int = NOW) -> list[RtpPacket]:
    return [parse_rtp(track.forward(packet, now_ns)) for packet in packets]


def test_numbers_are_the_viewers_and_time_is_the_publishers():
    (sent,) = forward(viewer(), published(1000, 123_456, marker=True))
    assert sent == RtpPacket(107, True, 65_530, 123_456, 77, b"body 1000")


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.permutations(range(12)))
def test_holes_and_disorder_stay_as_they_were(first_sequence, source_sequence, order):
    track = viewer(first_sequence=first_sequence)
    forward(track, published(source_sequence))
    sent = forward(track, *(published(source_sequence + 1 + number) for number in order if number != 5))
    expected = [(first_sequence + 1 + number) & 0xFFFF for number in order if number != 5]
    assert [packet.sequence for packet in sent] == expected


def test_padding_keeps_its_number_and_loses_its_bytes():
    (sent,) = forward(viewer(), published(7)._replace(payload=b""))
    assert sent.payload == b""


@pytest.mark.parametrize("rtx", [True, False])
def test_what_a_viewer_missed_is_sent_again(rtx):
    track = viewer(rtx=rtx)
    sent = forward(track, *(published(number) for number in range(100, 110)))
    answers = [parse_rtp(packet) for packet in track.resend((65_533, 3, 9), NOW)]
    if rtx:
        assert [(answer.ssrc, answer.payload_type) for answer in answers] == [(78, 108)] * 2
        assert answers[0].sequence != answers[1].sequence
        answers = [answer for packet in answers if (answer := unwrap_rtx(packet, ssrc=77, payload_type=107))]
    assert answers == [sent[3], sent[9]]
    assert (track.stats.resent, track.stats.missed) == (2, 1)


def test_only_so_many_packets_are_remembered():
    track = viewer(first_sequence=0)
    forward(track, *(published(number) for number in range(HISTORY + 1)))
    assert track.resend((0,), NOW) == []
    assert len(track.resend((1, HISTORY), NOW)) == 2


def test_one_packet_is_not_sent_again_and_again():
    track = viewer(first_sequence=0)
    forward(track, published(50))
    assert len(track.resend((0, 0, 0), NOW)) == 1
    assert track.resend((0,), NOW + RESEND_NS - 1) == []
    assert len(track.resend((0,), NOW + RESEND_NS)) == 1


def test_a_flood_of_requests_is_not_remembered_for_ever():
    track = viewer(first_sequence=0)
    forward(track, *(published(number) for number in range(HISTORY)))
    for turn in range(10):
        forward(track, *(published(HISTORY * (turn + 1) + number) for number in range(HISTORY)))
        wanted = tuple((HISTORY * (turn + 1) + number) & 0xFFFF for number in range(HISTORY))
        assert len(track.resend(wanted, NOW + turn * RESEND_NS)) == HISTORY
    assert len(track._resent_ns) <= 2 * HISTORY


def test_sender_reports_keep_the_publishers_instant():
    track = viewer()
    assert track.sender_report(SenderReport(5, 1 << 40, 90_000)) is None, "nothing was forwarded yet"
    forward(track, published(1, 93_000))
    report = SenderReport(5, 1 << 40, 90_000, 1000, 2000, (ReportBlock(1, 0, 0, 0, 0),))
    (ours,) = parse_rtcp(track.sender_report(report) or b"")
    assert ours == SenderReport(77, 1 << 40, 90_000, 1, len(b"body 1"))
    assert track.sender_report(SenderReport(6, 1 << 40, 90_000)) is None


def test_a_publisher_that_returns_goes_on_where_it_stopped():
    """A new SSRC, two seconds later: the viewer sees the next number and two seconds more; reports say the same."""
    track = viewer(first_sequence=10)
    forward(track, published(500, 1000), published(501, 4000))
    sent = forward(
        track, published(9, 77, ssrc=6), published(10, 3077, ssrc=6), published(8, 77, ssrc=6), now_ns=NOW + 2 * NS
    )
    assert [packet.sequence for packet in sent] == [12, 13, 11]
    assert [packet.timestamp for packet in sent] == [4000 + 180_000, 4000 + 183_000, 4000 + 180_000]
    (report,) = parse_rtcp(track.sender_report(SenderReport(6, 1 << 40, 77)) or b"")
    assert isinstance(report, SenderReport)
    assert report.rtp == 4000 + 180_000


def test_leaving_says_goodbye():
    assert parse_rtcp(viewer().bye()) == [ReceiverReport(77), Bye((77,))]
