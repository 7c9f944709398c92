import pytest
from aiortc import RTCIceCandidate

from reelroom.webrtc.candidates import MAX_CANDIDATES, FragmentError, parse_fragment, usable_candidates, write_fragment

FRAGMENT = """a=ice-options:trickle ice2
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw network-id 1
a=end-of-candidates
"""


def candidate(**words):
    base = {"component": 1, "foundation": "f", "ip": "192.0.2.1", "port": 5, "priority": 1, "protocol": "udp"}
    return RTCIceCandidate(**{**base, "type": "host", **words})


def test_reads_a_trickled_fragment():
    """The example of RFC 9725 §4.3.2."""
    fragment = parse_fragment(FRAGMENT)
    assert (fragment.username, fragment.password) == ("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert [c.host for c in fragment.candidates] == ["192.0.2.1", "198.51.100.2"]
    assert fragment.ended


def test_what_we_write_can_be_read():
    text = write_fragment("name", "password", "0", ["f 1 udp 1 192.0.2.1 5 typ host"])
    fragment = parse_fragment(text)
    assert (fragment.username, fragment.password, len(fragment.candidates)) == ("name", "password", 1)


@pytest.mark.parametrize(
    "text", ["{}", "hello: x", "a=candidate:1 1 udp", "a=candidate:1 1 udp x 192.0.2.1 y typ host"]
)
def test_malformed_fragments_are_named_so(text):
    with pytest.raises(FragmentError):
        parse_fragment(text)


@pytest.mark.parametrize(
    "words",
    [
        {"ip": "a.local"}, {"ip": "example.org"}, {"protocol": "tcp"}, {"component": 2}, {"port": 0}, {"port": 70000},
        {"type": "prflx"}, {"ip": "224.0.0.1"}, {"ip": "0.0.0.0"}, {"ip": "ff02::fb"},
    ],
)  # fmt: skip
def test_candidates_that_are_no_use_are_left_out(words):
    assert usable_candidates([candidate(**words)]) == ()


def test_an_offer_cannot_make_us_knock_at_any_number_of_doors():
    assert len(usable_candidates(candidate(port=1000 + n) for n in range(1000))) == MAX_CANDIDATES
