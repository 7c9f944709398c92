"""Parameters without effect: when its condition is not met, a parameter is not looked at at all.

Callers fill in what they don't need: a zero, an empty object. Source: control API, validation checklist, rule 12.
Works on the raw body, before its shape is known to be right; a wrong shape meets no condition.
"""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
Condition = Callable[["Asked"], bool]

_IN = "RecordInputParams"
_OUT = "RecordOutputParams"
_MIX = f"{_IN}.MixConfig"


class Asked:
    """The few values that conditions look at, with their defaults."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def at(self, path: str, default: Any = None) -> Any:
        """The value at a path; the default where there is none or null."""
        place: Any = self._body
        for name in path.split("."):
            place = place.get(name) if isinstance(place, dict) else None
        return default if place is None else place

    @property
    def mixed(self) -> bool:
        """Whether this is a mixed-stream task."""
        return bool(self.at(f"{_IN}.RecordMode") == 2)  # noqa: PLR2004

    @property
    def mutes(self) -> bool:
        """Whether muted periods are looked at: single-stream, audio only, mp3."""
        audio_only = self.at(f"{_IN}.StreamType", 3) == 1
        return not self.mixed and audio_only and self.at(f"{_OUT}.OutputFileFormat") == "mp3"

    @property
    def can_show_board(self) -> bool:
        """Whether a whiteboard can be recorded: not into a mix of sound only."""
        return not (self.mixed and self.at(f"{_IN}.StreamType") == 1)

    def format_is(self, name: str) -> bool:
        """Whether this is the output format."""
        return bool(self.at(f"{_OUT}.OutputFileFormat", "mp4") == name)

    def is_true(self, path: str) -> bool:
        """Whether the value at the path is true itself."""
        return self.at(path) is True


EFFECTIVE: tuple[tuple[str, Condition], ...] = (
    (f"{_IN}.RecordStreamList", lambda a: not a.mixed),
    (f"{_IN}.ResumeWithoutInterruption", lambda a: not a.mixed),
    (f"{_IN}.RecordMuteAudio", lambda a: a.mutes),
    (f"{_IN}.RecordMuteAudioSplitThreshold", lambda a: a.mutes and a.at(f"{_IN}.RecordMuteAudio") == 2),  # noqa: PLR2004
    (f"{_IN}.FillFrame", lambda a: a.mixed),
    (f"{_IN}.FillFrame.FrameFillColor", lambda a: a.at(f"{_IN}.FillFrame.FrameFillMode") == 2),  # noqa: PLR2004
    (f"{_IN}.HasWhiteboard", lambda a: a.can_show_board),
    (f"{_IN}.Whiteboard", lambda a: a.can_show_board and a.is_true(f"{_IN}.HasWhiteboard")),
    (_MIX, lambda a: a.mixed),
    (f"{_MIX}.MixOutputVideoConfig", lambda a: a.at(f"{_IN}.StreamType") != 1),
    (f"{_MIX}.MixInputList", lambda a: a.at(f"{_MIX}.MixMode") == 1),
    (f"{_MIX}.FillMode", lambda a: a.at(f"{_MIX}.MixMode") != 1),
    (f"{_MIX}.MixMaxResolutionStreamId", lambda a: a.at(f"{_MIX}.MixMode") in (3, 4, 5)),
    (f"{_MIX}.DefaultMixStreamBackgroundImage", lambda a: a.is_true(f"{_IN}.FillBlank")),
    (f"{_MIX}.SoundWaveType", lambda a: a.is_true(f"{_MIX}.RecordSoundWave")),
    (f"{_MIX}.StreamConfigList", lambda a: a.at(f"{_IN}.StreamType", 3) in (3, 4)),
    (f"{_OUT}.SnapshotInterval", lambda a: a.format_is("jpg")),
    (f"{_OUT}.FragmentSeconds", lambda a: a.format_is("hls")),
    (f"{_OUT}.RealtimeUploadFragment", lambda a: a.format_is("hls")),
    (f"{_OUT}.ShortFragmentPath", lambda a: a.format_is("hls") and a.is_true(f"{_OUT}.RealtimeUploadFragment")),
    ("StorageParams.AlibabaCloudVodParams", lambda a: a.at("StorageParams.Vendor") == 5),  # noqa: PLR2004
    ("StorageParams.TencentCloudVodParams", lambda a: a.at("StorageParams.Vendor") == 6),  # noqa: PLR2004
    ("StorageParams.EndPoint", lambda a: a.at("StorageParams.Vendor") == 10),  # noqa: PLR2004
    ("StorageParams.S3ForcePathStyle", lambda a: a.at("StorageParams.Vendor") == 10),  # noqa: PLR2004
)


def prune(body: Body) -> Body:
    """A copy of the body without what has no effect, and with misplaced fields where they belong."""
    body = _put_right(body)
    asked = Asked(body)
    for path in [path for path, condition in EFFECTIVE if not condition(asked)]:
        body = _without(body, path.split("."))
    return _prune_lists(body)


def prune_layout(body: Body) -> Body:
    """The same for UpdateLayout: a copy of its body without what its MixMode gives no effect."""
    if body.get("MixMode") != 1:
        body = _without(body, ["MixInputList"])
    if body.get("MixMode") not in (3, 4, 5):
        body = _without(body, ["MixMaxResolutionStreamId"])
    return _each(body, "MixInputList", "BackgroundImage", lambda view: bool(view.get("StreamId")))


def _put_right(body: Body) -> Body:
    """Public clients nest StorageParams in RecordOutputParams and put ClientTaskId on top: take them from there."""
    body = _move(body, (_OUT, "StorageParams"), ("StorageParams",))
    return _move(body, ("ClientTaskId",), (_IN, "ClientTaskId"))


def _move(body: Body, old: tuple[str, ...], new: tuple[str, ...]) -> Body:
    asked = Asked(body)
    value = asked.at(".".join(old))
    parents = [asked.at(part) for part in new[:-1]]
    if value is None or asked.at(".".join(new)) is not None or not all(isinstance(p, dict) for p in parents):
        return body
    return {**body, new[0]: {**parents[0], new[1]: value}} if parents else {**body, new[0]: value}


def _without(body: Body, path: list[str]) -> Body:
    first, *rest = path
    if first not in body:
        return body
    if not rest:
        return {name: value for name, value in body.items() if name != first}
    inner = body[first]
    return {**body, first: _without(inner, rest)} if isinstance(inner, dict) else body


def _prune_lists(body: Body) -> Body:
    """Within lists: a view's picture needs the view's stream, a slide's frame rate needs slides that move."""
    record = body.get(_IN)
    if not isinstance(record, dict):
        return body
    record = _each(record, "Whiteboard", "PPTAnimationFps", lambda board: board.get("IsPPTAnimation") is True)
    if isinstance(record.get("MixConfig"), dict):
        mix = _each(record["MixConfig"], "MixInputList", "BackgroundImage", lambda view: bool(view.get("StreamId")))
        record = {**record, "MixConfig": mix}
    return {**body, _IN: record}


def _each(place: Body, name: str, field: str, condition: Callable[[Body], bool]) -> Body:
    items = place.get(name)
    if not isinstance(items, list):
        return place
    kept = [i if not isinstance(i, dict) or condition(i) else _without(i, [field]) for i in items]
    return {**place, name: kept}
