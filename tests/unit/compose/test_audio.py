"""Decoded again, what went in comes out where it was put. Codecs are real."""

from dataclasses import replace
from functools import lru_cache

import av
import numpy as np
import pytest

from reelroom.compose import AAC, MP3, AudioTranscoder, SoundCoding, audio_header
from reelroom.compose.opus import opus_head
from reelroom.testing.programme import Programme, audio_frames

SECONDS = 4
PACKET = 960


class Work(list[tuple[int, bool, bytes]]):
    """A work file in memory."""

    def write(self, position: int, keyframe: bool, payload: bytes) -> None:
        self.append((position, keyframe, payload))


@lru_cache
def opus(channels: int = 2) -> list[bytes]:
    return [frame.payload for frame in audio_frames(Programme(seconds=SECONDS, channels=channels))]


def transcoder(work: Work, *, channels: int = 2, resume: bool = False, coding: SoundCoding = AAC) -> AudioTranscoder:
    return AudioTranscoder(
        work,
        private=b"",
        channels=channels,
        bitrate_bps=128_000,
        resume_packets=len(work) if resume else 0,
        coding=coding,
    )


def decode(work: Work, channels: int = 2) -> np.ndarray:
    """Both channels without the priming packet: sample 0 is sample 0 of the time line."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = audio_header(channels)
    frames = [frame.to_ndarray() for _, _, payload in work for frame in decoder.decode(av.Packet(payload))]
    return np.concatenate(frames, axis=1)[:, 1024:]


def expected(first: int, samples: int) -> np.ndarray:
    """What Opus itself decodes to, one channel."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.extradata, decoder.sample_rate, decoder.layout = opus_head(b"", 1), 48_000, "mono"
    frames = [frame.to_ndarray()[0] for payload in opus(1) for frame in decoder.decode(av.Packet(payload))]
    return np.concatenate(frames)[first : first + samples] / 32_768


def assert_alike(sound: np.ndarray, wanted: np.ndarray, noise: float = 0.004) -> None:
    """Equal up to coding noise, and at no lag more alike than at none."""
    assert np.sqrt(np.mean((sound - wanted) ** 2)) < noise
    inner = wanted[8:-8]
    likeness = [float(np.dot(sound[8 + lag : 8 + lag + len(inner)], inner)) for lag in range(-8, 9)]
    assert np.argmax(likeness) == 8


def feed_all(transcoder: AudioTranscoder, packets: list[bytes]) -> None:
    for number, payload in enumerate(packets):
        transcoder.feed(number * PACKET, payload)
    transcoder.finish()


@pytest.mark.parametrize("channels", [1, 2])
def test_sample_zero_stays_sample_zero(channels: int) -> None:
    work = Work()
    feed_all(transcoder(work, channels=channels), opus(channels))
    sound = decode(work, channels)
    assert sound.shape[0] == channels
    for channel in sound:
        assert_alike(channel[: SECONDS * 48_000], expected(0, SECONDS * 48_000))


