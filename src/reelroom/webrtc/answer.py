"""Choosing codecs from an offer and writing the answer (RFC 3264, RFC 8829, RFC 9725 §4)."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reelroom.rtp.codecs import CODECS, Offered, choose
from reelroom.rtp.depacketiser import RtpCodec
from reelroom.rtp.ntp import CAPTURE_TIME_URI
from reelroom.units import Codec, MediaKind
from reelroom.webrtc.offer import Offer, OfferedCodec, OfferedMedia, UnacceptableOfferError

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_EXTENSIONS = (MID, CAPTURE_TIME_URI)
_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")
_PROFILE_DIGITS = 4  # of profile-level-id: profile and constraints, without the level


@dataclass(frozen=True, slots=True)
class NegotiatedTrack:
    """One accepted m-line."""

    kind: MediaKind
    mid: str
    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int  # Hertz
    offered_parameters: Mapping[str, str | int | None]  # of the peer's fmtp line
    parameters: Mapping[str, str]  # of ours
    feedback: frozenset[str]  # RTCP feedback both sides know
    extensions: Mapping[str, int]  # header extension ids by URI
    ssrc: int = 0  # ours: of our RTCP, and of our packets to a viewer
    rtx_ssrc: int = 0

    @property
    def profile(self) -> str:
        """For H264: the profile of its profile-level-id, without the level; else empty."""
        return _profile(self.offered_parameters)


@dataclass(frozen=True, slots=True)
class OutgoingTrack:
    """What a viewer shall get: the codec that its publisher sends."""

    kind: MediaKind
    codec: Codec
    profile: str = ""  # H264


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Our side of ICE and DTLS, as an answer says it."""

    username: str
    password: str
    candidates: tuple[str, ...]
    fingerprint: str  # SHA-256


