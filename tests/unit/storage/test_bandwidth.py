import io

import pytest

from reelroom.storage import bandwidth
from reelroom.storage.bandwidth import Bandwidth, FileSlice

FREE = Bandwidth(0)


@pytest.fixture(name="path")
def path_fixture(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    return path


def test_a_slice_is_just_its_part_of_the_file(path):
    with FileSlice(path, 10, 20, FREE) as body:
        assert len(body) == 20
        assert body.read(5) == bytes(range(10, 15))
        assert body.tell() == 5
        assert body.read() == bytes(range(15, 30))
        assert body.read(1) == b""


def test_a_slice_can_be_read_again(path):
    with FileSlice(path, 90, 10, FREE) as body:
        body.read()
        assert body.seek(0) == 0
        assert body.read() == bytes(range(90, 100))
        assert body.seek(-3, io.SEEK_END) == 7
        assert body.read() == bytes(range(97, 100))
        assert body.seek(2) == 2
        assert body.seek(1, io.SEEK_CUR) == 3


def test_an_empty_slice_is_empty(path):
    with FileSlice(path, 0, 0, FREE) as body:
        assert body.read() == b""


@pytest.fixture(name="clock")
def clock_fixture(monkeypatch):
    """A clock that only sleeping moves."""

    class Clock:
        now_s = 100.0

        def sleep(self, seconds: float) -> None:
            self.now_s += seconds

    clock = Clock()
    monkeypatch.setattr(bandwidth.time, "sleep", clock.sleep)
    monkeypatch.setattr(bandwidth.time, "monotonic", lambda: clock.now_s)
    return clock


def test_sending_keeps_to_the_bandwidth_and_hashing_does_not(path, clock):
    with FileSlice(path, 0, 100, Bandwidth(10)) as body:
        body.read()
        assert clock.now_s == 100.0
        body.seek(0)
        body.sending = True
        while body.read(10):
            pass
    assert clock.now_s == pytest.approx(109.0)  # the first ten bytes need not wait


def test_all_share_one_bandwidth_and_a_rest_saves_nothing_up(clock):
    shared = Bandwidth(100)
    shared.take(100)
    shared.take(50)
    assert clock.now_s == pytest.approx(101.0)
    clock.sleep(1000)
    shared.take(100)
    assert clock.now_s == pytest.approx(1101.0)
    shared.take(1)
    assert clock.now_s == pytest.approx(1102.0)
