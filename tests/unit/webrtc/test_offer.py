import random

import pytest
from tests.unit.webrtc.offers import CHROMIUM, FFMPEG

from reelroom.errors import RequestError
from reelroom.webrtc.offer import MAX_SDP_BYTES, OfferError, UnacceptableOfferError, parse_offer


def test_reads_what_an_answer_needs():
    offer = parse_offer(CHROMIUM)
    assert offer.has_bundle
    assert (offer.ice_username, offer.ice_password) == ("F7gI", "x9cml/YzichV2+XlhiMu8gbc")
    assert [m.kind for m in offer.media] == ["audio", "video"]
    assert offer.fingerprints[0][0] == "sha-256"


def test_keeps_only_candidates_that_can_be_used():
    """A .local name is not looked up, TCP is not spoken; the browser's own checks reach us anyway."""
    assert [(c.host, c.port) for c in parse_offer(CHROMIUM).candidates] == [("127.0.0.1", 50000)]


@pytest.mark.parametrize(("setup", "role"), [("actpass", "server"), ("active", "server"), ("passive", "client")])
def test_takes_the_dtls_role_that_the_peer_leaves(setup, role):
    assert parse_offer(CHROMIUM.replace("setup:actpass", f"setup:{setup}")).dtls_role == role


def test_media_outside_the_bundle_is_not_usable():
    offer = parse_offer(CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0"))
    assert [m.usable for m in offer.media] == [True, False]


def test_without_a_bundle_only_the_first_media_is_usable():
    offer = parse_offer(CHROMIUM.replace("a=group:BUNDLE 0 1\n", ""))
    assert [m.usable for m in offer.media] == [True, False]


def test_rejected_media_is_not_usable():
    offer = parse_offer(CHROMIUM.replace("m=audio 9", "m=audio 0"))
    assert [m.usable for m in offer.media] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\n",
        CHROMIUM.replace("a=setup:actpass", "a=setup:holdconn"),
        CHROMIUM.replace("a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP8"),
        CHROMIUM.replace("m=audio 9", "m=audio nine"),
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\n" * 40,
        "x" * (MAX_SDP_BYTES + 1),
    ],
)
def test_malformed_offers_are_named_so(text):
    with pytest.raises(OfferError):
        parse_offer(text)


@pytest.mark.parametrize(
    "text",
    [
        CHROMIUM.replace("a=ice-ufrag:F7gI\n", ""),
        CHROMIUM.replace("a=setup:actpass\n", ""),
        CHROMIUM.replace("m=audio 9", "m=audio 0").replace("m=video 9", "m=video 0"),
    ],
)
def test_offers_that_lack_something_are_unacceptable(text):
    with pytest.raises(UnacceptableOfferError):
        parse_offer(text)


def test_random_damage_never_raises_anything_else():
    chance = random.Random(9725)
    for text in (CHROMIUM, FFMPEG):
        for _ in range(400):
            lines = text.splitlines()
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(lines))
                line = lines[at]
                cut = chance.randrange(len(line) + 1)
                lines[at] = chance.choice([line[:cut], line[cut:], line + line[cut:], "", line.replace(":", " ", 1)])
            try:
                parse_offer("\r\n".join(lines))
            except RequestError:
                continue
