"""SDP offers (RFC 8866, RFC 3264, RFC 8829), reduced to what an answer needs. Nothing in an offer is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aioice.candidate import Candidate
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import MediaDescription, SessionDescription

from reelroom.errors import RequestError
from reelroom.webrtc.candidates import usable_candidates

MAX_SDP_BYTES = 64 * 1024
_MAX_MEDIA = 32
# What aiortc's parser raises on malformed text, learnt by fuzzing it.
_PARSER_ERRORS = (AssertionError, AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)


class OfferError(RequestError):
    """The offer is not valid SDP."""


class UnacceptableOfferError(RequestError):
    """The offer is valid, but nothing in it can be accepted."""


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    """One payload type of an offered m-line."""

    payload_type: int
    name: str  # lower case, e.g. "h264" or "rtx"
    clock_rate: int  # Hertz
    channels: int | None
    parameters: Mapping[str, str | int | None]  # of its fmtp line
    feedback: frozenset[str]  # e.g. "nack pli"


@dataclass(frozen=True, slots=True)
class OfferedMedia:
    """One m-line. `usable`: ours to accept; not rejected, bundled with the first, with rtcp-mux."""

    kind: str  # "audio", "video", "application" …
    protocol: str
    formats: tuple[str, ...]
    mid: str
    direction: str
    usable: bool
    codecs: tuple[OfferedCodec, ...]
    extensions: tuple[tuple[int, str], ...]  # id and URI of header extensions


@dataclass(frozen=True, slots=True)
class Offer:
    """A whole offer. The transport attributes are those of the first usable m-line (RFC 8843 §7.2)."""

    media: tuple[OfferedMedia, ...]
    has_bundle: bool
    ice_username: str
    ice_password: str = field(repr=False)
    ice_lite: bool
    candidates: tuple[Candidate, ...]
    fingerprints: tuple[tuple[str, str], ...]  # algorithm and value
    dtls_role: str  # ours: "server" or "client"


def parse_offer(text: str) -> Offer:
    """Read an offer. Raises OfferError when it is malformed, UnacceptableOfferError when it lacks ICE or DTLS."""
    if len(text.encode()) > MAX_SDP_BYTES:
        raise OfferError(f"the offer is longer than {MAX_SDP_BYTES} bytes")
    try:
        session = SessionDescription.parse(text)
        return _reduce(session)
    except _PARSER_ERRORS as error:
        raise OfferError("the offer is not valid SDP") from error


def _reduce(session: SessionDescription) -> Offer:
    if not session.media or len(session.media) > _MAX_MEDIA:
        raise OfferError(f"the offer has {len(session.media)} m-lines")
    bundle = next((g.items for g in session.group if g.semantic == "BUNDLE"), None)
    live = [m for m in session.media if m.port and m.kind in ("audio", "video")]
    if not live:
        raise UnacceptableOfferError("the offer has no audio and no video")
    bundled = _bundled(live, [str(item) for item in bundle] if bundle is not None else None)
    first = bundled[0]
    ice = first.ice
    if ice is None or not ice.usernameFragment or not ice.password:
        raise UnacceptableOfferError("the offer has no ice-ufrag and ice-pwd")
    if first.dtls is None or not first.dtls.fingerprints:
        raise UnacceptableOfferError("the offer has no fingerprint and setup")
    return Offer(
        media=tuple(_media(m, usable=m in bundled) for m in session.media),
        has_bundle=bundle is not None,
        ice_username=ice.usernameFragment,
        ice_password=ice.password,
        ice_lite=ice.iceLite,
        candidates=usable_candidates(c for m in bundled for c in m.ice_candidates),
        fingerprints=tuple((f.algorithm, f.value) for f in first.dtls.fingerprints),
        # aiortc names the peer's role: setup:passive makes the peer the DTLS server (RFC 8842 §5.2)
        dtls_role="client" if first.dtls.role == "server" else "server",
    )


def _bundled(live: list[MediaDescription], bundle: list[str] | None) -> list[MediaDescription]:
    """The m-lines that share one transport: of the bundle group, or the first alone (RFC 9725 §4.5 wants a bundle)."""
    if bundle is None:
        return live[:1]
    return [m for m in live if m.rtp.muxId in bundle] or live[:1]


def _media(media: MediaDescription, *, usable: bool) -> OfferedMedia:
    return OfferedMedia(
        kind=media.kind,
        protocol=media.profile,
        formats=tuple(str(f) for f in media.fmt),
        mid=media.rtp.muxId,
        direction=media.direction or "sendrecv",
        usable=usable,
        codecs=tuple(_codec(c) for c in media.rtp.codecs),
        extensions=tuple((e.id, e.uri) for e in media.rtp.headerExtensions),
    )


def _codec(codec: RTCRtpCodecParameters) -> OfferedCodec:
    if codec.payloadType is None:
        raise OfferError("a codec has no payload type")
    return OfferedCodec(
        payload_type=codec.payloadType,
        name=codec.name.lower(),
        clock_rate=codec.clockRate,
        channels=codec.channels,
        parameters=dict(codec.parameters),
        feedback=frozenset(f"{f.type} {f.parameter}" if f.parameter else f.type for f in codec.rtcpFeedback),
    )
