"""The file of apps: what it says is what was meant, for its owner alone, and whole whatever happens."""

import os
import signal
import subprocess
import sys
import threading
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from reelroom.apps import APP_FILE, change_apps, ensure_app, new_app, read_apps
from reelroom.apps.text import parse_apps, render_apps
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings, Settings
from reelroom.units import AppId

FULL = AppSettings(
    id=AppId(2**32 - 1),
    server_secret='quote" back\\slash \x7f\t\n é 🎥 #',
    callback_secret="'''",
    callback_url="https://app.example/x?y=\\",
    max_tasks=7,
    enabled=False,
    old_server_secret="o" * 16,
    old_secret_until_s=1_754_300_000,
)
PLAIN = AppSettings(id=AppId(1), server_secret="0123456789abcdef", callback_secret="c")
AS_OF_THE_FIRST_RELEASE = """\
# Made at the first start, because no app was configured. Whoever reads this file can record and enter every room.
# Apps of the settings file take its place.

[[apps]]
id = 1234567890                     # AppId of the control API
server_secret = "00112233445566778899aabbccddeeff"    # signs API requests and room tokens
callback_secret = "ffeeddccbbaa99887766554433221100"  # verifies callbacks
"""


@pytest.mark.parametrize("apps", [(), (PLAIN,), (FULL,), (FULL, PLAIN)])
def test_what_is_written_is_read_back(apps: tuple[AppSettings, ...]) -> None:
    assert parse_apps(render_apps(apps), "x") == apps


def test_the_fullest_app_tries_every_field() -> None:
    assert [f.name for f in fields(FULL) if getattr(FULL, f.name) == f.default] == []


def test_a_file_of_the_first_release_is_read() -> None:
    (app,) = parse_apps(AS_OF_THE_FIRST_RELEASE, "x")
    assert (app.id, app.callback_secret) == (1234567890, "ffeeddccbbaa99887766554433221100")


GOOD = 'id = 1\nserver_secret = "0123456789abcdef"\ncallback_secret = "topsecret"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds nothing but a list named apps"),
        ("apps = []\nport = 5", "holds nothing but a list named apps"),
        ("apps = [5]", "apps[0]: allowed: a table"),
        ("[[apps]]\nid = 1", "apps[0].server_secret: is missing; allowed: a text"),
        (f"[[apps]]\n{GOOD}max_task = 1", "apps[0].max_task: no such key; known here: id, server_secret"),
        (f"[[apps]]\n{GOOD}max_tasks = true", "apps[0].max_tasks: allowed: a whole number"),
        (f"[[apps]]\n{GOOD}max_tasks = 0", "apps[0].max_tasks: allowed: 1 to 1000000"),
        (f"[[apps]]\n{GOOD}enabled = 1", "apps[0].enabled: allowed: true or false"),
        (f"[[apps]]\n{GOOD}callback_url = 'x'", "apps[0].callback_url: allowed: empty, or an http://"),
        (f"[[apps]]\n{GOOD}old_server_secret = 'topsecret'", "old_server_secret: allowed: empty, or at least 16"),
        (f"[[apps]]\n{GOOD}[[apps]]\n{GOOD}", "the id 1 came twice"),
        ("[[apps]]\nserver_secret = 'topsecret'", "apps[0].server_secret: allowed: at least 16 characters"),
        ("[[apps]\n", "damaged"),
    ],
)
def test_a_wrong_file_is_refused_with_words_and_without_secrets(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_apps(text, "app.toml")
    assert words in str(refused.value)
    assert "topsecret" not in str(refused.value)


def test_the_first_start_makes_an_app_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert ensure_app(Settings(data=data))
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / APP_FILE).stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in data.iterdir()] == [APP_FILE]
    assert len(read_apps(data)) == 1


def test_later_starts_find_the_app_again(tmp_path: Path) -> None:
    assert ensure_app(Settings(data=tmp_path))
    first = read_apps(tmp_path)
    assert not ensure_app(Settings(data=tmp_path))
    assert read_apps(tmp_path) == first


