import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from reelroom.errors import StorageError
from reelroom.settings import BackupSettings, ServerSettings, Settings, StoreSettings
from reelroom.spec import Destination
from reelroom.storage import RefusedError, expire_backups, open_backup, open_store

KEY = "lessons/aJB-YE-iHBJnAABN_room_u_s_VA_20250804093322418.mp4"


@pytest.fixture(name="data")
def data_fixture(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret.key").write_bytes(b"k" * 44)
    return data


@pytest.fixture(name="source")
def source_fixture(tmp_path: Path) -> Path:
    source = tmp_path / "spooled.mp4"
    source.write_bytes(b"moov")
    return source


def put(data: Path, source: Path, key: str = KEY, **server) -> str:
    store = open_store(Destination(), "", Settings(data=data, server=ServerSettings(**server)), data)
    return store.put(source, key, {}, lambda _: None).url


def served(data: Path, url: str) -> Path:
    """The file a server would hand out at that URL."""
    _, files, token, name = urlsplit(url).path.split("/")
    return data / files / token / unquote(name)


def test_a_file_is_found_where_its_url_says(data, source):
    url = put(data, source, public_url="https://rec.example/")
    assert url.startswith("https://rec.example/files/")
    assert url.endswith("/aJB-YE-iHBJnAABN_room_u_s_VA_20250804093322418.mp4")
    assert served(data, url).read_bytes() == b"moov"


def test_it_stays_when_the_spool_lets_go_of_it(data, source):
    url = put(data, source)
    source.unlink()
    assert served(data, url).read_bytes() == b"moov"


def test_a_retry_has_the_same_outcome(data, source):
    first = put(data, source)
    assert put(data, source) == first
    assert [p.name for p in served(data, first).parent.iterdir()] == [KEY.rpartition("/")[2]]


def test_a_broken_earlier_try_is_replaced(data, source):
    url = put(data, source)
    target = served(data, url)
    target.unlink()
    target.write_bytes(b"half")
    put(data, source)
    assert target.read_bytes() == b"moov"


def test_files_on_another_disk_are_copied(data, source, monkeypatch):
    """Two disks cannot be made here: linking is made to fail as it does between them."""

    def fail(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", fail)
    assert served(data, put(data, source)).read_bytes() == b"moov"


def test_tokens_differ_by_file_and_by_installation(data, source, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret.key").write_bytes(b"j" * 44)
    tokens = {
        served(at, put(at, source, key)).parent.name for at, key in ((data, KEY), (data, "x" + KEY), (other, KEY))
    }
    assert len(tokens) == 3
    assert all(len(token) == 40 for token in tokens)


@pytest.mark.parametrize(
    "key",
    [
        "a/..",
        "../../etc/x",
        "a/.hidden",
        "a/课堂 🎬.mp4",
        "a/100%.mp4",
        "a/b\\c.mp4",
        "a/" + "x" * 400 + ".mp4",
        "a/?#&.mp4",
    ],
)
def test_no_name_leaves_its_folder_or_breaks_its_url(data, source, key):
    url = put(data, source, key)
    assert url.isascii()
    path = served(data, url)
    assert path.resolve().parent.parent == (data / "files").resolve()
    assert path.read_bytes() == b"moov"


def test_urls_name_the_port_the_server_was_bound_to(data, source):
    assert put(data, source).startswith("http://127.0.0.1:8080/files/")
    (data / "run").mkdir()
    (data / "run" / "server.json").write_text(json.dumps({"port": 4321}))
    assert put(data, source).startswith("http://127.0.0.1:4321/files/")
    assert put(data, source, host="192.0.2.7").startswith("http://192.0.2.7:4321/files/")


def test_a_missing_file_or_key_is_told(data, source, tmp_path):
    with pytest.raises(StorageError):
        put(data, tmp_path / "nothing.mp4")
    (data / "secret.key").unlink()
    with pytest.raises(RefusedError, match=r"secret\.key"):
        put(data, source)


def back_up(data: Path, source: Path, key: str = KEY) -> str:
    backup = open_backup(Settings(data=data), data)
    assert backup is not None
    return backup.store.put(source, backup.key(key), {}, lambda _: None).url


def test_backups_go_after_their_time_and_delivered_files_stay(data, source):
    delivered, backed_up = served(data, put(data, source)), served(data, back_up(data, source))
    assert delivered.parent != backed_up.parent
    assert expire_backups(data, 3600) == 0
    assert backed_up.read_bytes() == b"moov"
    for mark in (data / "backups").iterdir():
        os.utime(mark, (0, 0))
    assert expire_backups(data, 3600) == 1
    assert not backed_up.exists()
    assert delivered.read_bytes() == b"moov"
    assert expire_backups(data, 3600) == 0


def test_a_backup_made_again_is_kept_from_then_on(data, source):
    url = back_up(data, source)
    for mark in (data / "backups").iterdir():
        os.utime(mark, (0, 0))
    assert back_up(data, source) == url
    assert expire_backups(data, 3600) == 0


def test_there_may_be_no_backup(data):
    assert open_backup(Settings(data=data, store=StoreSettings(backup=())), data) is None


def test_a_backup_has_a_folder_of_its_own(data):
    settings = BackupSettings(vendor=8, bucket="b", access_key_id="i", secret="s", folder="/from here")
    backup = open_backup(Settings(data=data, store=StoreSettings(backup=(settings,))), data)
    assert backup is not None
    assert backup.key("lessons/x.mp4") == "from here/lessons/x.mp4"


def test_segments_lie_beside_their_playlist_and_nothing_else_does(data, source):
    base = "lessons/aJB-YE-iHBJnAABN_room_u_s_VA_20250804093322418"
    beside = served(data, put(data, source, f"{base}.m3u8")).parent
    assert served(data, put(data, source, f"{base}_00000.ts")) == beside / f"{base.rpartition('/')[2]}_00000.ts"
    assert served(data, put(data, source, f"{base}_12345.ts")).parent == beside
    for other in (f"{base}_1234.ts", f"{base}_00000.mp4", f"{base}x_00000.ts"):
        assert served(data, put(data, source, other)).parent != beside
