"""One track from packets to frames and feedback: what the random networks do not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.rtp.clock_reports import ClockReport
from reelroom.rtp.frame import Frame
from reelroom.rtp.ntp import ns_to_ntp
from reelroom.rtp.packet import parse_rtp
from reelroom.rtp.receiver import MAX_DROPOUT, ORDER_PATIENCE_NS, REPAIR_PATIENCE_NS, START_NS, TrackReceiver
from reelroom.rtp.reorder import MAX_HELD
from reelroom.rtp.rtcp import Nack, Pli, ReceiverReport, Remb, SenderReport, parse_rtcp
from reelroom.units import NS, NS_PER_MS, Codec

from .network import receiver
from .sending import (
    FRAME_NS,
    PAYLOAD_TYPE,
    RTX_PAYLOAD_TYPE,
    RTX_SSRC,
    SSRC,
    VIDEO_STEP,
    Sender,
    packetise_vp8,
    rtp,
    vp8_frame,
)

NOW = 1_700_000_000 * NS
TURN = 1 << 32


def ms(count: float) -> int:
    return NOW + round(count * NS_PER_MS)


def video(number: int, *, keyframe: bool = False, size: int = 700) -> list[bytes]:
    return packetise_vp8(vp8_frame(number, keyframe=keyframe, size=size))


def send(track: TrackReceiver, sender: Sender, numbers: range, *, first_ticks: int = 0, key: int = 0) -> list[Frame]:
    """Whole frames, one each 33 ms; number `key` is a keyframe."""
    return [
        frame
        for number in numbers
        for packet in sender.frame(video(number, keyframe=number == key), first_ticks + number * VIDEO_STEP)
        for frame in track.receive(packet, NOW + number * FRAME_NS)
    ]


def said(track: TrackReceiver, now_ns: int, kind: type) -> list:
    return [
        packet for compound in track.feedback(now_ns) for packet in parse_rtcp(compound) if isinstance(packet, kind)
    ]


def test_padding_makes_neither_frames_nor_gaps():
    track, sender = receiver(), Sender()
    frames = send(track, sender, range(3))
    for _ in range(5):
        frames += track.receive(sender.padding(2 * VIDEO_STEP), ms(100))
    frames += send(track, sender, range(3, 6))
    assert len(frames) == 6
    assert track.stats.lost == track.stats.damaged == 0
    assert not track.feedback_wanted


def test_padding_that_came_early_waits_its_turn_and_vanishes():
    track, sender = receiver(), Sender()
    frames = send(track, sender, range(2))
    late = sender.frame(video(2), 2 * VIDEO_STEP)
    padding = [sender.padding(2 * VIDEO_STEP) for _ in range(3)]
    for packet in [*padding, *late]:
        frames += track.receive(packet, ms(70))
    assert len(frames + send(track, sender, range(3, 5))) == 5
    assert track.stats.damaged == 0


def test_retransmissions_of_padding_and_of_what_is_known_change_nothing():
    track, sender = receiver(), Sender()
    send(track, sender, range(3))
    probes = [sender.retransmit(number) for number in range(3)]
    probes += [rtp(b"", 900, 6000, ssrc=RTX_SSRC, payload_type=RTX_PAYLOAD_TYPE)]
    probes += [rtp(bytes(99) + b"\x64", 901, 6000, ssrc=RTX_SSRC, payload_type=RTX_PAYLOAD_TYPE, first=0xA0)]
    assert [track.receive(probe, ms(100)) for probe in probes] == [[]] * 5
    assert track.stats.recovered == track.stats.malformed == 0
    assert track.fresh is None
    assert len(send(track, sender, range(3, 6))) == 3


def test_a_missing_packet_is_asked_for_at_once_and_a_retransmission_heals():
    track, sender = receiver(), Sender()
    send(track, sender, range(2))
    track.feedback(ms(66))
    packets = sender.frame(video(2), 2 * VIDEO_STEP)
    lost = sender.sequence - len(packets)
    for packet in packets[1:]:
        assert track.receive(packet, ms(66)) == []
    assert track.feedback_wanted
    assert said(track, ms(66), Nack) == [Nack(1, SSRC, (lost,))]
    assert not track.feedback_wanted
    (frame,) = track.receive(sender.retransmit(lost), ms(90))
    assert frame.arrival_ns == ms(66)
    assert track.stats.recovered == 1
    assert said(track, ms(200), Nack) == []


def test_what_is_forwarded_is_each_packet_once_in_its_original_form():
    track, sender = receiver(), Sender()
    packets = sender.frame(video(0, keyframe=True), 0)
    track.receive(packets[0], NOW)
    assert track.fresh == packets[0]
    track.receive(packets[0], NOW)
    assert track.fresh is None
    track.receive(packets[2], NOW)
    assert track.fresh == packets[2]
    track.receive(sender.retransmit(1), NOW)
    assert track.fresh is not None
    assert parse_rtp(track.fresh) == parse_rtp(packets[1])


@pytest.mark.parametrize(("nack", "patience_ns"), [(True, REPAIR_PATIENCE_NS), (False, ORDER_PATIENCE_NS)])
def test_a_missing_video_packet_is_given_up_in_time_and_a_keyframe_asked_for(nack, patience_ns):
    track, sender = receiver(nack=nack), Sender()
    send(track, sender, range(2))
    sender.sequence += 1
    packets = sender.frame(video(2), 2 * VIDEO_STEP)
    for packet in packets:
        track.receive(packet, ms(66))
    assert track.feedback_wanted is nack
    assert track.poll(ms(66) + patience_ns - 1) == []
    assert track.stats.lost == 0
    assert track.poll(ms(66) + patience_ns) == []
    assert track.stats.lost == 1
    assert track.feedback_wanted
    assert said(track, ms(1100), Pli) == [Pli(1, SSRC)]


def test_audio_asks_for_nothing_and_waits_a_little():
    track, sender = receiver(Codec.OPUS), Sender()
    frames = track.receive(sender.packet(b"\x78one", 0), NOW)
    sender.sequence += 1
    assert track.receive(sender.packet(b"\x78two", 1920), ms(40)) == []
    assert not track.feedback_wanted
    assert said(track, ms(40), Nack) == []
    assert track.poll(ms(40) + ORDER_PATIENCE_NS - 1) == []
    frames += track.poll(ms(40) + ORDER_PATIENCE_NS)
    assert [frame.payload for frame in frames] == [b"\x78one", b"\x78two"]
    (gap,) = track.drain_gaps()
    assert (gap.start_ticks, gap.end_ticks, gap.packets) == (frames[0].ticks, frames[1].ticks, 1)
    assert track.drain_gaps() == []


def test_a_keyframe_ends_the_wait_for_packets_that_would_be_dropped_anyway():
    track, sender = receiver(), Sender()
    send(track, sender, range(2))
    sender.sequence += 1
    for packet in sender.frame(video(2), 2 * VIDEO_STEP):
        track.receive(packet, ms(66))
    track.poll(ms(66) + NS)
    sender.sequence += 1  # lost as well, a moment before the keyframe
    (frame,) = [f for p in sender.frame(video(3, keyframe=True), 3 * VIDEO_STEP) for f in track.receive(p, ms(1100))]
    assert frame.keyframe
    assert track.stats.lost == 2


def test_a_keyframe_does_not_end_the_wait_while_nothing_was_given_up():
    track, sender = receiver(), Sender()
    frames = send(track, sender, range(2))
    lost = sender.frame(video(2), 2 * VIDEO_STEP)
    for packet in sender.frame(video(3, keyframe=True), 3 * VIDEO_STEP):
        frames += track.receive(packet, ms(100))
    for packet in lost:
        frames += track.receive(packet, ms(200))
    assert len(frames) == 4


def test_the_first_keyframe_may_come_in_disorder():
    track, sender = receiver(), Sender(sequence=65_534)
    packets = sender.frame(video(0, keyframe=True, size=1500), 0)
    frames = [frame for packet in reversed(packets) for frame in track.receive(packet, NOW)]
    assert [frame.keyframe for frame in frames] == [True]


def test_a_stream_joined_in_its_middle_asks_for_a_keyframe_after_a_moment():
    track, sender = receiver(), Sender()
    assert send(track, sender, range(5), key=99) == []
    assert track.poll(NOW + START_NS - 1) == []
    assert not track.feedback_wanted
    assert track.poll(NOW + START_NS) == []
    assert said(track, NOW + START_NS, Pli) == [Pli(1, SSRC)]
    assert len(send(track, sender, range(5, 8), key=6)) == 2


def test_a_wish_for_a_keyframe_drops_nothing():
    track, sender = receiver(), Sender()
    send(track, sender, range(2))
    track.want_keyframe()
    assert track.feedback_wanted
    assert said(track, ms(70), Pli) == [Pli(1, SSRC)]
    assert len(send(track, sender, range(2, 5))) == 3
    assert said(track, ms(400), Pli) == []
    assert said(track, ms(600), Pli) == [Pli(1, SSRC)]
    send(track, sender, range(5, 6), key=5)
    assert said(track, ms(1200), Pli) == []


def test_audio_never_asks_for_keyframes():
    track = receiver(Codec.OPUS)
    track.receive(Sender().packet(b"\x78one", 0), NOW)
    track.want_keyframe()
    assert said(track, NOW, Pli) == []


def test_reports_come_once_a_second_with_loss_and_bitrate():
    track, sender = receiver(remb_bps=4_000_000), Sender()
    assert track.feedback(NOW) == []
    send(track, sender, range(2))
    sender.sequence += 1
    for packet in sender.frame(video(2), 2 * VIDEO_STEP):
        track.receive(packet, ms(66))
    track.sender_report(SenderReport(SSRC, ns_to_ntp(NOW), 0), ms(70))
    (compound,) = track.feedback(ms(100))
    report, remb, nack = parse_rtcp(compound)
    assert isinstance(report, ReceiverReport)
    (block,) = report.blocks
    assert (block.ssrc, block.packets_lost, block.highest_sequence) == (SSRC, 1, sender.sequence - 1)
    assert block.fraction_lost == 256 // sender.sequence
    assert block.delay == 30 * 65536 // 1000
    assert remb == Remb(1, 4_000_000, (SSRC,))
    assert isinstance(nack, Nack)
    assert track.feedback(ms(110)) == []


def test_a_new_ssrc_is_believed_at_its_second_packet_and_loses_nothing():
    track, sender = receiver(), Sender()
    frames = send(track, sender, range(3))
    other = Sender(ssrc=99, sequence=40_000)
    frames += send(track, other, range(3, 6), first_ticks=777_777, key=3)
    assert [frame.restart for frame in frames] == [False, False, False, True, False, False]
    assert frames[3].ticks > frames[2].ticks
    assert frames[3].ticks % TURN == 777_777 + 3 * VIDEO_STEP
    assert track.ssrc == 99
    assert track.drain_gaps() == []


def test_stragglers_of_the_old_ssrc_and_its_retransmissions_are_ignored():
    track, sender, other = receiver(), Sender(), Sender(ssrc=99)
    send(track, sender, range(3))
    lost = sender.sequence
    sender.sequence += 1
    sender.sent[lost] = sender.sent[0]
    for packet in sender.frame(video(3), 3 * VIDEO_STEP):
        track.receive(packet, ms(100))
    track.receive(sender.retransmit(lost - 1), ms(100))
    send(track, other, range(4, 7), key=4)
    stragglers = [*sender.frame(video(5), 5 * VIDEO_STEP), *sender.frame(video(6), 6 * VIDEO_STEP)]
    assert [frame for packet in stragglers for frame in track.receive(packet, ms(250))] == []
    assert track.ssrc == 99
    other.sequence += 1
    for packet in other.frame(video(7), 7 * VIDEO_STEP):
        track.receive(packet, ms(260))
    sender.sent[other.sequence - 4] = sender.sent[0]
    assert track.receive(sender.retransmit(other.sequence - 4), ms(270)) == []
    assert track.stats.recovered == 0


def test_an_old_ssrc_may_return_later():
    track = receiver()
    send(track, Sender(), range(2))
    send(track, Sender(ssrc=99), range(2, 4), key=2)
    assert len(send(track, Sender(sequence=900), range(100, 103), key=100)) == 3
    assert track.ssrc == SSRC


def test_audio_behind_a_gap_is_kept_when_the_ssrc_changes():
    track, sender, other = receiver(Codec.OPUS), Sender(), Sender(ssrc=99)
    frames = track.receive(sender.packet(b"\x78a", 0), ms(0))
    sender.sequence += 1
    frames += track.receive(sender.packet(b"\x78c", 1920), ms(40))
    for number, payload in enumerate((b"\x78d", b"\x78e")):
        frames += track.receive(other.packet(payload, 5000 + 960 * number), ms(60 + 20 * number))
    assert [frame.payload[1:] for frame in frames] == [b"a", b"c", b"d", b"e"]
    assert [frame.restart for frame in frames] == [False, False, True, False]


@pytest.mark.parametrize("step", [MAX_DROPOUT, -MAX_DROPOUT, 30_000])
def test_a_jump_of_the_sequence_numbers_is_believed_at_its_second_packet(step):
    track, sender = receiver(), Sender(sequence=10_000)
    frames = send(track, sender, range(2))
    sender.sequence = (sender.sequence + step) & 0xFFFF
    frames += send(track, sender, range(2, 5), key=3)
    assert [frame.ticks - frames[0].ticks for frame in frames] == [0, 3000, 9000, 12_000]
    assert frames[2].keyframe
    assert not frames[2].restart
    assert len(track.drain_gaps()) == 1


def test_one_packet_that_fits_nowhere_changes_nothing():
    track, sender = receiver(), Sender()
    frames = send(track, sender, range(2))
    track.receive(rtp(b"\x10stray", 20_000, 2 * VIDEO_STEP), ms(60))
    track.receive(rtp(b"\x10stray", 5, 2 * VIDEO_STEP, ssrc=99), ms(60))
    assert len(frames + send(track, sender, range(2, 5))) == 5
    assert track.ssrc == SSRC


def test_a_signalled_ssrc_is_held_to():
    track = receiver(ssrc=SSRC)
    track.receive(rtp(b"\x10stray", 5, 0, ssrc=99), NOW)
    assert len(send(track, Sender(), range(3))) == 3


def test_packets_that_were_not_negotiated_or_understood_are_counted():
    track, sender = receiver(), Sender()
    send(track, sender, range(1))
    for packet in (b"", b"\x80", rtp(b"x", 9, 9, payload_type=55), b"\x40" + bytes(20), rtp(b"\0", 9, 9, first=0xA0)):
        assert track.receive(packet, NOW) == []
        assert track.fresh is None
    assert track.stats.malformed == 5
    assert len(send(track, sender, range(1, 3))) == 2


def test_a_sender_report_gives_the_ticks_of_its_instant():
    track, sender = receiver(), Sender()
    (first, *_) = send(track, sender, range(3), first_ticks=TURN - 3000)
    report = track.sender_report(SenderReport(SSRC, ns_to_ntp(NOW), TURN - 9000), ms(100))
    assert report is not None
    assert (report.ticks, report.source) == (first.ticks - 6000, "sr")
    assert abs(report.ntp_ns - NOW) <= 1
    assert track.sender_report(SenderReport(77, ns_to_ntp(NOW), 0), ms(100)) is None
    assert track.sender_report(SenderReport(SSRC, 0, 0), ms(100)) is None, "a sender without a clock"


def test_a_sender_report_before_the_first_frame_of_a_clock_is_kept_for_it():
    track, sender, other = receiver(), Sender(), Sender(ssrc=99)
    assert track.sender_report(SenderReport(SSRC, ns_to_ntp(NOW), 0), NOW) is None
    send(track, sender, range(2))
    send(track, other, range(2, 4), key=99)
    track.poll(NOW + NS)
    assert track.sender_report(SenderReport(99, ns_to_ntp(NOW), 0), ms(1000)) is None
    assert track.drain_reports() == []
    (frame,) = send(track, other, range(4, 5), key=4)
    (report,) = track.drain_reports()
    assert report.ticks == frame.ticks - 4 * VIDEO_STEP
    assert track.drain_reports() == []


@pytest.mark.parametrize("two_bytes", [False, True])
def test_capture_time_is_a_report_of_its_own(two_bytes):
    track = receiver(Codec.OPUS, capture_time_id=7)
    ntp = ns_to_ntp(NOW)
    element = (b"\x07\x08" if two_bytes else b"\x77") + ntp.to_bytes(8, "big")
    element += bytes(-len(element) % 4)
    head = (b"\x10\x00" if two_bytes else b"\xbe\xde") + (len(element) // 4).to_bytes(2, "big")
    (frame,) = track.receive(rtp(b"\x78one", 1, 5000, first=0x90, extension=head + element), NOW)
    (report,) = track.drain_reports()
    assert (report.ticks, report.source) == (frame.ticks, "abs-capture-time")
    assert abs(report.ntp_ns - NOW) <= 1


def test_reports_that_nobody_fetches_do_not_pile_up():
    track, sender = receiver(), Sender()
    send(track, sender, range(3), key=99)
    track.poll(NOW + NS)
    for number in range(100):
        track.sender_report(SenderReport(SSRC, ns_to_ntp(NOW), number), NOW)
    send(track, sender, range(3, 4), key=3)
    reports = track.drain_reports()
    assert len(reports) == 8
    assert all(isinstance(report, ClockReport) for report in reports)


@given(st.lists(st.one_of(st.binary(max_size=40), st.tuples(st.integers(0, 30), st.binary(max_size=30))), max_size=40))
def test_no_bytes_make_it_raise(parts):
    track = receiver(capture_time_id=1)
    for number, part in enumerate(parts):
        packet = part if isinstance(part, bytes) else rtp(part[1], part[0], number * 3000, bool(part[0] & 1))
        for frame in track.receive(packet, NOW + number * FRAME_NS):
            assert frame.payload
        track.poll(NOW + number * FRAME_NS)
        track.feedback(NOW + number * FRAME_NS)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP9, Codec.AV1, Codec.OPUS])
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.binary(max_size=30)), max_size=30))
def test_no_payloads_make_it_raise(codec, parts):
    track = receiver(codec)
    for number, (sequence, marker, payload) in enumerate(parts):
        track.receive(rtp(payload, sequence, number // 3 * 3000, marker), NOW + number * FRAME_NS)
        track.poll(NOW + number * FRAME_NS)


def test_millions_of_packets_later_the_counters_still_agree():
    """Four turns of the sequence numbers, with a loss and a swap in each."""
    track, sender = receiver(Codec.OPUS), Sender(sequence=1)
    ticks, frames = 0, 0
    early: list[bytes] = []
    for number in range(4 * 65_536):
        packet = sender.packet(b"\x78", ticks % TURN)
        sender.sent.clear()
        now_ns = NOW + number * 20 * NS_PER_MS
        ticks += 960
        if number % 65_536 == 30_000:
            continue
        if number % 65_536 == 60_000:
            early.append(packet)
            continue
        frames += len(track.receive(packet, now_ns))
        while early:
            frames += len(track.receive(early.pop(), now_ns))
        frames += len(track.poll(now_ns))
    assert (frames, track.stats.lost) == (4 * 65_536 - 4, 4)
    assert (PAYLOAD_TYPE, track.stats.restarts) == (96, 0)


def test_a_second_keyframe_does_not_end_the_wait_for_the_rest_of_the_first():
    """Nothing was emitted yet, but the first keyframe can still be repaired, and what follows it too."""
    track, sender = receiver(), Sender()
    first = sender.frame(video(0, keyframe=True), 0)
    frames = track.receive(first[0], ms(0)) + track.receive(first[2], ms(0))
    for packet in [*sender.frame(video(1), VIDEO_STEP), *sender.frame(video(2, keyframe=True), 2 * VIDEO_STEP)]:
        frames += track.receive(packet, ms(40))
    assert frames == []
    frames += track.receive(sender.retransmit(1), ms(80))
    assert [frame.keyframe for frame in frames] == [True, False, True]


def test_too_many_packets_behind_a_missing_one_end_the_wait():
    """Memory is bounded, even when packets come faster than time passes."""
    track, sender = receiver(Codec.OPUS), Sender()
    frames = track.receive(sender.packet(b"\x78", 0), NOW)
    sender.sequence += 1
    for number in range(MAX_HELD + 1):
        frames += track.receive(sender.packet(b"\x78", 1920 + 960 * number), NOW)
    assert len(frames) == 1 + MAX_HELD + 1
    assert track.stats.lost == 1


def test_too_many_packets_before_the_first_keyframe_end_the_wait():
    track, sender = receiver(), Sender()
    for number in range(MAX_HELD + 2):
        assert track.receive(sender.packet(b"\x80\x80\x01rest", number // 4 * VIDEO_STEP), NOW) == []
    assert len(track._buffer.held) == 0