def test_no_app_is_made_beside_configured_ones(tmp_path: Path) -> None:
    assert not ensure_app(Settings(data=tmp_path, apps=(PLAIN,)))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / APP_FILE).write_text("[[apps]]\nid = 'x'")
    with pytest.raises(SettingsError, match=r"app\.toml"):
        ensure_app(Settings(data=tmp_path))


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_no_umask_changes_who_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        change_apps(tmp_path, lambda _: (PLAIN,))
    finally:
        os.umask(before)
    assert (tmp_path / APP_FILE).stat().st_mode & 0o777 == 0o600
    assert read_apps(tmp_path) == (PLAIN,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_writes_belongs_to_the_folders_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_533)
    change_apps(tmp_path, lambda _: (PLAIN,))
    status = (tmp_path / APP_FILE).stat()
    assert (status.st_uid, status.st_gid) == (65_534, 65_533)


def test_a_change_that_is_refused_leaves_all_as_it_was(tmp_path: Path) -> None:
    change_apps(tmp_path, lambda _: (PLAIN,))
    before = (tmp_path / APP_FILE).stat()

    def refuse(_apps: tuple[AppSettings, ...]) -> tuple[AppSettings, ...]:
        raise SettingsError("no")

    with pytest.raises(SettingsError, match="no"):
        change_apps(tmp_path, refuse)
    assert (tmp_path / APP_FILE).stat() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none/app\.toml: can't be written: No such file"):
        change_apps(tmp_path / "none", lambda apps: apps)


def test_changes_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=change_apps, args=(tmp_path, lambda apps: (*apps, new_app()))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_apps(tmp_path)) == 20


_WRITER = """
import itertools, sys
from dataclasses import replace
from pathlib import Path
from reelroom.apps import change_apps, read_apps
data = Path(sys.argv[1])
first = read_apps(data)[0].max_tasks + 1
for number in itertools.count(first):
    change_apps(data, lambda apps: tuple(replace(app, max_tasks=number) for app in apps))
    print(number, flush=True)
"""


def test_kill_9_in_the_middle_of_writing_never_damages_the_file(tmp_path: Path) -> None:
    apps = tuple(replace(new_app(), max_tasks=1, callback_url="https://app.example/" + "x" * 1000) for _ in range(50))
    change_apps(tmp_path, lambda _: apps)
    for round_ in range(8):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(3 + round_)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait()
        found = read_apps(tmp_path)
        assert len({app.max_tasks for app in found}) == 1
        assert found == tuple(replace(app, max_tasks=found[0].max_tasks) for app in apps)
        assert found[0].max_tasks >= int(told[-1] or told[-2])
        assert {entry.name for entry in tmp_path.iterdir()} <= {APP_FILE, ".app.toml.new"}
    change_apps(tmp_path, lambda _: (PLAIN,))
    assert [entry.name for entry in tmp_path.iterdir()] == [APP_FILE]
    assert tomllib.loads((tmp_path / APP_FILE).read_text())["apps"][0]["id"] == 1


_DIES = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from reelroom.apps import change_apps
name, number = sys.argv[2], int(sys.argv[3])
real, calls = getattr(os, name), []

def dying(*words, **more):
    calls.append(name)
    if len(calls) == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **more)

setattr(os, name, dying)
change_apps(Path(sys.argv[1]), lambda apps: tuple(replace(app, max_tasks=2) for app in apps))
"""


@pytest.mark.parametrize(
    ("step", "number", "changed"),
    [("fchmod", 1, False), ("fsync", 1, False), ("rename", 1, False), ("fsync", 2, True)],
)
def test_killed_at_any_step_it_leaves_a_whole_file_and_no_lock(
    tmp_path: Path, step: str, number: int, changed: bool
) -> None:
    change_apps(tmp_path, lambda _: (replace(PLAIN, max_tasks=1),))
    done = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path), step, str(number)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert read_apps(tmp_path) == (replace(PLAIN, max_tasks=2 if changed else 1),)
    change_apps(tmp_path, lambda apps: (*apps, FULL))
    assert read_apps(tmp_path)[1] == FULL
    assert [entry.name for entry in tmp_path.iterdir()] == [APP_FILE]