@dataclass(frozen=True, slots=True)
class Answer:
    """What was accepted; `write` makes the text once the transport has its addresses."""

    offer: Offer
    tracks: tuple[NegotiatedTrack | None, ...]  # one for each m-line of the offer, None if refused
    direction: str  # "recvonly" or "sendonly"
    label: str = ""  # of a viewer's media stream

    @property
    def accepted(self) -> tuple[NegotiatedTrack, ...]:
        """The accepted tracks, at most one of a kind."""
        return tuple(t for t in self.tracks if t is not None)

    def write(self, local: LocalTransport) -> str:
        """The SDP text."""
        lines = ["v=0", f"o=- {secrets.randbits(62)} 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        if self.offer.has_bundle:
            lines.append(" ".join(["a=group:BUNDLE", *(t.mid for t in self.accepted)]))
        if self.label:
            lines.append("a=msid-semantic: WMS *")
        for media, track in zip(self.offer.media, self.tracks, strict=True):
            lines += _refused_lines(media) if track is None else self._media_lines(track, media.protocol, local)
        return "\r\n".join([*lines, ""])

    def _media_lines(self, track: NegotiatedTrack, protocol: str, local: LocalTransport) -> list[str]:
        formats = [track.payload_type] + ([track.rtx_payload_type] if track.rtx_payload_type is not None else [])
        return [
            f"m={track.kind} 9 {protocol} {' '.join(map(str, formats))}",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            f"a=ice-ufrag:{local.username}",
            f"a=ice-pwd:{local.password}",
            "a=ice-options:trickle",
            f"a=fingerprint:sha-256 {local.fingerprint}",
            f"a=setup:{'active' if self.offer.dtls_role == 'client' else 'passive'}",
            f"a=mid:{track.mid}",
            *(f"a=extmap:{number} {uri}" for uri, number in track.extensions.items()),
            f"a={self.direction}",
            *self._sender_lines(track),
            "a=rtcp-mux",
            "a=rtcp-rsize",
            *_codec_lines(track),
            *(f"a=candidate:{c}" for c in local.candidates),
            "a=end-of-candidates",
        ]

    def _sender_lines(self, track: NegotiatedTrack) -> list[str]:
        if self.direction != "sendonly":
            return []
        lines = [f"a=msid:{self.label} {track.kind}"]
        if track.rtx_payload_type is not None:
            lines.append(f"a=ssrc-group:FID {track.ssrc} {track.rtx_ssrc}")
        lines.append(f"a=ssrc:{track.ssrc} cname:{self.label}")  # before RTX: Chromium takes the first for the media
        if track.rtx_payload_type is not None:
            lines.append(f"a=ssrc:{track.rtx_ssrc} cname:{self.label}")
        return lines


def answer_publisher(offer: Offer) -> Answer:
    """Accept the first audio and the first video m-line that we can receive. Raises UnacceptableOfferError if none."""

    def accept(media: OfferedMedia) -> NegotiatedTrack | None:
        if media.direction not in ("sendonly", "sendrecv") or media.kind not in list(MediaKind):
            return None
        chosen = choose([_offered(c) for c in media.codecs], MediaKind(media.kind))
        if chosen is None:
            return None
        extensions = {uri: number for number, uri in media.extensions if uri in _EXTENSIONS}
        return _accept(media, chosen.payload_type, extensions)

    return _answer(offer, accept, "recvonly", "")


def answer_viewer(offer: Offer, tracks: Sequence[OutgoingTrack], label: str) -> Answer:
    """Accept an m-line for each track whose codec the viewer offers. Raises UnacceptableOfferError if none fits."""
    by_kind = {track.kind.value: track for track in tracks}

    def accept(media: OfferedMedia) -> NegotiatedTrack | None:
        track = by_kind.get(media.kind)
        if track is None or media.direction not in ("recvonly", "sendrecv"):
            return None
        fitting = [c for c in media.codecs if (entry := _offered(c).entry) and entry.codec is track.codec]
        same_profile = [c for c in fitting if _profile(c.parameters) == track.profile]
        chosen = choose([_offered(c) for c in same_profile or fitting], track.kind)
        return None if chosen is None else _accept(media, chosen.payload_type, {})

    return _answer(offer, accept, "sendonly", label)


def _answer(
    offer: Offer, accept: Callable[[OfferedMedia], NegotiatedTrack | None], direction: str, label: str
) -> Answer:
    taken: set[MediaKind] = set()
    tracks: list[NegotiatedTrack | None] = []
    for media in offer.media:
        track = accept(media) if media.usable and media.kind not in taken else None
        if track is not None:
            taken.add(track.kind)
        tracks.append(track)
    if not taken:
        raise UnacceptableOfferError("no offered codec and direction can be accepted")
    return Answer(offer, tuple(tracks), direction, label)


def _accept(media: OfferedMedia, payload_type: int, extensions: Mapping[str, int]) -> NegotiatedTrack:
    chosen = next(c for c in media.codecs if c.payload_type == payload_type)
    entry = _entry(chosen)
    rtx = next((c for c in media.codecs if c.name == "rtx" and c.parameters.get("apt") == payload_type), None)
    return NegotiatedTrack(
        kind=entry.kind,
        mid=media.mid,
        codec=entry.codec,
        payload_type=payload_type,
        rtx_payload_type=rtx.payload_type if rtx else None,
        clock_rate=entry.clock_rate,
        offered_parameters=chosen.parameters,
        parameters=entry.answer(chosen.parameters),
        feedback=frozenset(_FEEDBACK) & chosen.feedback if entry.kind is MediaKind.VIDEO else frozenset(),
        extensions=extensions,
        ssrc=_new_ssrc(),
        rtx_ssrc=_new_ssrc() if rtx else 0,
    )


def _offered(codec: OfferedCodec) -> Offered:
    return Offered(codec.payload_type, codec.name, codec.clock_rate, codec.parameters)


def _entry(codec: OfferedCodec) -> RtpCodec:
    entry = _offered(codec).entry
    assert entry is not None
    return entry


def _new_ssrc() -> int:
    return secrets.randbelow(0xFFFF_FFFE) + 1


def _profile(parameters: Mapping[str, str | int | None]) -> str:
    return str(parameters.get("profile-level-id", "")).lower()[:_PROFILE_DIGITS]


def _codec_lines(track: NegotiatedTrack) -> list[str]:
    payload_type, rtx, entry = track.payload_type, track.rtx_payload_type, CODECS[track.codec]
    channels = f"/{entry.channels}" if entry.channels else ""
    lines = [f"a=rtpmap:{payload_type} {entry.encoding_name}/{entry.clock_rate}{channels}"]
    lines += [f"a=rtcp-fb:{payload_type} {f}" for f in _FEEDBACK if f in track.feedback]
    fmtp = ";".join(f"{key}={value}" for key, value in track.parameters.items())
    lines += [f"a=fmtp:{payload_type} {fmtp}"] if fmtp else []
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{track.clock_rate}", f"a=fmtp:{rtx} apt={payload_type}"]
    return lines


def _refused_lines(media: OfferedMedia) -> list[str]:
    """RFC 3264 §6: a refused m-line keeps its place, with port 0."""
    lines = [f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return [*lines, f"a=mid:{media.mid}"] if media.mid else lines
