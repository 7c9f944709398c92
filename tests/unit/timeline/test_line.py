from hypothesis import given
from hypothesis import strategies as st

from reelroom.timeline.line import AudioPlace, capture_time_ns, joined_offset_ns
from reelroom.units import NS, MediaKind


def test_capture_time_counts_journal_ticks_from_the_opening() -> None:
    assert capture_time_ns(1_000, 10_000) == 1_000 + NS


def test_a_joined_part_begins_where_the_part_before_ended() -> None:
    offset = joined_offset_ns(20 * NS, {MediaKind.AUDIO: 100 * NS, MediaKind.VIDEO: 99 * NS})
    assert 99 * NS + offset == 20 * NS


def test_the_first_packet_of_a_file_is_sample_zero() -> None:
    assert AudioPlace.of(origin_ns=123_456_789, line_ns=123_456_789, first=77).sample(77) == 0


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 10**6))
def test_packets_of_a_part_lie_end_to_end(gap_ns, first, packets) -> None:
    place = AudioPlace.of(origin_ns=0, line_ns=gap_ns, first=first)
    assert place.sample(first + 200 * (packets + 1)) - place.sample(first + 200 * packets) == 960
