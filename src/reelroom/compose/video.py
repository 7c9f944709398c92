"""VP8, VP9 and AV1 to H264, one frame in, one packet out: a crash loses nothing that was fed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, cast

import av
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from reelroom.compose.h264 import decoder_configuration, join_units, split_units
from reelroom.compose.writer import BlockWriter, OpenWriter, VideoHeader
from reelroom.errors import MediaError
from reelroom.units import JOURNAL_RATE, Codec

_DECODERS: Final = {Codec.VP8: "vp8", Codec.VP9: "vp9", Codec.AV1: "libdav1d"}
_KEYFRAME_TICKS: Final = 2 * JOURNAL_RATE
_HELD_BYTES: Final = 32 << 20  # of packets kept back while resuming; a stream with rarer keyframes is decoded instead
_NOMINAL_RATE: Final = 30  # frames a second, for x264's rate control; real times are kept beside it
_PIXELS: Final = "yuv420p"


class _Packet(NamedTuple):
    position: int
    payload: bytes


class _Look(NamedTuple):
    """What a new encoder is needed for when it changes: even size in pixels, colour as H.273 numbers."""

    width: int
    height: int
    range: int
    primaries: int
    transfer: int
    matrix: int


@dataclass(slots=True)
class _Output:
    look: _Look
    encoder: VideoCodecContext
    writer: BlockWriter | None = None  # opened once the first packet tells the avcC
    keyframe: int = 0  # position of the last one
    frames: int = 0


class VideoTranscoder:
    """Packets of one codec to H264 work files, one for each picture size: `open_writer` is asked at each change.

    `resume_after`: the last position written before a crash. Then everything has to be fed again from the start; the
    decoder begins at the last keyframe not after it, a new encoder (and file) at the first frame behind it.

    decode_errors: packets that gave no picture. Every other one gives exactly one packet at its own position.
    """

    def __init__(
        self, open_writer: OpenWriter, *, codec: Codec, preset: str, crf: int, resume_after: int | None = None
    ) -> None:
        if codec not in _DECODERS:
            raise MediaError(f"{codec} video can't be transcoded")
        self.decode_errors = 0
        self._open_writer = open_writer
        self._options = {"preset": preset, "crf": str(crf), "tune": "zerolatency", "forced-idr": "1"}
        self._decoder = _open_decoder(codec)
        self._resume_after = -1 if resume_after is None else resume_after
        self._held: list[_Packet] = []  # since the last keyframe, while not yet past `resume_after`
        self._held_bytes = 0
        self._output: _Output | None = None

    def feed(self, position: int, keyframe: bool, payload: bytes) -> None:
        """Transcode one packet. `position` in journal ticks; positions grow."""
        if position > self._resume_after:
            self._release()
            self._decode(_Packet(position, payload))
            return
        if keyframe:
            self._held.clear()
            self._held_bytes = 0
        self._held.append(_Packet(position, payload))
        self._held_bytes += len(payload)
        if self._held_bytes > _HELD_BYTES:
            self._release()

    def finish(self) -> None:
        """Nothing is pending, as each packet left at once; frees the codecs. Call it once, and nothing after."""
        self._held.clear()
        self._output = None

    def _release(self) -> None:
        for packet in self._held:
            self._decode(packet)
        self._held.clear()
        self._held_bytes = 0

    def _decode(self, packet: _Packet) -> None:
        try:
            frames = self._decoder.decode(av.Packet(packet.payload)) if packet.payload else []
        except av.error.FFmpegError:
            frames = []
        if not frames:
            self.decode_errors += 1
        elif packet.position > self._resume_after:
            self._encode_what_can_be(packet.position, frames[-1])

    def _encode_what_can_be(self, position: int, frame: VideoFrame) -> None:
        """A picture that x264 refuses (VP8, VP9 and AV1 allow larger ones) is left out, as a broken one is."""
        try:
            self._encode(position, frame)
        except av.error.FFmpegError:
            self.decode_errors += 1

    def _encode(self, position: int, frame: VideoFrame) -> None:
        look = _look(frame)
        if self._output is None or self._output.look != look:
            self._output = _Output(look, _open_encoder(look, self._options))
        output = self._output
        if (frame.width, frame.height, frame.format.name) != (look.width, look.height, _PIXELS):
            frame = frame.reformat(look.width, look.height, _PIXELS)
        due = not output.frames or position - output.keyframe >= _KEYFRAME_TICKS
        frame.pict_type = PictureType.I if due else PictureType.NONE  # else x264 copies the source's choice
        frame.pts, frame.time_base = output.frames, Fraction(1, _NOMINAL_RATE)
        for packet in output.encoder.encode(frame):
            self._write(output, position, packet.is_keyframe, bytes(packet))
        output.frames += 1

    def _write(self, output: _Output, position: int, keyframe: bool, stream: bytes) -> None:
        units = split_units(stream)
        if output.writer is None:
            look = output.look
            output.writer = self._open_writer(VideoHeader(look.width, look.height, decoder_configuration(units)))
        if keyframe:
            output.keyframe = position
        output.writer.write(position, keyframe, join_units(units))


def _look(frame: VideoFrame) -> _Look:
    return _Look(
        frame.width & ~1 or 2,
        frame.height & ~1 or 2,  # 4:2:0 has one chroma sample for 2x2 pixels
        frame.color_range,
        frame.color_primaries,
        frame.color_trc,
        frame.colorspace,
    )


def _open_decoder(codec: Codec) -> VideoCodecContext:
    decoder = cast("VideoCodecContext", av.CodecContext.create(_DECODERS[codec], "r"))
    decoder.thread_count = 1  # threads over frames would hold frames back
    if codec is Codec.AV1:
        decoder.options = {"max_frame_delay": "1"}
    return decoder


def _open_encoder(look: _Look, options: dict[str, str]) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = look.width, look.height, _PIXELS
    encoder.time_base, encoder.framerate = Fraction(1, _NOMINAL_RATE), Fraction(_NOMINAL_RATE)
    encoder.color_range, encoder.color_primaries = look.range, look.primaries
    encoder.color_trc, encoder.colorspace = look.transfer, look.matrix
    encoder.gop_size = 1 << 20  # keyframes come by the clock, not by counting
    encoder.thread_count = 1  # a recorder has many streams rather than many cores; slices would cost bits
    encoder.options = dict(options)
    encoder.open()
    return encoder
