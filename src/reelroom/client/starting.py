"""The body of StartRecord. Source: control API, RecordInputParams and RecordOutputParams.

What was not given is not sent, so that the server's defaults hold.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reelroom.client.mixes import board_input, mix_input
from reelroom.mix import BoardSpec, MixSpec
from reelroom.spec import Tracks

SINGLE, MIXED = 1, 2  # RecordMode
DROP_MUTED = 2  # RecordMuteAudio


def input_params(
    *,
    tracks: Tracks,
    streams: Sequence[str],
    mix: MixSpec | None,
    board: BoardSpec | None,
    fill_blank: bool,
    resume: bool,
    max_idle_s: int | None,
    max_record_s: int | None,
    drop_muted: bool,
    split_muted_s: int | None,
) -> dict[str, Any]:
    """RecordInputParams, ClientTaskId apart."""
    asked = {
        "RecordMode": SINGLE if mix is None else MIXED,
        "StreamType": int(tracks),
        "RecordStreamList": [{"StreamId": stream} for stream in streams],
        "FillBlank": fill_blank,
        "ResumeWithoutInterruption": resume,
        "MaxIdleTime": max_idle_s,
        "MaxRecordTime": max_record_s,
        "RecordMuteAudio": DROP_MUTED if drop_muted else None,
        "RecordMuteAudioSplitThreshold": split_muted_s,
        **({} if mix is None else mix_input(mix)),
        **({} if board is None else board_input(board)),
    }
    asked["FillBlank"] = fill_blank or (mix is not None and mix.hold_views)
    return _given(asked)


def output_params(
    *,
    file_format: str | None,
    folder: str,
    callback_url: str,
    snapshot_interval_s: int | None,
    fragment_s: int | None,
    upload_fragments: bool,
    short_fragment_paths: bool,
) -> dict[str, Any]:
    """RecordOutputParams."""
    return _given(
        {
            "OutputFileFormat": file_format,
            "OutputFolder": folder or None,
            "CallbackUrl": callback_url or None,
            "SnapshotInterval": snapshot_interval_s,
            "FragmentSeconds": fragment_s,
            "RealtimeUploadFragment": upload_fragments or None,
            "ShortFragmentPath": short_fragment_paths or None,
        }
    )


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both bodies in one: objects are merged field by field, of all else the upper one counts."""
    both = {**under, **over}
    for name in under.keys() & over.keys():
        if isinstance(under[name], Mapping) and isinstance(over[name], Mapping):
            both[name] = merged(under[name], over[name])
    return both


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
