"""The codec table, Opus, and every codec with real encoders and decoders."""

import random

import pytest

from reelroom.rtp.codecs import CODECS, Offered, choose
from reelroom.rtp.frame import Frame
from reelroom.rtp.opus import OPUS, OpusDepacketiser, opus_head
from reelroom.units import NS, Codec, MediaKind

from .encoding import decode_sizes, encode_opus, encode_video
from .network import START_NS, receiver
from .sending import FRAME_NS, PACKETISERS, VIDEO_STEP, Sender

VIDEO = [Codec.H264, Codec.VP8, Codec.VP9, Codec.AV1]
CHROMIUM = [
    Offered(96, "VP8", 90_000),
    Offered(97, "rtx", 90_000, {"apt": 96}),
    Offered(103, "H264", 90_000, {"packetization-mode": 1, "profile-level-id": "42001f"}),
    Offered(107, "H264", 90_000, {"packetization-mode": 0, "profile-level-id": "42001f"}),
    Offered(109, "H264", 90_000, {"packetization-mode": 1, "profile-level-id": "42e01f"}),
    Offered(127, "H264", 90_000, {"packetization-mode": 1, "profile-level-id": "4d001f"}),
    Offered(39, "H264", 90_000, {"packetization-mode": 0, "profile-level-id": "4d001f"}),
    Offered(45, "AV1", 90_000, {"level-idx": 5, "profile": 0, "tier": 0}),
    Offered(98, "VP9", 90_000, {"profile-id": 0}),
    Offered(100, "VP9", 90_000, {"profile-id": 2}),
    Offered(111, "opus", 48_000, {"minptime": 10, "useinbandfec": 1}),
    Offered(9, "G722", 8000),
]


def without(*names: str) -> list[Offered]:
    return [offered for offered in CHROMIUM if offered.encoding_name not in names]


def test_every_codec_stands_under_its_own_name():
    assert set(CODECS) == {Codec.OPUS, Codec.H264, Codec.VP8, Codec.VP9, Codec.AV1}
    assert all(codec is entry.codec and entry.kind is codec.kind for codec, entry in CODECS.items())


@pytest.mark.parametrize(
    ("offer", "kind", "payload_type"),
    [
        (CHROMIUM, MediaKind.VIDEO, 109),
        (without("H264"), MediaKind.VIDEO, 96),
        (without("H264", "VP8"), MediaKind.VIDEO, 98),
        (without("H264", "VP8", "VP9"), MediaKind.VIDEO, 45),
        (without("H264", "VP8", "VP9", "AV1"), MediaKind.VIDEO, None),
        (CHROMIUM, MediaKind.AUDIO, 111),
        (without("opus"), MediaKind.AUDIO, None),
        ([Offered(5, "h264", 90_000), Offered(6, "H264", 90_000)], MediaKind.VIDEO, 5),
        ([Offered(5, "VP8", 48_000)], MediaKind.VIDEO, None),
    ],
)
def test_the_most_welcome_codec_is_chosen(offer, kind, payload_type):
    chosen = choose(offer, kind)
    assert (chosen.payload_type if chosen else None) == payload_type


@pytest.mark.parametrize(
    ("fmtp", "answer"),
    [
        ({}, {"minptime": "10", "useinbandfec": "1"}),
        ({"stereo": 1}, {"minptime": "10", "useinbandfec": "1", "stereo": "1"}),
        ({"sprop-stereo": "1"}, {"minptime": "10", "useinbandfec": "1", "stereo": "1"}),
    ],
)
def test_stereo_is_asked_for_only_if_offered(fmtp, answer):
    assert OPUS.answer(fmtp) == answer


def test_channels_follow_the_parameters_and_the_first_stereo_packet():
    mono, stereo = encode_opus(1)[0], encode_opus(2)[0]
    assert OpusDepacketiser({"sprop-stereo": 1}).assemble([mono]).config.channels == 2
    depacketiser = OpusDepacketiser({})
    assert [depacketiser.assemble([packet]).config.channels for packet in (mono, stereo, mono)] == [1, 2, 2]


def test_opus_head_is_the_bytes_of_the_rfc():
    assert opus_head(2) == b"OpusHead" + bytes.fromhex("01 02 0000 80bb0000 0000 00")


@pytest.mark.parametrize("codec", VIDEO)
@pytest.mark.parametrize("size", [(322, 182), (640, 360)])
def test_real_frames_arrive_whole_through_disorder_and_decode(codec, size):
    """Each frame's packets come shuffled, some twice; after the first, of which nothing may come before the first."""
    encoded = encode_video(codec, *size)
    sender, track, source = Sender(sequence=65_500), receiver(codec), random.Random(1)
    frames: list[Frame] = []
    for number, (payload, _) in enumerate(encoded):
        packets = sender.frame(PACKETISERS[codec](payload), number * VIDEO_STEP)
        rest = packets[1:] + packets[-2:]
        source.shuffle(rest)
        for packet in [packets[0], *rest]:
            frames += track.receive(packet, START_NS + number * FRAME_NS)
    assert [(frame.payload, frame.keyframe) for frame in frames] == list(encoded)
    config = frames[0].config
    assert (config.width, config.height) == size
    assert all(frame.config is config for frame in frames)
    assert decode_sizes(config, [frame.payload for frame in frames]) == [size] * len(encoded)


@pytest.mark.parametrize("codec", VIDEO)
def test_real_frames_after_a_lost_packet_decode_from_the_next_keyframe(codec):
    """The first packet of frame 3 never comes; frame 6 is the next keyframe."""
    encoded = encode_video(codec, 322, 182)
    sender, track = Sender(), receiver(codec)
    frames: list[Frame] = []
    now_ns = START_NS
    for number, (payload, _) in enumerate(encoded):
        packets = sender.frame(PACKETISERS[codec](payload), number * VIDEO_STEP)
        for packet in packets[1:] if number == 3 else packets:
            frames += track.receive(packet, now_ns)
        now_ns += FRAME_NS
    frames += track.poll(now_ns + 2 * NS)
    assert [frame.payload for frame in frames] == [encoded[n][0] for n in (0, 1, 2, 6, 7, 8, 9, 10, 11)]
    assert frames[3].keyframe
    assert len(decode_sizes(frames[0].config, [frame.payload for frame in frames])) == len(frames)


@pytest.mark.parametrize("codec", VIDEO)
def test_a_new_size_is_a_new_configuration(codec):
    sender, track = Sender(), receiver(codec)
    frames: list[Frame] = []
    for number, (payload, _) in enumerate([*encode_video(codec, 640, 360), *encode_video(codec, 322, 182)]):
        for packet in sender.frame(PACKETISERS[codec](payload), number * VIDEO_STEP):
            frames += track.receive(packet, START_NS + number * FRAME_NS)
    sizes = [(frame.config.width, frame.config.height) for frame in frames]
    assert sizes == [(640, 360)] * 12 + [(322, 182)] * 12
