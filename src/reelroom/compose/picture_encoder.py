"""The mixed picture to H264: every frame, at exactly its rate, within the bitrate asked for.

No B-frames: packets come in the order of pictures, so what is on disk after a kill is whole up to its last packet.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, cast

import av
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from reelroom.compose.canvas import BT709, PIXELS, Canvas
from reelroom.compose.h264 import decoder_configuration, join_units, split_units
from reelroom.errors import MediaError
from reelroom.mix import Canvas as CanvasSpec

KEYFRAME_S: Final = 2
_BUFFER_S: Final = 2  # of bits that may come early or late (VBV): a keyframe is several frames' worth
_LIMITED: Final = 1  # colour range


@dataclass(frozen=True, slots=True)
class _Kind:
    """An encoder that can be asked for. `copies`: it keeps pictures beyond the call, so it gets copies."""

    name: str
    pixels: str
    copies: bool
    options: dict[str, str]


ENCODERS: Final = {
    "x264": _Kind("libx264", PIXELS, False, {"forced-idr": "1", "sc_threshold": "0", "nal-hrd": "none"}),
    "nvenc": _Kind("h264_nvenc", PIXELS, True, {"forced-idr": "1", "rc": "cbr", "no-scenecut": "1"}),
    "qsv": _Kind("h264_qsv", "nv12", True, {"forced_idr": "1", "adaptive_i": "0"}),
}


class EncodedPicture(NamedTuple):
    """One picture: its number, and its length-prefixed NAL units. `configuration`: the avcC, of keyframes."""

    number: int
    keyframe: bool
    payload: bytes
    configuration: bytes


class PictureEncoder:
    """Encodes pictures `first`, `first + 1`, …; the first is a keyframe, and so is each whole `KEYFRAME_S`.

    kind: a name of `ENCODERS`. Raises MediaError if the machine has no such one.
    """

    def __init__(self, spec: CanvasSpec, *, kind: str, preset: str, first: int = 0) -> None:
        self._kind = ENCODERS[kind]
        self._first, self._every = first, KEYFRAME_S * spec.fps
        self._encoder = _open(self._kind, spec, preset)

    def encode(self, canvas: Canvas, number: int) -> list[EncodedPicture]:
        """Encode a picture; what is ready comes back, usually an earlier one. Raises av.error.FFmpegError."""
        frame = canvas.frame
        if self._kind.copies:
            frame = canvas.copy()
        if self._kind.pixels != PIXELS:
            frame = frame.reformat(format=self._kind.pixels)
        key = number == self._first or number % self._every == 0
        frame.pict_type = PictureType.I if key else PictureType.NONE
        frame.pts = number
        return self._take(frame)

    def flush(self) -> list[EncodedPicture]:
        """All that is still held back; nothing can be encoded after. Raises av.error.FFmpegError."""
        return self._take(None)

    def _take(self, frame: VideoFrame | None) -> list[EncodedPicture]:
        return [_picture(packet.pts, packet.is_keyframe, bytes(packet)) for packet in self._encoder.encode(frame)]


def _picture(number: int | None, keyframe: bool, stream: bytes) -> EncodedPicture:
    units = split_units(stream)
    configuration = decoder_configuration(units) if keyframe else b""
    return EncodedPicture(number or 0, keyframe, join_units(units), configuration)


def _open(kind: _Kind, spec: CanvasSpec, preset: str) -> VideoCodecContext:
    options = {**kind.options, "preset": preset, "maxrate": str(spec.bitrate_bps)}
    options["bufsize"] = str(_BUFFER_S * spec.bitrate_bps)
    try:
        encoder = cast("VideoCodecContext", av.CodecContext.create(kind.name, "w"))
        encoder.width, encoder.height, encoder.pix_fmt = spec.width, spec.height, kind.pixels
        encoder.time_base, encoder.framerate = Fraction(1, spec.fps), Fraction(spec.fps)
        encoder.bit_rate = spec.bitrate_bps
        encoder.gop_size = 1 << 20  # keyframes are asked for
        encoder.max_b_frames = 0
        # x264 bounds its bitrate (VBV) by what its threads happen to have done: with more than one the same pictures
        # give other bits now and then (measured: 3 to 5 results of 60 runs, whatever the kind of threads).
        encoder.thread_count = 1
        encoder.color_range, encoder.colorspace = _LIMITED, BT709
        encoder.color_primaries, encoder.color_trc = BT709, BT709
        encoder.options = options
        encoder.open()
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(f"the encoder {kind.name} can't be used: {error}") from error
    return encoder
