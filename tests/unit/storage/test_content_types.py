import pytest

from reelroom.storage.content_types import content_type


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/b.mp4", "video/mp4"),
        ("b.AAC", "audio/aac"),
        ("x.m3u8", "application/vnd.apple.mpegurl"),
        ("none", "application/octet-stream"),
    ],
)
def test_files_are_handed_out_as_what_they_are(key, expected):
    assert content_type(key) == expected
