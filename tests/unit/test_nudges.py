import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reelroom.nudges import AlreadyRunningError, NudgeListener, ProcessLock, holder, send_nudge


def test_nudge_sent_before_waiting_is_not_lost(tmp_path: Path):
    with NudgeListener(tmp_path, "gateway") as listener:
        send_nudge(tmp_path, "gateway")
        send_nudge(tmp_path, "gateway")
        assert listener.wait(10)
        assert not listener.wait(0)


def test_nudge_wakes_a_waiting_thread(tmp_path: Path):
    with NudgeListener(tmp_path, "task-a") as listener:
        woken: list[bool] = []
        thread = threading.Thread(target=lambda: woken.append(listener.wait(60)))
        thread.start()
        send_nudge(tmp_path, "task-a")
        thread.join(60)
        assert woken == [True]


async def test_nudge_wakes_an_event_loop(tmp_path: Path):
    with NudgeListener(tmp_path, "server") as listener:
        woken = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(listener, lambda: listener.drain() and woken.set())
        send_nudge(tmp_path, "server")
        await asyncio.wait_for(woken.wait(), 10)
        loop.remove_reader(listener)


def test_nudging_nobody_is_silent(tmp_path: Path):
    send_nudge(tmp_path, "nobody")
    send_nudge(tmp_path / "no-such-folder", "nobody")
    NudgeListener(tmp_path, "dead")._socket.close()  # its socket file stays behind
    send_nudge(tmp_path, "dead")


def test_thousands_of_unread_nudges_do_not_block_the_sender(tmp_path: Path):
    with NudgeListener(tmp_path, "busy") as listener:
        for _ in range(3000):
            send_nudge(tmp_path, "busy")
        assert listener.wait(0)


def test_folders_deeper_than_a_socket_address_work(tmp_path: Path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    with NudgeListener(deep, "gateway") as listener:
        send_nudge(deep, "gateway")
        assert listener.wait(10)


def test_a_successor_takes_the_name_and_keeps_it(tmp_path: Path):
    first = NudgeListener(tmp_path, "server")
    with NudgeListener(tmp_path, "server") as second:
        first.close()
        send_nudge(tmp_path, "server")
        assert second.wait(10)
    assert not (tmp_path / "server.nudge").exists()


def test_one_process_holds_a_name_until_it_releases_it(tmp_path: Path):
    lock = ProcessLock(tmp_path, "task-1")
    assert holder(tmp_path, "task-1") is None
    assert lock.acquire()
    assert holder(tmp_path, "task-1") == os.getpid()
    assert not ProcessLock(tmp_path, "task-1").acquire()
    with pytest.raises(AlreadyRunningError), ProcessLock(tmp_path, "task-1"):
        pass
    lock.release()
    assert holder(tmp_path, "task-1") is None
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_is_for_its_owner_alone(tmp_path: Path):
    with ProcessLock(tmp_path, "task-1"):
        assert (tmp_path / "task-1.lock").stat().st_mode & 0o077 == 0


def test_a_killed_process_frees_its_name(tmp_path: Path):
    code = (
        "import sys, pathlib, time; from reelroom.nudges import ProcessLock;"
        "l = ProcessLock(pathlib.Path(sys.argv[1]), 'gateway'); assert l.acquire(); print('held', flush=True);"
        "sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    assert holder(tmp_path, "gateway") == child.pid
    assert not ProcessLock(tmp_path, "gateway").acquire()
    child.kill()
    child.wait()
    assert holder(tmp_path, "gateway") is None
    with ProcessLock(tmp_path, "gateway"):
        assert holder(tmp_path, "gateway") == os.getpid()


def test_probing_never_makes_a_start_fail(tmp_path: Path):
    stop = threading.Event()
    prober = threading.Thread(target=lambda: [holder(tmp_path, "task-2") for _ in iter(stop.is_set, True)])
    prober.start()
    try:
        for _ in range(200):
            with ProcessLock(tmp_path, "task-2"):
                pass
    finally:
        stop.set()
        prober.join()
