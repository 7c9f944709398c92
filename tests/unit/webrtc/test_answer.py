import pytest
from aiortc.sdp import SessionDescription
from tests.unit.webrtc.offers import CHROMIUM, FFMPEG, viewing

from reelroom.units import Codec, MediaKind
from reelroom.webrtc.answer import LocalTransport, OutgoingTrack, answer_publisher, answer_viewer
from reelroom.webrtc.offer import UnacceptableOfferError, parse_offer

LOCAL = LocalTransport("user", "password", ("f 1 udp 2130706431 127.0.0.1 50000 typ host",), "AA:BB")
AUDIO = OutgoingTrack(MediaKind.AUDIO, Codec.OPUS)


def test_prefers_constrained_baseline_h264_of_mode_1():
    audio, video = answer_publisher(parse_offer(CHROMIUM)).accepted
    assert (audio.codec, audio.payload_type) == (Codec.OPUS, 111)
    assert (video.codec, video.payload_type, video.rtx_payload_type) == (Codec.H264, 109, 114)
    assert video.profile == "42e0"


@pytest.mark.parametrize(
    ("missing", "codec"),
    [((), Codec.H264), (("H264",), Codec.VP8), (("H264", "VP8"), Codec.VP9), (("H264", "VP8", "VP9"), Codec.AV1)],
)
def test_takes_the_best_codec_that_is_offered(missing, codec):
    lines = [line for line in CHROMIUM.splitlines() if not any(f" {n}/90000" in line for n in missing)]
    kept = {line.split(":")[1].split()[0] for line in lines if line.startswith("a=rtpmap")}
    text = "\n".join(line for line in lines if not line.startswith("a=fmtp") or line.split(":")[1].split()[0] in kept)
    assert answer_publisher(parse_offer(text)).accepted[1].codec is codec


def test_echoes_only_what_was_offered_and_is_understood():
    text = answer_publisher(parse_offer(CHROMIUM)).write(LOCAL)
    assert "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid" in text
    assert "a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time" in text
    assert "abs-send-time" not in text
    assert "transport-cc" not in text
    assert [line for line in text.splitlines() if "rtcp-fb" in line] == [
        "a=rtcp-fb:109 nack", "a=rtcp-fb:109 nack pli", "a=rtcp-fb:109 ccm fir", "a=rtcp-fb:109 goog-remb",
    ]  # fmt: skip
    assert "rtcp-fb" not in answer_publisher(parse_offer(FFMPEG)).write(LOCAL)


def test_answer_is_sdp_that_another_implementation_reads():
    answer = SessionDescription.parse(answer_publisher(parse_offer(CHROMIUM)).write(LOCAL))
    assert [(m.kind, m.direction, m.rtp.muxId) for m in answer.media] == [
        ("audio", "recvonly", "0"), ("video", "recvonly", "1"),
    ]  # fmt: skip
    assert answer.group[0].items == ["0", "1"]
    assert answer.media[0].dtls.role == "server"
    assert answer.media[0].ice_candidates[0].port == 50000


def test_answers_active_to_a_passive_offer():
    text = answer_publisher(parse_offer(FFMPEG)).write(LOCAL)
    assert text.count("a=setup:active") == 2


def test_refused_media_keeps_its_place():
    """RFC 3264 §6: as many m-lines as the offer, in its order."""
    extra = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:2\na=setup:actpass\n"
    head, _, rest = CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 2 0 1").partition("m=audio")
    answer = answer_publisher(parse_offer(head + extra + "m=audio" + rest)).write(LOCAL)
    lines = [line for line in answer.splitlines() if line.startswith("m=")]
    assert lines[0] == "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"
    assert "a=group:BUNDLE 0 1" in answer


def test_a_second_video_is_refused():
    second = CHROMIUM[CHROMIUM.index("m=video") :].replace("a=mid:1", "a=mid:2")
    answer = answer_publisher(parse_offer(CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + second))
    assert [t is None for t in answer.tracks] == [False, False, True]


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_one_kind_alone_is_enough(kind):
    head, audio, video = CHROMIUM.replace("m=", "\x00m=").split("\x00")
    offer = parse_offer(head.replace("0 1", "0" if kind == "audio" else "1") + {"audio": audio, "video": video}[kind])
    assert [t.kind for t in answer_publisher(offer).accepted] == [kind]


def test_an_offer_to_receive_is_no_publisher():
    with pytest.raises(UnacceptableOfferError):
        answer_publisher(parse_offer(viewing(CHROMIUM)))


def test_nothing_understood_is_unacceptable():
    with pytest.raises(UnacceptableOfferError):
        answer_publisher(parse_offer(FFMPEG.replace("opus/48000/2", "G722/8000").replace("H264/90000", "H265/90000")))


def test_a_viewer_gets_the_codec_and_profile_of_the_publisher():
    video = OutgoingTrack(MediaKind.VIDEO, Codec.H264, "4200")
    answer = answer_viewer(parse_offer(viewing(CHROMIUM)), [AUDIO, video], "label")
    assert [(t.codec, t.payload_type) for t in answer.accepted] == [(Codec.OPUS, 111), (Codec.H264, 103)]


def test_a_viewer_without_the_profile_gets_the_codec():
    video = OutgoingTrack(MediaKind.VIDEO, Codec.H264, "6400")
    assert answer_viewer(parse_offer(viewing(CHROMIUM)), [video], "label").accepted[0].payload_type == 109


def test_a_viewer_is_told_the_sources_main_one_first():
    answer = answer_viewer(parse_offer(viewing(CHROMIUM)), [OutgoingTrack(MediaKind.VIDEO, Codec.VP8)], "label")
    track = answer.accepted[0]
    lines = [line for line in answer.write(LOCAL).splitlines() if line.startswith("a=ssrc")]
    assert lines == [
        f"a=ssrc-group:FID {track.ssrc} {track.rtx_ssrc}",
        f"a=ssrc:{track.ssrc} cname:label",
        f"a=ssrc:{track.rtx_ssrc} cname:label",
    ]


def test_a_viewer_that_knows_no_codec_of_the_publisher_is_refused():
    with pytest.raises(UnacceptableOfferError):
        answer_viewer(parse_offer(viewing(FFMPEG)), [OutgoingTrack(MediaKind.VIDEO, Codec.VP8)], "label")
