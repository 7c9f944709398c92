"""What a playlist that is read while it grows puts before the names of its segments."""

import pytest

from reelroom.recorder.segment_paths import segment_prefix
from reelroom.spec import Destination, FormatSpec, RecordSpec
from reelroom.units import AppId, RoomId

LIVE = FormatSpec(upload_segments=True)


def prefix(options: FormatSpec, folder: str, **where) -> str:
    spec = RecordSpec(app=AppId(1), room=RoomId("r"), format="hls", format_options=options, folder=folder)
    return segment_prefix(spec, Destination(**where))


@pytest.mark.parametrize(
    ("options", "folder", "where", "expected"),
    [
        (FormatSpec(), "a/", {"vendor": 1}, ""),  # stored at the end: bare names
        (LIVE, "a/b c/", {"vendor": 1, "bucket": "b"}, "/a/b%20c/"),
        (LIVE, "", {"vendor": 1, "bucket": "b"}, "/"),
        (LIVE, "a/", {"vendor": 10, "bucket": "b", "path_style": True}, "/b/a/"),
        (LIVE, "a/", {"vendor": 8, "bucket": "b"}, "/b/a/"),
        (LIVE, "a/", {"vendor": 0}, ""),  # all lie together
        (FormatSpec(upload_segments=True, bare_segment_names=True), "a/", {"vendor": 1}, ""),
    ],
)
def test_paths_go_from_the_root_of_the_stores_host(options, folder, where, expected) -> None:
    assert prefix(options, folder, **where) == expected
