"""Frames and captures for the journal's tests."""

from reelroom.journal.capture import CaptureWriter
from reelroom.rtp.frame import Config, Frame
from reelroom.units import NS, NS_PER_MS, Codec, MediaKind

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
T0 = 1_760_000_000 * NS
OPUS = Config(Codec.OPUS, channels=2, private=b"OpusHead\1\2")
H264 = Config(Codec.H264, 640, 360, private=b"\1avcc")


def audio(ticks, after_ms, *, restart=False):
    return Frame(AUDIO, ticks, T0 + after_ms * NS_PER_MS, True, b"a%d" % ticks, OPUS, restart)


def video(ticks, after_ms, *, keyframe=False, config=H264, restart=False):
    return Frame(VIDEO, ticks, T0 + after_ms * NS_PER_MS, keyframe, b"v%d" % ticks, config, restart)


def open_capture(folder, now_ns=T0):
    return CaptureWriter(folder / "c1", "c1", "p1", "s1", now_ns)
