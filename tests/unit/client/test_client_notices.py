"""Callbacks against their signature, and as what they are."""

import json
import time
from typing import Any

import pytest

from reelroom.client import (
    FilesUploaded,
    ImageMissing,
    Notice,
    PlaylistReady,
    RecorderLeft,
    RecordPaused,
    RecordResumed,
    RoomEmpty,
    StreamMissing,
    TaskFailed,
    UploadBegan,
    read_callback,
    verify_callback,
)
from reelroom.errors import AccessError
from reelroom.signing import callback_signature
from reelroom.task import FileState, QuitReason

SECRET = "7b0a5c1de2f34489"
CALLBACK = {"event_type": 5, "nonce": "518203", "timestamp": "1754300123"}
SIGNATURES = {
    SECRET: "baa952e444e223e6d0e168f426bab9c1d2e6bfed",
    "0a9b8c7d6e5f4321": "f2a9c74c33e9730bbacc74e65282067594b59161",
}
FILE = {
    "user_id": "mixout",
    "user_name": "mixout",
    "stream_id": "mixout",
    "file_id": "x.mp4",
    "video_id": "",
    "file_url": "https://example.org/x.mp4",
    "output_file_format": "mp4",
    "file_size": 91226604,
    "duration": 627684,
    "resolution_width": 1280,
    "resolution_height": 720,
    "media_track_type": 3,
    "begin_timestamp": 1754300002418,
    "status": 3,
}


def signed(event_type: object, detail: object = None, timestamp: int | str = 1754300123) -> str:
    body = {
        "app_id": 987654321,
        "task_id": "aJB-YE-iHBJnAABN",
        "room_id": "lesson42",
        "event_type": event_type,
        "message": "",
        "nonce": "518203",
        "timestamp": str(timestamp),
        "signature": callback_signature(SECRET, timestamp, "518203"),
        "sequence": 2,
        "detail": {} if detail is None else detail,
    }
    return json.dumps(body)


@pytest.mark.parametrize("secret", SIGNATURES)
def test_the_contracts_callback_signatures_are_proven(secret: str) -> None:
    body = json.dumps({**CALLBACK, "signature": SIGNATURES[secret]})
    assert verify_callback(body.encode(), secret)["event_type"] == 5


@pytest.mark.parametrize("signature", ["", "0" * 40, SIGNATURES["0a9b8c7d6e5f4321"], 7, "é"])
def test_a_foreign_callback_is_refused(signature: object) -> None:
    with pytest.raises(AccessError):
        verify_callback(json.dumps({**CALLBACK, "signature": signature}), SECRET)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'"x"', b"[" * 100_000])
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(AccessError, match="no callback"):
        verify_callback(body, SECRET)


def test_an_old_callback_is_refused_where_an_age_is_given() -> None:
    fresh, old = signed(5, timestamp=int(time.time())), signed(5)
    assert verify_callback(fresh, SECRET, max_age_s=300)
    assert verify_callback(old, SECRET)
    with pytest.raises(AccessError, match="too old"):
        verify_callback(old, SECRET, max_age_s=300)
    with pytest.raises(AccessError, match="too old"):
        verify_callback(signed(5, timestamp="soon"), SECRET, max_age_s=300)


@pytest.mark.parametrize(
    ("event_type", "kind"),
    [
        (4, RoomEmpty),
        (5, RecorderLeft),
        (7, UploadBegan),
        (201, RecordPaused),
        (202, RecordResumed),
        (999, Notice),
    ],
)
def test_each_kind_without_detail_has_its_class_and_a_new_one_is_a_plain_notice(
    event_type: int, kind: type[Notice]
) -> None:
    notice = read_callback(signed(event_type), SECRET)
    assert type(notice) is kind
    assert (notice.app, notice.task, notice.room) == (987654321, "aJB-YE-iHBJnAABN", "lesson42")
    assert (notice.event_type, notice.sequence, notice.sent_s) == (event_type, 2, 1754300123)


@pytest.mark.parametrize(
    ("event_type", "detail", "kind", "fields"),
    [
        (2, {"quit_reason": 3}, TaskFailed, {"reason": QuitReason.IDLE}),
        (2, {"quit_reason": 77}, TaskFailed, {"reason": 77}),
        (3, {"image_type": 2, "image_url": "https://i"}, ImageMissing, {"image_type": 2, "url": "https://i"}),
        (6, {"stream_id": "stream-7"}, StreamMissing, {"stream": "stream-7"}),
        (
            102,
            {"stream_id": "s", "file_id": "x.m3u8", "file_url": "https://x", "media_track_type": 3},
            PlaylistReady,
            {"stream": "s", "name": "x.m3u8", "url": "https://x", "media_track_type": 3},
        ),
    ],
)
def test_details_are_typed(event_type: int, detail: Any, kind: type[Notice], fields: dict[str, Any]) -> None:
    notice = read_callback(signed(event_type, detail), SECRET)
    assert type(notice) is kind
    assert {name: getattr(notice, name) for name in fields} == fields
    assert notice.detail == detail


def test_uploaded_files_are_the_same_words_as_of_a_status() -> None:
    notice = read_callback(signed(1, {"upload_status": 1, "file_info": [FILE]}), SECRET)
    assert isinstance(notice, FilesUploaded)
    assert notice.complete
    assert notice.files[0].state is FileState.UPLOADED
    assert notice.files[0].duration_ms == 627684


def test_one_file_elsewhere_makes_it_incomplete() -> None:
    detail = {"upload_status": 2, "file_info": [{**FILE, "status": 5}]}
    notice = read_callback(signed(1, detail), SECRET)
    assert isinstance(notice, FilesUploaded)
    assert not notice.complete


@pytest.mark.parametrize(("event_type", "detail"), [(1, {}), (2, {"quit_reason": "x"}), (6, []), ("x", {}), ([], {})])
def test_a_proven_callback_of_a_wrong_shape_is_refused(event_type: object, detail: object) -> None:
    with pytest.raises(AccessError, match="no callback"):
        read_callback(signed(event_type, detail if detail != [] else [1]), SECRET)
