"""What callbacks say, as models: the document shows them, and tests hold real callbacks against them.

Source: control API, callbacks. Bodies are made in `callbacks/` and `database/`.
"""

from typing import Annotated, Literal

from pydantic import Field

from reelroom.api.answers import Answer, Count, Millis, TaskIdText


class NoticedFile(Answer):
    """One file, as it stands after its upload."""

    user_id: str
    """The publisher; of a mix: MixOutputStreamId."""
    user_name: str
    """The publisher's name; of a mix: MixOutputStreamId."""
    stream_id: str
    """The stream; of a mix: MixOutputStreamId."""
    file_id: str
    """The file's name."""
    video_id: str
    """The id a VOD vendor gave it, else empty."""
    file_url: str | None = None
    """Where it is. Absent for vendors 4 and 5."""
    output_file_format: str
    """The file's format."""
    file_size: Count
    """Bytes."""
    duration: Millis
    """Milliseconds."""
    resolution_width: Count
    """Pixels."""
    resolution_height: Count
    """Pixels."""
    media_track_type: Literal[1, 2, 3]
    """1 audio; 2 video; 3 both."""
    begin_timestamp: Millis
    """When the file begins: Unix time in milliseconds."""
    status: Literal[3, 4, 5]
    """3 uploaded; 4 in the backup store, kept 3 days; 5 neither store took it."""


class FilesDetail(Answer):
    """event_type 1: every file of an ended task came to its end, or one picture is there."""

    upload_status: Literal[1, 2]
    """1 all files are uploaded; 2 at least one is not."""
    file_info: list[NoticedFile]
    """The files. Empty: nobody published."""


class FailureDetail(Answer):
    """event_type 2: the task ended by itself."""

    quit_reason: int
    """1 not started; 2 no entry to the room; 3 MaxIdleTime; 4 MaxRecordTime; 5 engine not started; 6 network lost; 1001
    unknown; 1002 file name too long; 1003 to 1011 faults while writing."""


class ImageDetail(Answer):
    """event_type 3: a picture could not be downloaded."""

    image_type: Literal[1, 2, 3, 4]
    """1 MixOutputBackgroundImage; 2 MixOutputWatermarkImage; 3 DefaultMixStreamBackgroundImage; 4 BackgroundImage."""
    image_url: str
    """Its address."""


class StreamDetail(Answer):
    """event_type 6: a stream that was asked for is not there."""

    stream_id: str
    """The stream."""


class PlaylistDetail(Answer):
    """event_type 102: a playlist can be played while it is recorded."""

    stream_id: str
    """The stream."""
    file_id: str
    """The playlist's name."""
    file_url: str
    """The playlist's address."""
    media_track_type: Literal[1, 2, 3]
    """1 audio; 2 video; 3 both."""


class EmptyDetail(Answer):
    """event_type 4: nobody publishes; 5: the recorder left in order; 7: uploads begin; 201: paused; 202: resumed."""


class Notice(Answer):
    """What every callback says."""

    app_id: Annotated[int, Field(ge=1)]
    """The app."""
    task_id: TaskIdText
    """The task."""
    room_id: str
    """The room."""
    event_type: Literal[1, 2, 3, 4, 5, 6, 7, 102, 201, 202]
    """What happened, see detail. Expect further ones."""
    message: str
    """Words, mostly none."""
    nonce: str
    """For the signature."""
    timestamp: str
    """When it was sent: Unix time in seconds. For the signature."""
    signature: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    """SHA-1 of three texts, sorted and joined: callback secret, timestamp, nonce. Lowercase hexadecimal."""
    sequence: Count
    """Number of this notice among those of its task, from 0. Stays the same when it is sent again."""
    detail: FilesDetail | FailureDetail | ImageDetail | StreamDetail | PlaylistDetail | EmptyDetail
    """By event_type."""
