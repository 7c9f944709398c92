"""StartRecord: rules across fields, and what is refused because it is not supported yet.

Each rule yields problems as (path, words). Source: control API, validation checklist and open questions 30.
"""

from collections.abc import Iterator, Sequence

from reelroom.api.mix_models import Mix, Rectangle, View
from reelroom.api.start_models import StartRecord, Storage

Problem = tuple[str, str]

_IN = "RecordInputParams"
_MIX = f"{_IN}.MixConfig"
_FORMAT = "RecordOutputParams.OutputFileFormat"
MIXED = 2
AUDIO, VIDEO = 1, 2
CUSTOM = 1  # MixMode
WHITEBOARD_VIEW = 2  # ViewType
MAX_AREA = 1920 * 1080  # pixels
MIXED_FORMATS = ("mp4", "flv", "jpg", "mp3", "aac", "ogg")
SUPPORTED_FORMATS = ("mp4", "flv", "hls", "jpg", "mp3", "aac", "ogg")
AUDIO_FORMATS = ("mp3", "aac", "ogg")
ALIBABA_VOD, TENCENT_VOD = 5, 6
VOD_FORMATS = {ALIBABA_VOD: ("mp4", "flv"), TENCENT_VOD: ("mp4", "flv", "jpg", "mp3")}
_KEYS = ("AccessKeyId", "AccessKeySecret")
NEEDED: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((1, 2, 3, 4, 7, 9), ("Region", "Bucket", *_KEYS)),
    ALIBABA_VOD: ("AlibabaCloudVodParams",),
    TENCENT_VOD: ("TencentCloudVodParams",),
    8: ("Bucket", *_KEYS),
    10: ("Region", "Bucket", *_KEYS, "EndPoint"),
}


def problems(request: StartRecord) -> Iterator[Problem]:
    """Everything wrong with a request whose fields are each right."""
    yield from _mode(request)
    yield from _format(request)
    if request.StorageParams is not None:
        yield from _storage(request.StorageParams, request.RecordOutputParams.OutputFileFormat)


def too_long(request: StartRecord, max_record_s: int) -> Iterator[Problem]:
    """Longer than this server records. A default that is too long is cut instead."""
    asked = request.RecordInputParams
    if "MaxRecordTime" in asked.model_fields_set and asked.MaxRecordTime > max_record_s:
        yield f"{_IN}.MaxRecordTime", f"{asked.MaxRecordTime} came; allowed: at most {max_record_s} seconds"


def unsupported(request: StartRecord) -> Iterator[Problem]:
    """What would silently give another result than asked for. Later versions shorten this list."""
    asked, form = request.RecordInputParams, request.RecordOutputParams.OutputFileFormat
    if asked.HasWhiteboard:
        yield f"{_IN}.HasWhiteboard", "true is not supported yet; supported: false"
    supported = MIXED_FORMATS if asked.RecordMode == MIXED else SUPPORTED_FORMATS
    if form not in supported:
        named = ", ".join(f'"{f}"' for f in supported)
        yield _FORMAT, f'"{form}" is not supported yet for RecordMode {asked.RecordMode}; supported: {named}'


def _mode(request: StartRecord) -> Iterator[Problem]:
    asked = request.RecordInputParams
    if asked.HasWhiteboard and not asked.Whiteboard:
        yield f"{_IN}.Whiteboard", "is missing; needed when HasWhiteboard is true"
    if asked.RecordMode != MIXED:
        return
    if asked.MixConfig is None:
        yield _MIX, "is missing; needed when RecordMode is 2"
        return
    if asked.StreamType != AUDIO and asked.MixConfig.MixOutputVideoConfig is None:
        yield f"{_MIX}.MixOutputVideoConfig", "is missing; needed when StreamType is 2, 3 or 4"
    yield from layout_problems(asked.MixConfig, _MIX)


def layout_problems(mix: Mix, path: str) -> Iterator[Problem]:
    """What is wrong with a canvas and what stands on it."""
    width, height = _canvas(mix)
    if width * height > MAX_AREA:
        yield f"{path}.MixOutputVideoConfig", f"{width}x{height} came; allowed: at most {MAX_AREA} pixels in all"
    if mix.MixMode == CUSTOM and not mix.MixInputList:
        yield f"{path}.MixInputList", "is missing; needed when MixMode is 1"
    yield from view_problems(mix.MixInputList, f"{path}.MixInputList", width, height)
    if mix.MixOutputWatermarkImageConfig is not None:
        where = f"{path}.MixOutputWatermarkImageConfig"
        yield from rectangle_problems(mix.MixOutputWatermarkImageConfig, where, width, height)


def view_problems(views: Sequence[View], path: str, width: int, height: int) -> Iterator[Problem]:
    """What is wrong with the views of a custom layout."""
    if sum(view.ViewType == WHITEBOARD_VIEW for view in views) > 1:
        yield path, "several views have ViewType 2 (whiteboard); allowed: one"
    for index, view in enumerate(views):
        yield from rectangle_problems(view, f"{path}[{index}]", width, height)


def _canvas(mix: Mix) -> tuple[int, int]:
    canvas = mix.MixOutputVideoConfig
    return (canvas.Width, canvas.Height) if canvas else (1920, 1080)


def rectangle_problems(rectangle: Rectangle, path: str, width: int, height: int) -> Iterator[Problem]:
    """Top-left before bottom-right, all of it on the canvas."""
    if rectangle.Top > rectangle.Bottom:
        yield f"{path}.Top", f"{rectangle.Top} came; allowed: at most Bottom, {rectangle.Bottom}"
    if rectangle.Left > rectangle.Right:
        yield f"{path}.Left", f"{rectangle.Left} came; allowed: at most Right, {rectangle.Right}"
    if rectangle.Bottom > height:
        yield f"{path}.Bottom", f"{rectangle.Bottom} came; allowed: at most the canvas height, {height}"
    if rectangle.Right > width:
        yield f"{path}.Right", f"{rectangle.Right} came; allowed: at most the canvas width, {width}"


def _format(request: StartRecord) -> Iterator[Problem]:
    tracks, form = request.RecordInputParams.StreamType, request.RecordOutputParams.OutputFileFormat
    if form == "jpg" and tracks == AUDIO:
        yield _FORMAT, '"jpg" came; allowed with StreamType 1 (audio only): anything but "jpg"'
    if form in AUDIO_FORMATS and tracks == VIDEO:
        yield _FORMAT, f'"{form}" came; allowed with StreamType 2 (video only): "mp4", "flv", "hls", "jpg"'


def _storage(storage: Storage, form: str) -> Iterator[Problem]:
    for name in NEEDED[storage.Vendor]:
        if not getattr(storage, name):
            yield f"StorageParams.{name}", f"is missing; needed for Vendor {storage.Vendor}"
    formats = VOD_FORMATS.get(storage.Vendor)
    if formats and form not in formats:
        allowed = ", ".join(f'"{f}"' for f in formats)
        yield _FORMAT, f'"{form}" came; allowed for Vendor {storage.Vendor}: {allowed}'
