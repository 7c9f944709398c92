"""Opus to AAC or MP3. Audio's sample clock is the time line of a file, so every sample has its place.

Packet `i` of an AAC work file completes the samples from `(i - 1) * 1024` on: AAC's transform overlaps by half, so
packet 0 only primes the decoder and the finished file cuts its output off with an edit list (`mux/`). MP3 is later by
1105 samples, which its own header tells players.
"""

from fractions import Fraction
from typing import Final

import av
from av import AudioFrame

from reelroom.compose.opus import opus_head, opus_samples
from reelroom.compose.sound_coding import AAC, SoundCoding, output_channels
from reelroom.compose.sound_decoder import open_opus_decoder
from reelroom.compose.writer import BlockWriter
from reelroom.units import AUDIO_RATE, JOURNAL_RATE, scale

_JITTER_SAMPLES: Final = AUDIO_RATE // 1000  # journal positions and senders round; a cut there would be a click
_DECODER_PREROLL: Final = AUDIO_RATE  # samples after which Opus has forgotten where it began (RFC 7845 4.6 says 80 ms)
_TIME_BASE: Final = Fraction(1, AUDIO_RATE)
_SAMPLE_BYTES: Final = 2


class AudioTranscoder:
    """Opus packets of one or more captures to one work file.

    `resume_packets`: how many packets a writer reopened after a crash holds. Then everything has to be fed again
    from the start; what is certainly written is not even decoded. The result is the same up to coding noise.

    position: samples placed on the time line so far. packets: those in the work file. decode_errors: Opus
    packets that could not be decoded and became silence.
    """

    def __init__(
        self,
        writer: BlockWriter,
        *,
        private: bytes,
        channels: int,
        bitrate_bps: int,
        resume_packets: int = 0,
        coding: SoundCoding = AAC,
    ) -> None:
        self.position = 0
        self.packets = resume_packets
        self.decode_errors = 0
        self._writer = writer
        self._channels = output_channels(channels)
        self._each = coding.samples  # per packet
        first = max(0, resume_packets - coding.preroll)
        self._index = first  # of the next packet the encoder gives
        self._encode_from = first * self._each
        self._decode_from = self._encode_from - _DECODER_PREROLL
        self._decoder = open_opus_decoder(opus_head(private, self._channels), self._channels)
        self._encoder = coding.open_encoder(self._channels, bitrate_bps)

    def feed(self, sample: int, payload: bytes) -> None:
        """Place one Opus packet. `sample`: where its first sample belongs; behind a gap silence goes before it.

        Samples that lie before `position` are left out. Within 1 ms a packet simply follows the one before.
        """
        length = opus_samples(payload)
        if not length:
            self.decode_errors += 1
            return
        if abs(sample - self.position) <= _JITTER_SAMPLES:
            sample = self.position
        self.fill(sample)
        frame = self._decode(payload) if sample + length > self._decode_from else None
        self._place(frame, self.position - sample, length)

    def fill(self, until_sample: int) -> None:
        """Silence up to there; nothing if it is past already."""
        self._skip(min(until_sample, self._encode_from))
        while self.position < until_sample:
            self._encode(_silence(min(self._each, until_sample - self.position), self._channels))

    def finish(self) -> None:
        """Write what the encoder still holds; silence completes the last packet. Call it once, and nothing after."""
        if self.position:
            self.fill(-(-self.position // self._each) * self._each)
            self._write(None)

    def _place(self, frame: AudioFrame | None, start: int, length: int) -> None:
        """Put samples `start` to `length` of a decoded packet (None: it needs no decoding, or failed) at `position`."""
        end = self.position + length - start
        if start >= length:
            return
        skipped = self._encode_from - self.position
        if skipped > 0:
            self._skip(min(end, self._encode_from))
            start += skipped
        if frame is not None and start < length:
            self._encode(_cut(frame, start, length, self._channels))
        self.fill(end)  # a packet that failed, or decoded to less than it said

    def _skip(self, until_sample: int) -> None:
        self.position = max(self.position, until_sample)

    def _decode(self, payload: bytes) -> AudioFrame | None:
        try:
            frames = self._decoder.decode(av.Packet(payload))
        except av.error.FFmpegError:
            frames = []
        if not frames:
            self.decode_errors += 1
        return frames[0] if frames else None

    def _encode(self, frame: AudioFrame) -> None:
        frame.pts, frame.time_base = self.position - self._encode_from, _TIME_BASE
        self.position += frame.samples
        self._write(frame)

    def _write(self, frame: AudioFrame | None) -> None:
        for packet in self._encoder.encode(frame):
            if self._index == self.packets:
                self._writer.write(scale(self._index * self._each, AUDIO_RATE, JOURNAL_RATE), True, bytes(packet))
                self.packets += 1
            self._index += 1


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"


def _silence(samples: int, channels: int) -> AudioFrame:
    return _frame(bytes(samples * channels * _SAMPLE_BYTES), channels)


def _cut(frame: AudioFrame, start: int, end: int, channels: int) -> AudioFrame:
    """Samples `start` to `end` of a frame; the frame itself if that is all of it."""
    if start == 0 and end >= frame.samples:
        return frame
    width = channels * _SAMPLE_BYTES
    return _frame(bytes(frame.planes[0])[start * width : min(end, frame.samples) * width], channels)


def _frame(samples: bytes, channels: int) -> AudioFrame:
    frame = AudioFrame("s16", _layout(channels), len(samples) // (channels * _SAMPLE_BYTES))
    frame.sample_rate = AUDIO_RATE
    frame.planes[0].update(samples)
    return frame
