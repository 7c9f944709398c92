import io
import struct
import tracemalloc
from array import array
from pathlib import Path

import pytest

from reelroom.mux import boxes
from reelroom.mux.column import IN_MEMORY, Column
from reelroom.mux.samples import SampleTable

HERE = Path()  # where columns would go that outgrow memory


def collected(*times: int, last: int = 3000) -> SampleTable:
    table = SampleTable(90_000, HERE)
    for number, ticks in enumerate(times):
        table.add(ticks, 100 + number, keyframe=number == 0)
    table.end(last)
    return table


def written(table: SampleTable) -> dict[bytes, bytes]:
    """Content of each box of a sample table, behind version and flags."""
    file = io.BytesIO()
    boxes.write(file, table.to_box([b""], array("I", bytes(4 * len(table.chunk_samples)))))
    data = file.getvalue()[8:]
    found = {}
    while data:
        size = int.from_bytes(data[:4])
        found[data[4:8]] = data[12:size]
        data = data[size:]
    return found


def numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(content) // 4}I", content)


def test_equal_durations_in_a_row_are_one_entry() -> None:
    assert numbers(written(collected(0, 3000, 6000, 10_000))[b"stts"]) == (3, 2, 3000, 1, 4000, 1, 3000)


def test_sizes_stand_for_themselves() -> None:
    assert numbers(written(collected(0, 3000))[b"stsz"]) == (0, 2, 100, 101)


def test_keyframes_count_from_one() -> None:
    assert numbers(written(collected(0, 3000))[b"stss"]) == (1, 1)


def test_no_keyframe_table_means_that_all_are() -> None:
    table = SampleTable(48_000, HERE, independent=True)
    table.add(-1024, 10)
    table.end(1024)
    assert b"stss" not in written(table)


def test_half_a_second_is_a_chunk_and_equal_chunks_are_one_entry() -> None:
    table = collected(*range(0, 200_000, 3000))
    assert list(table.chunk_samples) == [15, 15, 15, 15, 7]
    assert numbers(written(table)[b"stsc"]) == (2, 1, 15, 1, 5, 7, 1)


def test_times_before_zero_belong_to_the_first_chunk() -> None:
    table = SampleTable(48_000, HERE, independent=True)
    for ticks in (-1024, 0, 1024):
        table.add(ticks, 10)
    table.end(1024)
    assert list(table.chunk_samples) == [3]
    assert (table.first, table.duration) == (-1024, 3072)


@pytest.mark.parametrize("count", [0, 1, IN_MEMORY - 1, IN_MEMORY, 2 * IN_MEMORY + 5])
def test_a_column_gives_back_what_it_took_and_leaves_no_file(tmp_path: Path, count: int) -> None:
    column = Column(tmp_path)
    for value in range(count):
        column.append(value * 3)
    assert len(column) == count
    assert numbers(b"".join(column.blocks())) == tuple(range(0, 3 * count, 3))
    assert list(tmp_path.iterdir()) == []


def test_a_days_samples_stay_out_of_memory(tmp_path: Path) -> None:
    """Durations that are never alike are the worst case."""
    tracemalloc.start()
    table = SampleTable(90_000, tmp_path)
    ticks = 0
    for number in range(500_000):
        ticks += 2997 + number % 2 * 6
        table.add(ticks, 5000, keyframe=number % 300 == 0)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 4 * 500_000  # a third of what its sizes and durations take on disk
