"""Settings of stores: what is allowed, and what refusals say."""

from pathlib import Path

import pytest

from reelroom.config import load
from reelroom.errors import SettingsError
from reelroom.settings import BackupSettings, StoreSettings, VendorSettings


def read(folder: Path, text: str) -> StoreSettings:
    file = folder / "some.toml"
    file.write_text(f"[store]\n{text}")
    return load(folder / "data", file, {}, {}).store


GOOD = 'vendor = 10, region = "r", bucket = "b", access_key_id = "i", secret = "hunter2", endpoint = "https://h"'


def test_a_backup_store_is_read_and_shows_no_secret(tmp_path):
    [backup] = read(tmp_path, f"backup = [{{ {GOOD}, folder = 'x' }}]").backup
    assert backup == BackupSettings(
        vendor=10, region="r", bucket="b", access_key_id="i", secret="hunter2", endpoint="https://h", folder="x"
    )
    assert "hunter2" not in repr(backup)
    assert read(tmp_path, "backup = []").backup == ()


def test_other_addresses_of_vendors_are_read(tmp_path):
    text = 'vendors = [{ vendor = 2, region = "oss-cn-hangzhou", endpoint = "http://10.0.0.1:9", signature = "v4" }]'
    expected = VendorSettings(vendor=2, region="oss-cn-hangzhou", endpoint="http://10.0.0.1:9", signature="v4")
    assert read(tmp_path, text).vendors == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        f"backup = [{{ {GOOD} }}, {{ {GOOD} }}]",
        "backup = [{ vendor = 5 }]",
        "backup = [{ vendor = 11 }]",
        f"backup = [{{ {GOOD.replace('https://h', '')} }}]",
        f"backup = [{{ {GOOD.replace('hunter2', '')} }}]",
        "vendors = [{ vendor = 0 }]",
        'vendors = [{ vendor = 2, signature = "v3" }]',
        'vendors = [{ vendor = 2, endpoint = "h.example" }]',
        "max_bytes_per_s = 10",
        "files_at_once = 0",
        "parts_at_once = 99",
        "timeout_s = 0.0",
        "low_free_bytes = -1",
    ],
)
def test_what_can_not_be_is_refused_without_secrets(tmp_path, text):
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)
    assert f"store.{text.partition(' ')[0]}" in str(refused.value)
    assert "allowed:" in str(refused.value)
    assert "hunter2" not in str(refused.value)
