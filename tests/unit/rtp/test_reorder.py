"""The reorder buffer, packet by packet."""

from reelroom.rtp.reorder import Held, ReorderBuffer


def held(number: int, arrival_ns: int = 0) -> Held:
    return Held(number, False, b"%d" % number, arrival_ns)


def started(at: int = 10) -> ReorderBuffer:
    buffer = ReorderBuffer()
    buffer.insert(at, held(at))
    buffer.start(at, 0)
    assert [packet.timestamp for packet in buffer.release()] == [at]
    return buffer


def release(buffer: ReorderBuffer) -> list[int]:
    return [packet.timestamp for packet in buffer.release()]


def test_packets_wait_for_a_missing_one():
    buffer = started()
    buffer.insert(13, held(13, 5))
    buffer.insert(12, held(12, 6))
    assert (release(buffer), buffer.missing) == ([], {11: 5})
    buffer.insert(11, held(11, 7))
    assert (release(buffer), buffer.missing, buffer.next) == ([11, 12, 13], {}, 14)


def test_duplicates_are_refused_whether_held_or_passed():
    buffer = started()
    assert buffer.insert(12, held(12))
    assert not buffer.insert(12, held(12))
    assert not buffer.insert(10, held(10))
    assert not buffer.insert(9, held(9))


def test_only_what_has_been_missing_for_long_is_given_up():
    buffer = started()
    buffer.insert(13, held(13, 100))
    buffer.insert(16, held(16, 200))
    assert buffer.give_up(99) == 0
    assert (buffer.give_up(150), release(buffer)) == (2, [13])
    assert (buffer.give_up(150), buffer.next) == (0, 14)
    assert (buffer.give_up(200), release(buffer), buffer.next) == (2, [16], 17)


def test_a_packet_that_was_given_up_is_refused():
    buffer = started()
    buffer.insert(12, held(12))
    buffer.give_up(0)
    assert not buffer.insert(11, held(11))


def test_skipping_drops_what_is_held_and_missing_before():
    buffer = started()
    for number in (12, 15, 17):
        buffer.insert(number, held(number))
    assert buffer.skip_to(15) == 3
    assert (release(buffer), buffer.missing) == ([15], {16: 0})


def test_before_the_start_everything_is_held():
    buffer = ReorderBuffer()
    for number in (20, 18, 21, 24):
        assert buffer.insert(number, held(number))
    assert not buffer.insert(20, held(20))
    buffer.start(20, 9)
    assert (release(buffer), buffer.missing, buffer.first) == ([20, 21], {22: 9, 23: 9}, 20)


def test_sequence_numbers_are_extended_around_the_newest_even_when_they_passed_by():
    buffer = started(65_536 + 65_530)
    buffer.next += 100  # in order, without entering
    assert buffer.newest == 65_536 + 65_630
    assert buffer.extend(95) == 2 * 65_536 + 95
    assert buffer.extend(65_535) == 65_536 + 65_535
