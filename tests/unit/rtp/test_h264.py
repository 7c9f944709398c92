"""H264: units, parameter sets, avcC."""

import base64
import contextlib
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.h264 import H264, H264Depacketiser, join_units, split_units
from reelroom.rtp.h264_sps import build_avcc, parse_sps
from reelroom.units import Codec

from .encoding import encode_video
from .sending import fragment, packetise_h264, split_lengthened

SPS_720P = bytes.fromhex("6742c01fda014016ec0440000003004000000f03c60ca8")
PPS = bytes.fromhex("68ce3c80")
IDR = b"\x65" + bytes(range(200)) * 4
SLICE = b"\x41" + bytes(range(100))
STAP = packetise_h264([SPS_720P, PPS])[0]


def x264_units(width: int, height: int) -> list[bytes]:
    return split_lengthened(encode_video(Codec.H264, width, height)[0][0])


@pytest.mark.parametrize("size", [(640, 360), (322, 182), (64, 64), (480, 270)])
def test_size_of_an_encoders_sps_is_after_cropping(size):
    sps = next(unit for unit in x264_units(*size) if unit[0] & 0x1F == 7)
    parameters = parse_sps(sps)
    assert (parameters.width, parameters.height) == size
    assert (parameters.profile, parameters.chroma) == (66, 1)


@pytest.mark.parametrize(
    ("sps", "size"),
    [
        pytest.param("67640028acd940780227e5c044000003000400000300f03c60c658", (1920, 1080), id="high 1080p"),
        pytest.param("6742c01f8c8d40501e900f08846a", (640, 480), id="browser baseline"),
    ],
)
def test_known_sps(sps, size):
    parameters = parse_sps(bytes.fromhex(sps))
    assert (parameters.width, parameters.height) == size


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        ("yuv420p", {"profile": "main"}),
        ("yuv420p", {"profile": "high", "x264-params": "cqm=jvt"}),
        ("yuv420p", {"x264-params": "interlaced=1"}),
        ("yuv420p10le", {}),
        ("yuv422p", {}),
        ("yuv444p", {}),
    ],
)
def test_size_and_format_of_other_profiles(pixels, options):
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 334, 188, pixels, Fraction(1, 30)
    encoder.options, encoder.flags = options, encoder.flags | av.codec.context.Flags.global_header
    encoder.open()
    sets = [unit.strip(b"\0") for unit in bytes(encoder.extradata).split(b"\0\0\1")]
    sps = next(unit for unit in sets if unit[:1] and unit[0] & 0x1F == 7)
    parameters = parse_sps(sps)
    assert (parameters.width, parameters.height) == (334, 188)
    assert parameters.chroma == {"420": 1, "422": 2, "444": 3}[pixels[3:6]]
    assert parameters.luma_depth == parameters.chroma_depth == (2 if pixels.endswith("10le") else 0)


def test_fragments_single_units_and_aggregates_become_units():
    filler = b"\x06\x05\x01\x80"
    payloads = [STAP, filler, *fragment(IDR), SLICE]
    assert split_units(payloads) == [SPS_720P, PPS, filler, IDR, SLICE]


def test_a_keyframe_carries_its_parameter_sets_and_configuration():
    frame = H264Depacketiser({}).assemble([STAP, *fragment(IDR)])
    assert frame is not None
    assert frame.keyframe
    assert frame.payload == join_units([SPS_720P, PPS, IDR])
    assert frame.config.private == build_avcc([SPS_720P], [PPS])


def test_a_keyframe_without_parameter_sets_gets_those_sent_before():
    depacketiser = H264Depacketiser({})
    assert depacketiser.assemble([STAP]) is None
    frame = depacketiser.assemble(fragment(IDR))
    assert frame is not None
    assert frame.payload == join_units([SPS_720P, PPS, IDR])


def test_parameter_sets_of_the_session_description_are_used():
    sets = ",".join(base64.b64encode(unit).decode() for unit in (SPS_720P, PPS))
    frame = H264Depacketiser({"sprop-parameter-sets": sets}).assemble([IDR])
    assert frame is not None
    assert frame.payload == join_units([SPS_720P, PPS, IDR])


@pytest.mark.parametrize("sets", ["", "!!", "Z0", ",", None])
def test_malformed_sets_of_the_session_description_are_ignored(sets):
    with pytest.raises(MediaError):
        H264Depacketiser({"sprop-parameter-sets": sets}).assemble([IDR])


