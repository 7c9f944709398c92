import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reelroom.database import SecretKey
from reelroom.errors import SettingsError


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path):
    path = tmp_path / "new" / "secret.key"
    sealed = SecretKey.load_or_create(path).encrypt("hunter2", "task-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SecretKey.load_or_create(path).decrypt(sealed, "task-1") == "hunter2"
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_share_one_key(tmp_path: Path):
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: SecretKey.load_or_create(path), range(16)))
    sealed = keys[0].encrypt("hunter2", "t")
    assert {key.decrypt(sealed, "t") for key in keys} == {"hunter2"}


def test_cipher_text_shows_nothing_and_differs_each_time(tmp_path: Path):
    key = SecretKey.load_or_create(tmp_path / "secret.key")
    first, second = key.encrypt("hunter2", "t"), key.encrypt("hunter2", "t")
    assert first != second
    assert "hunter2" not in first
    assert "SecretKey object" in repr(key)
    assert not hasattr(key, "__dict__")


def test_nothing_stays_nothing(tmp_path: Path):
    key = SecretKey.load_or_create(tmp_path / "secret.key")
    assert key.encrypt("", "t") == ""
    assert key.decrypt("", "t") == ""


def test_a_secret_moved_to_another_task_does_not_open(tmp_path: Path):
    key = SecretKey.load_or_create(tmp_path / "secret.key")
    with pytest.raises(SettingsError):
        key.decrypt(key.encrypt("hunter2", "task-1"), "task-2")


def test_another_key_does_not_open_it(tmp_path: Path):
    sealed = SecretKey.load_or_create(tmp_path / "a").encrypt("hunter2", "t")
    with pytest.raises(SettingsError, match="another key"):
        SecretKey.load_or_create(tmp_path / "b").decrypt(sealed, "t")


@pytest.mark.parametrize("content", [b"", b"short", b"!!!", b"QUJD"])
def test_a_damaged_key_file_is_told_and_not_replaced(tmp_path: Path, content: bytes):
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="holds no key"):
        SecretKey.load_or_create(path)
    assert path.read_bytes() == content
