"""The programme of `pages/publisher.html`, made without a browser: encoded frames as a track receiver would give them.

Once a period the picture flashes white and a beep sounds at the same instant; every picture holds its number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from reelroom.compose.h264 import decoder_configuration, join_units, split_units
from reelroom.compose.opus import opus_head
from reelroom.rtp.frame import Config, Frame
from reelroom.testing.barcode import WHITE, Luma, draw_barcode
from reelroom.units import AUDIO_RATE, NS, Codec, MediaKind, Size

VIDEO_RATE: Final = 90_000
FLASH_S: Final = Fraction(1, 10)
BEEP_S: Final = Fraction(1, 10)
BEEP_HZ: Final = 1000
BEEP_LEVEL: Final = 0.6
_DARK: Final = 40
_OPUS_SAMPLES: Final = 960
_OPUS_DELAY: Final = 312  # samples by which libopus delays; the source is fed that much early
_ENCODERS: Final[dict[Codec, tuple[str, dict[str, str]]]] = {
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}),
    Codec.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    Codec.VP9: ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What is shown. No AV1: its encoder takes real-time priority wherever it may, and starves a small machine.

    sizes: picture sizes and the second each begins at. keyframe_s: seconds between keyframes, which also begin at
    each size. detail: specks of noise in each picture. start_ticks: RTP
    timestamps of both tracks at their first frame.
    """

    seconds: float = 10.0
    fps: int = 30
    period_s: int = 1
    codec: Codec = Codec.H264
    sizes: tuple[tuple[float, Size], ...] = ((0.0, Size(640, 360)),)
    bitrate_bps: int = 1_000_000
    keyframe_s: float = 10.0
    detail: int = 0
    channels: int = 2
    start_ns: int = 1_700_000_000 * NS  # arrival of the first frames, ns since the Unix epoch
    start_ticks: int = 0
    first_counter: int = 0


def video_frames(programme: Programme) -> Iterator[Frame]:
    """Encoded pictures, frame `i` at `i / fps` seconds with the counter `first_counter + i`."""
    count = round(programme.seconds * programme.fps)
    starts = [round(begins * programme.fps) for begins, _ in programme.sizes]
    for (_, size), first, last in zip(programme.sizes, starts, [*starts[1:], count], strict=True):
        yield from _frames_of_size(programme, size, range(first, min(last, count)))


def _frames_of_size(programme: Programme, size: Size, numbers: range) -> Iterator[Frame]:
    encoder = _open_video(programme, size)
    config = Config(programme.codec, *size)
    keyframe_every = max(1, round(programme.keyframe_s * programme.fps))
    for number in numbers:
        key = (number - numbers.start) % keyframe_every == 0
        for packet in encoder.encode(_picture(programme, number, size, key=key)):
            payload, private = _journal_form(programme.codec, bytes(packet))
            config = replace(config, private=private) if private and private != config.private else config
            ticks = programme.start_ticks + number * VIDEO_RATE // programme.fps
            arrival_ns = programme.start_ns + number * NS // programme.fps
            yield Frame(MediaKind.VIDEO, ticks, arrival_ns, packet.is_keyframe, payload, config)


def _journal_form(codec: Codec, payload: bytes) -> tuple[bytes, bytes]:
    """A packet as journals hold it, and the avcC if there is one in it."""
    if codec is Codec.H264:
        units = split_units(payload)
        return join_units(units), decoder_configuration(units)
    return payload, b""


def audio_frames(programme: Programme) -> Iterator[Frame]:
    """Opus packets of 20 ms; decoded, sample `n` of the first is sample `n` of the programme."""
    encoder = _open_audio(programme)
    config = Config(Codec.OPUS, channels=programme.channels, private=opus_head(b"", programme.channels))
    for number in range(round(programme.seconds * AUDIO_RATE) // _OPUS_SAMPLES):
        at = number * _OPUS_SAMPLES
        sound = programme_sound(programme, at + _OPUS_DELAY, _OPUS_SAMPLES)
        interleaved = np.repeat(sound, programme.channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, "flt", "mono" if programme.channels == 1 else "stereo")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, at, Fraction(1, AUDIO_RATE)
        for packet in encoder.encode(frame):
            arrival_ns = programme.start_ns + at * NS // AUDIO_RATE
            yield Frame(MediaKind.AUDIO, programme.start_ticks + at, arrival_ns, True, bytes(packet), config)


def programme_frames(programme: Programme) -> Iterator[Frame]:
    """Both tracks in the order of arrival. Holds one frame of each only."""
    tracks = [video_frames(programme), audio_frames(programme)]
    heads = [next(track, None) for track in tracks]
    while any(heads):
        number = min((n for n, head in enumerate(heads) if head), key=lambda n: cast("Frame", heads[n]).arrival_ns)
        yield cast("Frame", heads[number])
        heads[number] = next(tracks[number], None)


def programme_sound(programme: Programme, first: int, samples: int) -> npt.NDArray[np.float32]:
    """Mono samples at 48 kHz from sample `first` on: a beep at each period but the first, silence between."""
    at = np.arange(first, first + samples)
    period = programme.period_s * AUDIO_RATE
    since = at % period
    beeping = (since < int(BEEP_S * AUDIO_RATE)) & (at >= period)
    tone = BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * since / AUDIO_RATE)
    return np.where(beeping, tone, 0).astype(np.float32)


def draw_luma(programme: Programme, number: int, size: Size) -> Luma:
    """The luma of picture `number`."""
    luma = np.full((size.height, size.width), _DARK, np.uint8)
    since = Fraction(number, programme.fps) % programme.period_s
    if number >= programme.period_s * programme.fps and since < FLASH_S:
        luma[:] = WHITE
    else:
        left = number * 7 % 200 * size.width * 3 // 800
        luma[size.height * 3 // 10 : size.height * 7 // 10, left : left + size.width // 4] = 90
        _sprinkle(luma, programme.detail, number)
    draw_barcode(luma, programme.first_counter + number)
    return luma


def _sprinkle(luma: Luma, specks: int, seed: int) -> None:
    height, width = luma.shape
    random = np.random.default_rng(seed)
    for x, y, shade in zip(random.random(specks), random.random(specks), random.integers(20, 110, specks), strict=True):
        top, left = int(height * (0.26 + 0.46 * y)), int(width * x)
        luma[top : top + height // 40 + 1, left : left + width // 40 + 1] = shade


def _picture(programme: Programme, number: int, size: Size, *, key: bool) -> av.VideoFrame:
    luma = draw_luma(programme, number, size)
    grey = np.full((size.height // 2, size.width), 128, np.uint8)
    frame = av.VideoFrame.from_ndarray(np.concatenate((luma, grey)), "yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, programme.fps)
    frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
    return frame


def _open_video(programme: Programme, size: Size) -> VideoCodecContext:
    name, options = _ENCODERS[programme.codec]
    encoder = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = size.width, size.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, programme.fps), Fraction(programme.fps)
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = programme.bitrate_bps, 1 << 20, 1
    encoder.options = dict(options)
    return encoder


def _open_audio(programme: Programme) -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format = AUDIO_RATE, "flt"
    encoder.layout = "mono" if programme.channels == 1 else "stereo"
    encoder.bit_rate, encoder.time_base = 48_000, Fraction(1, AUDIO_RATE)
    return encoder