def test_the_same_sets_keep_the_configuration_and_others_change_it():
    depacketiser = H264Depacketiser({})
    first = depacketiser.assemble([STAP, IDR])
    again = depacketiser.assemble([STAP, IDR])
    units = x264_units(640, 360)
    other = depacketiser.assemble(packetise_h264(units))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.config is again.config
    assert (other.config.width, other.config.height) == (640, 360)


def test_delimiters_and_filler_stay_out():
    frame = H264Depacketiser({}).assemble([b"\x09\xf0", STAP, IDR, b"\x0c\xff\x80"])
    assert frame is not None
    assert frame.payload == join_units([SPS_720P, PPS, IDR])


@pytest.mark.parametrize(
    ("payload", "begins"),
    [
        pytest.param(STAP, True, id="aggregate"),
        pytest.param(SPS_720P, True, id="single"),
        pytest.param(b"\x78\x00\x02\x09\xf0" + STAP[1:], True, id="behind a delimiter"),
        pytest.param(IDR, False, id="slice of a keyframe"),
        pytest.param(PPS, False, id="picture parameters"),
        pytest.param(SLICE, False, id="slice"),
        pytest.param(fragment(IDR)[0], False, id="fragment"),
        pytest.param(STAP[:5], False, id="aggregate cut off"),
        pytest.param(b"\x78", False, id="empty aggregate"),
    ],
)
def test_only_an_sps_surely_begins_a_keyframe(payload, begins):
    assert H264Depacketiser({}).begins_keyframe(payload) is begins


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([IDR], id="keyframe without parameter sets"),
        pytest.param([STAP[:-1], IDR], id="aggregate cut off"),
        pytest.param([b"\x78\x00\x00"], id="aggregate with an empty unit"),
        pytest.param([b"\x78\x00"], id="aggregate cut off in a length"),
        pytest.param(fragment(IDR)[1:], id="first fragment missing"),
        pytest.param(fragment(IDR)[:-1], id="last fragment missing"),
        pytest.param([*fragment(IDR)[:-1], SLICE], id="unit inside fragments"),
        pytest.param([fragment(IDR)[0], *fragment(IDR)], id="fragments begin twice"),
        pytest.param([b"\x7c\x85"], id="fragment without a body"),
        pytest.param([b"\x79" + SLICE], id="packet type not negotiated"),
        pytest.param([b"\x00abc"], id="packet type 0"),
        pytest.param([b"\x67\x42", PPS, IDR], id="SPS cut off"),
    ],
)
def test_what_does_not_fit_together_is_a_media_error(payloads):
    with pytest.raises(MediaError):
        H264Depacketiser({}).assemble(payloads)


def test_every_truncation_of_an_sps_before_its_size_is_a_media_error():
    for size in range(9):
        with pytest.raises(MediaError):
            parse_sps(SPS_720P[:size])


@given(st.binary(max_size=60))
def test_any_bytes_as_sps_parse_or_are_media_errors(data):
    for head in (b"\x67\x42\xe0\x1f", b"\x67\x64\x00\x1f", b"\x67\xf4\x00\x1f"):
        try:
            parameters = parse_sps(head + data)
        except MediaError:
            continue
        assert parameters.width > 0
        assert parameters.height > 0


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
def test_any_payloads_assemble_or_are_media_errors(payloads):
    depacketiser = H264Depacketiser({})
    for attempt in (payloads, [STAP, *payloads], [*fragment(IDR)[:-1], *payloads]):
        with contextlib.suppress(MediaError):
            depacketiser.assemble(attempt)


@pytest.mark.parametrize("count", [0, 32])
def test_avcc_refuses_what_it_cannot_count(count):
    with pytest.raises(MediaError):
        build_avcc([SPS_720P] * count, [PPS])


def test_constrained_baseline_is_welcome_before_the_others():
    ranks = [
        H264.rank({"profile-level-id": profile, "packetization-mode": mode})
        for profile, mode in (("42e01f", 1), ("42001F", 1), ("4d001f", 1), ("64001f", 1), ("f4001f", 1), ("42e01f", 0))
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert H264.rank({"profile-level-id": "42e01f", "packetization-mode": 2}) is None


def test_the_answer_names_the_offered_profile_and_mode():
    assert H264.answer({"profile-level-id": "4d001f", "packetization-mode": 1}) == {
        "level-asymmetry-allowed": "1",
        "packetization-mode": "1",
        "profile-level-id": "4d001f",
    }