def test_positions_are_those_of_packets_of_1024_samples() -> None:
    work = Work()
    feed_all(transcoder(work), opus())
    assert [position for position, _, _ in work[:4]] == [0, 213, 427, 640]
    assert work[-1][0] == round((len(work) - 1) * 1024 / 4.8)
    assert len(work) == -(-SECONDS * 48_000 // 1024) + 1  # and the priming packet
    assert all(keyframe for _, keyframe, _ in work)


def test_a_gap_becomes_silence_of_its_length() -> None:
    work, gap = Work(), 24_000
    made = transcoder(work)
    for number, payload in enumerate(opus()):
        made.feed(number * PACKET + (gap if number >= 75 else 0), payload)
    made.finish()
    sound = decode(work)[0]
    at = 75 * PACKET
    assert np.abs(sound[at + 1024 : at + gap - 1024]).max() < 0.001
    assert_alike(sound[at + gap :][: SECONDS * 48_000 - at], expected(at, SECONDS * 48_000 - at))


def test_sound_that_begins_late_has_silence_before_it() -> None:
    work = Work()
    made = transcoder(work)
    for number, payload in enumerate(opus()):
        made.feed(10_000 + number * PACKET, payload)
    made.finish()
    sound = decode(work)[0]
    beep = np.flatnonzero(np.abs(sound) > 0.1)[0]
    assert abs(beep - 58_000) <= 4


def test_jitter_within_a_millisecond_changes_nothing() -> None:
    steady, jittered = Work(), Work()
    feed_all(transcoder(steady), opus())
    made = transcoder(jittered)
    for number, payload in enumerate(opus()):
        made.feed(max(0, number * PACKET + (-1) ** number * 47), payload)
    made.finish()
    assert steady == jittered


def test_an_overlap_is_trimmed_and_what_is_past_is_left_out() -> None:
    work = Work()
    made = transcoder(work)
    for number, payload in enumerate(opus()):
        made.feed(number * PACKET - (480 if number >= 60 else 0), payload)
        if number == 80:
            made.feed(0, payload)
    assert made.position == len(opus()) * PACKET - 480
    made.finish()
    sound = decode(work)[0]
    second = np.flatnonzero(np.abs(sound[90_000:]) > 0.1)[0] + 90_000
    assert abs(second - (96_000 - 480)) <= 4


def test_undecodable_packets_are_counted_and_silent() -> None:
    work = Work()
    made = transcoder(work)
    for number, payload in enumerate(opus()):
        made.feed(number * PACKET, b"\xfd\x01\x02\x03" if number in (20, 21) else payload)
    made.feed(made.position, b"")
    made.finish()
    assert made.decode_errors == 3
    assert made.position == -(-SECONDS * 48_000 // 1024) * 1024


def test_fill_ends_with_silence() -> None:
    work = Work()
    made = transcoder(work)
    for number, payload in enumerate(opus()[:60]):
        made.feed(number * PACKET, payload)
    made.fill(3 * 48_000)
    assert made.position == 3 * 48_000
    made.fill(48_000)
    assert made.position == 3 * 48_000
    made.finish()
    assert np.abs(decode(work)[0][60 * PACKET + 1024 :]).max() < 0.001


def test_nothing_fed_is_nothing_written() -> None:
    work = Work()
    transcoder(work).finish()
    assert work == []


@pytest.mark.parametrize("written", [0, 1, 2, 47, 48, 100, 186, 188])
def test_after_a_crash_no_packet_is_lost_or_doubled(written: int) -> None:
    whole = Work()
    feed_all(transcoder(whole), opus())
    resumed = Work(whole[:written])
    feed_all(transcoder(resumed, resume=True), opus())
    assert resumed == whole  # shorter than the encoder's preroll, so even bit for bit


def test_resuming_far_in_gives_no_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound without pauses; both encoders' packets overlap in the middle of a tone."""
    monkeypatch.setattr("reelroom.compose.audio._DECODER_PREROLL", 24_000)
    packets = _tone(SECONDS)
    whole = Work()
    feed_all(transcoder(whole), packets)
    clean = decode(whole)[0]
    for written in (90, 121, 150):
        resumed = Work(whole[:written])
        feed_all(transcoder(resumed, resume=True, coding=replace(AAC, preroll=30)), packets)
        sound = decode(resumed)[0]
        assert len(resumed) == len(whole)
        steps = np.abs(np.diff(sound[(written - 3) * 1024 : (written + 3) * 1024]))
        assert steps.max() < 1.1 * np.abs(np.diff(clean)).max()
        assert np.sqrt(np.mean((sound - clean) ** 2)) < 0.01


def decode_mp3(work: Work) -> np.ndarray:
    """One channel without the encoder's and the decoder's delay."""
    decoder = av.CodecContext.create("mp3float", "r")
    frames = [frame.to_ndarray() for _, _, payload in work for frame in decoder.decode(av.Packet(payload))]
    return np.concatenate(frames, axis=1)[0, 1105:]


@pytest.mark.parametrize("channels", [1, 2])
def test_mp3_is_later_by_what_its_header_tells_and_every_packet_stands_alone(channels: int) -> None:
    work = Work()
    feed_all(transcoder(work, channels=channels, coding=MP3), opus(channels))
    assert len(work) == -(-SECONDS * 48_000 // 1152) + 1
    assert [position for position, _, _ in work[:3]] == [0, 240, 480]
    assert all(payload[4] == 0 and not payload[5] & 0x80 for _, _, payload in work)  # main_data_begin: no reservoir
    assert_alike(decode_mp3(work)[48_000:52_800], expected(48_000, 4800), noise=0.03)


def test_mp3_resumed_anywhere_is_the_same_sound() -> None:
    packets = _tone(SECONDS)
    whole = Work()
    feed_all(transcoder(whole, coding=MP3), packets)
    clean = decode_mp3(whole)
    for written in (1, 90, 121):
        resumed = Work(whole[:written])
        feed_all(transcoder(resumed, resume=True, coding=replace(MP3, preroll=30)), packets)
        assert len(resumed) == len(whole)
        assert np.sqrt(np.mean((decode_mp3(resumed) - clean) ** 2)) < 0.01


def _tone(seconds: int) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = 48_000, "flt", "mono", 64_000
    packets = []
    for number in range(seconds * 50):
        samples = 0.4 * np.sin(2 * np.pi * 443 * np.arange(number * PACKET, (number + 1) * PACKET) / 48_000)
        frame = av.AudioFrame.from_ndarray(samples.astype(np.float32).reshape(1, -1), "flt", "mono")
        frame.sample_rate, frame.pts = 48_000, number * PACKET
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets
