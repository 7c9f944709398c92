"""ICE, DTLS, SRTP and SDP: the only room that knows aiortc and aioice.

`offer.py` reads an offer, `answer.py` chooses and answers, `transport.py` carries decrypted packets, `adapter.py` holds
every private name of the libraries.
"""

from reelroom.webrtc.answer import Answer, NegotiatedTrack, OutgoingTrack, answer_publisher, answer_viewer
from reelroom.webrtc.candidates import TrickleFragment, parse_fragment
from reelroom.webrtc.offer import Offer, OfferError, UnacceptableOfferError, parse_offer
from reelroom.webrtc.transport import IceOptions, Transport, TransportHandler

__all__ = [
    "Answer",
    "IceOptions",
    "NegotiatedTrack",
    "Offer",
    "OfferError",
    "OutgoingTrack",
    "Transport",
    "TransportHandler",
    "TrickleFragment",
    "UnacceptableOfferError",
    "answer_publisher",
    "answer_viewer",
    "parse_fragment",
    "parse_offer",
]
