"""Our own writer against our own reader, on a real file system."""

import contextlib
import resource
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelroom.errors import JournalError
from reelroom.journal.matroska import (
    MAX_PAYLOAD,
    MAX_POSITION,
    Block,
    MatroskaTail,
    MatroskaWriter,
    TrackHeader,
    read_blocks,
)
from reelroom.units import Codec

HEADER = TrackHeader(Codec.VP8, 64, 48)
BLOCKS = [Block(p, p % 3 == 0, bytes([i]) * (i + 1)) for i, p in enumerate([0, 7, 333, 333, 20_001, 52_000, 52_001])]
CLUSTER_ID = bytes.fromhex("1f43b675")


def write_file(path, blocks=BLOCKS):
    """A journal file; returns its writer and the file's size after the header and after each block."""
    writer = MatroskaWriter.create(path, HEADER)
    sizes = [writer.size]
    for block in blocks:
        writer.write(*block)
        sizes.append(writer.size)
    writer.close()
    return writer, sizes


@contextlib.contextmanager
def full_disk(size):
    """No file may grow beyond `size` bytes. Stands in for a full disk: short writes first, then an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "track.mkv"


def test_blocks_come_back_as_written(path):
    writer, _ = write_file(path)
    assert list(read_blocks(path)) == BLOCKS
    assert (writer.last_position, writer.blocks) == (52_001, len(BLOCKS))


@settings(deadline=None)
@given(st.lists(st.builds(Block, st.integers(0, 200_000), st.booleans(), st.binary(max_size=50)), max_size=30))
def test_any_positions_come_back_even_out_of_order(tmp_path_factory, blocks):
    path = tmp_path_factory.mktemp("any") / "track.mkv"
    write_file(path, blocks)
    assert list(read_blocks(path)) == blocks


def test_a_new_cluster_comes_every_two_seconds_at_least(path):
    write_file(path, [Block(ticks, True, b"x") for ticks in range(0, 100_000, 200)])
    data = path.read_bytes()
    starts = [struct.unpack_from(">Q", data, at + 14)[0] for at in find_all(data, CLUSTER_ID)]
    assert starts == [0, 20_200, 40_400, 60_600, 80_800]


def find_all(data, what):
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def test_a_file_cut_anywhere_gives_every_whole_block(path):
    _, sizes = write_file(path)
    data = path.read_bytes()
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        tail = MatroskaTail(path)
        assert tail.read() == BLOCKS[: sum(size <= cut for size in sizes[1:])]
        assert (tail.header is None) == (cut < sizes[0])
        assert tail.end == max((size for size in sizes if size <= cut), default=0)
        tail.close()


def test_a_file_cut_anywhere_is_written_on(path):
    _, sizes = write_file(path)
    data = path.read_bytes()
    for cut in range(sizes[0], len(data) + 1):
        path.write_bytes(data[:cut])
        whole = BLOCKS[: sum(size <= cut for size in sizes[1:])]
        writer = MatroskaWriter.reopen(path)
        assert (writer.blocks, writer.last_position) == (len(whole), whole[-1].position if whole else None)
        writer.write(52_002, True, b"again")
        writer.close()
        assert list(read_blocks(path)) == [*whole, Block(52_002, True, b"again")]


def test_a_file_cut_within_its_header_is_begun_anew_by_resume_only(path):
    _, sizes = write_file(path)
    data = path.read_bytes()
    for cut in range(sizes[0]):
        path.write_bytes(data[:cut])
        with pytest.raises(JournalError, match="header"):
            MatroskaWriter.reopen(path)
        writer = MatroskaWriter.resume(path, HEADER)
        writer.write(*BLOCKS[0])
        writer.close()
        assert list(read_blocks(path)) == BLOCKS[:1]


def test_resume_goes_on_with_a_whole_file_and_makes_a_missing_one(path):
    MatroskaWriter.resume(path, HEADER).close()
    writer = MatroskaWriter.resume(path, HEADER)
    writer.write(*BLOCKS[0])
    writer.close()
    assert MatroskaWriter.resume(path, HEADER).blocks == 1


def test_an_existing_file_is_not_overwritten(path):
    write_file(path)
    with pytest.raises(JournalError, match="can't open"):
        MatroskaWriter.create(path, HEADER)
    assert list(read_blocks(path)) == BLOCKS


def test_a_tail_follows_a_file_that_grows_byte_by_byte(path, tmp_path):
    write_file(path)
    grown, tail, got = tmp_path / "grown.mkv", MatroskaTail(tmp_path / "grown.mkv"), []
    assert tail.read() == []
    with grown.open("wb", buffering=0) as file:
        for byte in path.read_bytes():
            file.write(bytes([byte]))
            got += tail.read()
    assert got == BLOCKS
    assert tail.header == HEADER
    assert tail.damaged == 0


def test_a_tail_hands_out_no_more_than_asked_for(path):
    write_file(path)
    tail = MatroskaTail(path)
    assert [tail.read(3), tail.read(3), tail.read(3), tail.read(3)] == [BLOCKS[:3], BLOCKS[3:6], BLOCKS[6:], []]


def test_blocks_longer_than_a_read_are_read(path):
    blocks = [Block(i, True, bytes([i]) * size) for i, size in enumerate([10, 3 << 20, MAX_PAYLOAD, 5])]
    write_file(path, blocks)
    tail = MatroskaTail(path)
    assert tail.read() == blocks
    assert tail.read() == []


@pytest.mark.parametrize(
    ("position", "payload"), [(-1, b""), (MAX_POSITION, b""), (0, bytes(MAX_PAYLOAD + 1))], ids=["before", "far", "big"]
)
def test_what_no_reader_would_take_is_not_written(path, position, payload):
    writer = MatroskaWriter.create(path, HEADER)
    with pytest.raises(JournalError, match="can't be journalled"):
        writer.write(position, True, payload)
    assert writer.size == path.stat().st_size


def test_a_full_disk_leaves_whole_blocks_and_writing_goes_on_when_there_is_room(path):
    writer = MatroskaWriter.create(path, HEADER)
    writer.write(0, True, b"before")
    tail = MatroskaTail(path)
    for room in range(60):
        with full_disk(writer.size + room), pytest.raises(JournalError, match="append"):
            writer.write(30_000 * room, False, b"x" * 100)
        assert path.stat().st_size == writer.size
    assert (writer.blocks, writer.last_position) == (1, 0)
    assert tail.read() == [Block(0, True, b"before")]
    writer.write(1, True, b"after")
    assert tail.read() == [Block(1, True, b"after")]


def test_a_full_disk_at_the_start_leaves_no_file(path):
    with full_disk(20), pytest.raises(JournalError):
        MatroskaWriter.create(path, HEADER)
    assert not path.exists()


def test_a_reader_that_saw_a_torn_block_reads_what_replaces_it(path):
    _, sizes = write_file(path)
    data = path.read_bytes()
    path.write_bytes(data[: sizes[4] + 30])  # into the block that opens the second Cluster
    tail = MatroskaTail(path)
    assert tail.read() == BLOCKS[:4]
    writer = MatroskaWriter.reopen(path)
    writer.write(400, False, b"something quite different")
    assert tail.read() == [Block(400, False, b"something quite different")]


def test_writing_to_a_closed_file_is_a_journal_error(path):
    writer, _ = write_file(path)
    writer.close()
    with pytest.raises(JournalError):
        writer.write(60_000, True, b"")


def test_damage_costs_the_rest_of_its_cluster_only(path):
    _, sizes = write_file(path)
    data = bytearray(path.read_bytes())
    data[sizes[1]] = 0
    path.write_bytes(data)
    tail = MatroskaTail(path)
    assert tail.read() == [*BLOCKS[:1], *BLOCKS[4:]]
    assert tail.damaged == sizes[4] - sizes[1]


def test_zeros_after_a_power_cut_are_cut_off_by_reopen(path):
    _, sizes = write_file(path)
    with path.open("ab") as file:
        file.write(bytes(3 << 20))
    tail = MatroskaTail(path)
    assert tail.read() == BLOCKS
    assert tail.end == sizes[-1]
    writer = MatroskaWriter.reopen(path)
    assert path.stat().st_size == sizes[-1]
    writer.write(60_000, True, b"on")
    assert list(read_blocks(path)) == [*BLOCKS, Block(60_000, True, b"on")]


def test_blocks_behind_megabytes_of_damage_are_found(path):
    _, sizes = write_file(path)
    data = path.read_bytes()
    path.write_bytes(data[: sizes[1]] + b"\xa3" * (5 << 20) + data[sizes[4] :])
    tail = MatroskaTail(path)
    assert tail.read() == [*BLOCKS[:1], *BLOCKS[4:]]
    assert tail.damaged == 5 << 20


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damage_anywhere_raises_journal_errors_only(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "track.mkv"
    write_file(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        junk = data.draw(st.binary(max_size=8))
        content[at : at + data.draw(st.integers(0, 8))] = junk
    path.write_bytes(content)
    with contextlib.suppress(JournalError):
        assert all(isinstance(block, Block) for block in read_blocks(path))
    with contextlib.suppress(JournalError):
        writer = MatroskaWriter.reopen(path)
        writer.write(100_000, True, b"on")
        assert list(read_blocks(path))[-1] == Block(100_000, True, b"on")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_random_bodies_behind_a_good_header_raise_nothing(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("random") / "track.mkv"
    writer, _ = write_file(path, [])
    with path.open("ab") as file:
        file.write(body)
    tail = MatroskaTail(path)
    tail.read()
    assert tail.end >= writer.size


def test_a_stranger_s_file_is_refused(path):
    path.write_bytes(b"RIFF....AVI ")
    tail = MatroskaTail(path)
    with pytest.raises(JournalError, match="not a journal file"):
        tail.read()
    assert tail.foreign


def test_reading_a_missing_or_unreadable_file_is_a_journal_error(path, tmp_path):
    with pytest.raises(JournalError, match="no whole header"):
        list(read_blocks(path))
    with pytest.raises(JournalError, match="can't read"):
        list(read_blocks(tmp_path))
