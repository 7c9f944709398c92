"""Whatever a network does: what comes out was sent, in order and whole, and can be decoded."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelroom.units import NS_PER_MS

from .network import START_NS, TRANSIT_NS, Network, Session
from .sending import FRAME_NS, MTU

SEEDS = st.integers(0, 2**32)
SEQUENCES = st.sampled_from([0, 100, 65_000, 65_530, 65_535])
TIMESTAMPS = st.sampled_from([0, 90_000, 2**32 - 3000 * 20, 2**32 - 1])


def check_frames(session: Session) -> None:
    """Every frame is one that was sent, byte for byte, in order, and each but a keyframe follows the one before it."""
    order = list(session.sent)
    last = -1
    previous_ticks = 0
    for frame in session.received:
        number = order.index(frame.ticks & 0xFFFFFFFF)
        assert session.sent[order[number]] == (frame.payload, frame.keyframe)
        assert number > last
        assert frame.keyframe or number == last + 1, "an inter frame without the one before it is a broken picture"
        assert frame.ticks > previous_ticks
        assert not frame.restart
        last, previous_ticks = number, frame.ticks
    assert session.receiver.stats.frames == len(session.received)


def check_gaps(session: Session) -> None:
    """The gaps told are exactly where frames are missing between emitted ones."""
    ticks = [frame.ticks for frame in session.received]
    holes = {(a, b) for a, b in itertools.pairwise(ticks) if b - a > 3000}
    told = {(gap.start_ticks, gap.end_ticks) for gap in session.receiver.drain_gaps()}
    assert holes <= told


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEQUENCES, TIMESTAMPS, st.integers(0, 9))
def test_reordering_and_duplication_lose_nothing(seed, sequence, timestamp, group):
    network = Network(seed, duplication=0.1, reordering=0.3, delay_ns=400 * NS_PER_MS, answers_nacks=False, spares=1)
    session = Session(network, frames=40, group=group, first_sequence=sequence, first_timestamp=timestamp).run()
    check_frames(session)
    assert len(session.received) == len(session.sent)
    assert session.receiver.stats.lost == 0


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEQUENCES, TIMESTAMPS, st.floats(0, 0.4), st.booleans())
def test_loss_without_repair_leaves_no_broken_picture(seed, sequence, timestamp, loss, plis):
    network = Network(seed, loss=loss, duplication=0.05, reordering=0.05, answers_nacks=False, answers_plis=plis)
    session = Session(network, frames=90, first_sequence=sequence, first_timestamp=timestamp, group=25).run()
    check_frames(session)
    check_gaps(session)


@settings(max_examples=80, deadline=None)
@given(SEEDS, SEQUENCES, st.floats(0, 0.1))
def test_retransmission_repairs_all_loss(seed, sequence, loss):
    """Ten per cent lost both ways: the chance that 18 requests for one packet all fail is nil."""
    network = Network(seed, loss=loss, duplication=0.02, reordering=0.05, spares=1)
    session = Session(network, frames=60, first_sequence=sequence).run()
    check_frames(session)
    check_gaps(session)
    tail = 4  # a lost last packet of all is not missed
    assert len(session.received) >= len(session.sent) - tail


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.1])
def test_with_retransmission_no_gap_is_as_long_as_a_second(loss):
    session = Session(Network(7, loss=loss, reordering=0.1, spares=1), frames=600).run()
    check_frames(session)
    ticks = [frame.ticks for frame in session.received]
    assert max(b - a for a, b in itertools.pairwise(ticks)) < 90_000
    assert session.receiver.stats.lost == 0


def test_a_burst_delayed_by_hundreds_of_packets_is_put_back_in_order():
    network = Network(3, reordering=0.9, delay_ns=900 * NS_PER_MS, answers_nacks=False, spares=1)
    session = Session(network, frames=200).run()
    check_frames(session)
    assert len(session.received) == len(session.sent)


def test_arrival_is_that_of_the_frames_earliest_packet():
    """Retransmitted packets come late, but a frame of several packets has one that came in time."""
    session = Session(Network(5, loss=0.1, spares=1), frames=60).run()
    order = list(session.sent)
    for frame in session.received:
        sent_ns = START_NS + order.index(frame.ticks & 0xFFFFFFFF) * FRAME_NS
        assert frame.arrival_ns == sent_ns + TRANSIT_NS or len(frame.payload) < 2 * MTU
