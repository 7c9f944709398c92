"""NACK, PLI and reports: nack.py, keyframes.py, feedback.py and reception.py."""

from reelroom.rtp.feedback import Feedback
from reelroom.rtp.keyframes import KeyframeRequests
from reelroom.rtp.nack import MAX_AT_ONCE, NackGenerator
from reelroom.rtp.reception import Reception
from reelroom.rtp.rtcp import Nack, Pli, ReceiverReport, Remb, SenderReport, parse_rtcp
from reelroom.rtp.stats import TrackStats
from reelroom.units import NS, NS_PER_MS

NOW = 1_700_000_000 * NS


def at(ms: int) -> int:
    return NOW + ms * NS_PER_MS


def test_a_missing_packet_is_asked_for_at_once_and_every_fifty_milliseconds():
    nacks = NackGenerator()
    asked = [ms for ms in range(0, 201, 10) if nacks.due([7], at(ms))]
    assert asked == [0, 50, 100, 150, 200]


def test_each_missing_packet_has_its_own_rhythm():
    nacks = NackGenerator()
    assert nacks.due([7], at(0)) == [7]
    assert nacks.due([7, 9], at(30)) == [9]
    assert nacks.due([7, 9], at(50)) == [7]
    assert nacks.due([9], at(80)) == [9]


def test_a_packet_missed_again_after_it_came_is_asked_for_at_once():
    nacks = NackGenerator()
    assert nacks.due([7], at(0)) == [7]
    assert nacks.due([], at(10)) == []
    assert nacks.due([7], at(20)) == [7]


def test_one_request_names_a_bounded_number_of_packets():
    nacks = NackGenerator()
    missing = list(range(MAX_AT_ONCE + 100))
    assert nacks.due(missing, at(0)) == missing[:MAX_AT_ONCE]
    assert nacks.due(missing, at(10)) == missing[MAX_AT_ONCE:]


def test_keyframes_are_asked_for_at_most_twice_a_second_until_one_comes():
    requests = KeyframeRequests()
    assert not requests.due(at(0))
    requests.want()
    assert [ms for ms in range(0, 2001, 100) if requests.due(at(ms))] == [0, 500, 1000, 1500, 2000]
    requests.satisfy()
    assert not requests.due(at(3000))


def test_a_second_wish_does_not_break_the_limit():
    requests = KeyframeRequests()
    requests.want()
    assert requests.due(at(0))
    requests.satisfy()
    requests.want()
    assert requests.urgent
    assert not requests.due(at(400))
    assert not requests.urgent
    assert requests.due(at(500))


def test_requests_are_counted_and_name_the_source():
    stats = TrackStats()
    feedback = Feedback(1, nack=True, remb_bps=0, stats=stats)
    feedback.miss()
    feedback.keyframes.want()
    assert feedback.urgent
    requests = b"".join(feedback.requests(2, [65_535, 65_536], False, at(0)))
    assert parse_rtcp(requests) == [Nack(1, 2, (65_535, 0)), Pli(1, 2)]
    assert (stats.nacks, stats.plis, feedback.urgent) == (2, 1, False)


def test_no_keyframe_is_asked_for_while_one_is_coming():
    feedback = Feedback(1, nack=True, remb_bps=0, stats=TrackStats())
    feedback.keyframes.want()
    assert feedback.requests(2, [], True, at(0)) == []
    assert parse_rtcp(feedback.requests(2, [], False, at(10))[0]) == [Pli(1, 2)]


def test_without_nack_nothing_is_asked_for():
    feedback = Feedback(1, nack=False, remb_bps=0, stats=TrackStats())
    feedback.miss()
    assert not feedback.urgent
    assert feedback.requests(2, [5], False, at(0)) == []


def test_reports_are_due_once_a_second_and_carry_the_bitrate():
    feedback = Feedback(1, nack=False, remb_bps=4_000_000, stats=TrackStats())
    assert [ms for ms in range(0, 3000, 10) if feedback.report_due(at(ms))] == [0, 1000, 2000]
    assert parse_rtcp(feedback.report(2, None)) == [ReceiverReport(1), Remb(1, 4_000_000, (2,))]


def test_loss_is_reported_since_the_last_report_and_in_all():
    reception = Reception(90_000)
    reception.received = 75
    block = reception.block(9, 65_536 + 10, 65_536 + 109, at(0))  # 100 expected
    assert (block.ssrc, block.fraction_lost, block.packets_lost, block.highest_sequence) == (9, 64, 25, 109)
    reception.received = 175
    block = reception.block(9, 65_536 + 10, 65_536 + 209, at(1000))
    assert (block.fraction_lost, block.packets_lost) == (0, 25)


def test_the_highest_sequence_number_counts_turns_from_none():
    block = Reception(90_000).block(9, 2 * 65_536 - 1, 2 * 65_536 + 5, at(0))
    assert block.highest_sequence == 65_536 + 5


def test_more_packets_than_expected_are_no_negative_fraction():
    reception = Reception(90_000)
    reception.received = 12
    block = reception.block(9, 100, 109, at(0))
    assert (block.fraction_lost, block.packets_lost) == (0, -2)


def test_even_packets_have_no_jitter():
    reception = Reception(90_000)
    for number in range(100):
        reception.time(number * 3000 % 2**32, NOW + number * NS // 30)
    assert reception.block(9, 0, 1, at(0)).jitter == 0


def test_jitter_approaches_the_mean_deviation():
    """Packets late by 0 and 10 ms in turn deviate by 10 ms from each other: 900 ticks of video."""
    reception = Reception(90_000)
    for number in range(400):
        reception.time(2**32 - 3000 + number * 3000 & 0xFFFFFFFF, NOW + number * NS // 30 + number % 2 * 10 * NS_PER_MS)
    assert 880 < reception.block(9, 0, 1, at(0)).jitter <= 900


def test_the_last_sender_report_and_the_delay_since_are_told():
    reception = Reception(90_000)
    assert reception.block(9, 0, 0, at(0)).last_report == 0
    reception.hear(SenderReport(9, 0x0102030405060708, 0), at(0))
    block = reception.block(9, 0, 0, at(1500))
    assert (block.last_report, block.delay) == (0x03040506, 65536 * 3 // 2)
