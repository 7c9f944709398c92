import struct
import sys
from array import array

from reelroom.mux.boxes import Box
from reelroom.mux.samples import SampleTable


def collected(*times: int, last: int = 3000) -> SampleTable:
    table = SampleTable(90_000)
    for number, ticks in enumerate(times):
        table.add(ticks, 100 + number, keyframe=number == 0)
    table.end(last)
    return table


def written(table: SampleTable) -> dict[bytes, bytes]:
    """Content of each box of a sample table, behind version and flags."""
    data = _join(table.to_box([b""], array("I", bytes(4 * len(table.chunk_samples)))))[8:]
    boxes = {}
    while data:
        size = int.from_bytes(data[:4])
        boxes[data[4:8]] = data[12:size]
        data = data[size:]
    return boxes


def _join(box: Box) -> bytes:
    return b"".join(part if isinstance(part, bytes) else part.tobytes() for part in box)


def numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(content) // 4}I", content)


def test_equal_durations_in_a_row_are_one_entry() -> None:
    assert numbers(written(collected(0, 3000, 6000, 10_000))[b"stts"]) == (3, 2, 3000, 1, 4000, 1, 3000)


def test_sizes_stand_for_themselves() -> None:
    assert numbers(written(collected(0, 3000))[b"stsz"]) == (0, 2, 100, 101)


def test_keyframes_count_from_one() -> None:
    assert numbers(written(collected(0, 3000))[b"stss"]) == (1, 1)


def test_no_keyframe_table_means_that_all_are() -> None:
    table = SampleTable(48_000, independent=True)
    table.add(-1024, 10)
    table.end(1024)
    assert b"stss" not in written(table)


def test_half_a_second_is_a_chunk_and_equal_chunks_are_one_entry() -> None:
    table = collected(*range(0, 200_000, 3000))
    assert list(table.chunk_samples) == [15, 15, 15, 15, 7]
    assert numbers(written(table)[b"stsc"]) == (2, 1, 15, 1, 5, 7, 1)


def test_times_before_zero_belong_to_the_first_chunk() -> None:
    table = SampleTable(48_000, independent=True)
    for ticks in (-1024, 0, 1024):
        table.add(ticks, 10)
    table.end(1024)
    assert list(table.chunk_samples) == [3]
    assert (table.first, table.duration) == (-1024, 3072)


def test_a_day_takes_few_bytes_for_each_sample() -> None:
    """Durations that are never alike are the worst case: sizes 4 bytes, durations 8."""
    table = SampleTable(90_000)
    ticks = 0
    for number in range(100_000):
        ticks += 2997 + number % 2 * 6
        table.add(ticks, 5000, keyframe=number % 300 == 0)
    used = sum(sys.getsizeof(v) for v in (getattr(table, n) for n in vars(table)) if isinstance(v, array))
    assert used < 16 * 100_000
