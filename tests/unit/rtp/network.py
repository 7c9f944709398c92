"""A network in virtual time: delays, loses, duplicates, and carries feedback back to a sender that answers NACKs."""

import heapq
import random
from dataclasses import dataclass, field
from itertools import count

from reelroom.rtp.frame import Frame
from reelroom.rtp.receiver import TrackReceiver
from reelroom.rtp.rtcp import Nack, Pli, parse_rtcp
from reelroom.units import NS, NS_PER_MS, Codec

from .sending import FRAME_NS, PACKETISERS, PAYLOAD_TYPE, RTX_PAYLOAD_TYPE, VIDEO_STEP, Sender, vp8_frame

START_NS = 1_700_000_000 * NS
POLL_NS = 10 * NS_PER_MS
TRANSIT_NS = 20 * NS_PER_MS


def receiver(codec: Codec = Codec.VP8, **options) -> TrackReceiver:
    return TrackReceiver(
        codec=codec, payload_type=PAYLOAD_TYPE, rtx_payload_type=RTX_PAYLOAD_TYPE, local_ssrc=1, **options
    )


@dataclass
class Network:
    """Chances are of each packet, on its own."""

    seed: int
    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    delay_ns: int = 100 * NS_PER_MS  # at most, of a packet that is reordered
    answers_nacks: bool = True
    answers_plis: bool = True
    spares: int = 0  # the first packets get through in order


@dataclass
class Session:
    """One VP8 publisher and its receiver. Frames go out 30 a second; the first is a keyframe, then each `group`th."""

    network: Network
    frames: int = 60
    group: int = 0
    first_sequence: int = 0
    first_timestamp: int = 0
    sent: dict[int, tuple[bytes, bool]] = field(default_factory=dict)  # by timestamp
    received: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.receiver = receiver()
        self.sender = Sender(sequence=self.first_sequence)
        self._random = random.Random(self.network.seed)
        self._events: list[tuple[int, int, str, bytes | int]] = []
        self._order = count()
        self._keyframe_asked = False
        self._carried = 0

    def run(self) -> "Session":
        end_ns = START_NS + self.frames * FRAME_NS + 3 * NS
        for number in range(self.frames):
            self._add(START_NS + number * FRAME_NS, "frame", number)
        for now_ns in range(START_NS, end_ns, POLL_NS):
            self._add(now_ns, "poll", 0)
        while self._events:
            now_ns, _, kind, what = heapq.heappop(self._events)
            getattr(self, "_" + kind)(what, now_ns)
        return self

    def _add(self, at_ns: int, kind: str, what: bytes | int) -> None:
        heapq.heappush(self._events, (at_ns, next(self._order), kind, what))

    def _frame(self, number: int, now_ns: int) -> None:
        keyframe = number == 0 or self._keyframe_asked or bool(self.group and number % self.group == 0)
        self._keyframe_asked = False
        frame = vp8_frame(number, keyframe=keyframe, size=100 + number * 97 % 1500)
        timestamp = (self.first_timestamp + number * VIDEO_STEP) & 0xFFFFFFFF
        self.sent[timestamp] = (frame, keyframe)
        for packet in self.sender.frame(PACKETISERS[Codec.VP8](frame), timestamp):
            self._carry(packet, now_ns)

    def _carry(self, packet: bytes, now_ns: int) -> None:
        network = self.network
        self._carried += 1
        spared = self._carried <= network.spares
        if not spared and self._random.random() < network.loss:
            return
        for _ in range(2 if self._random.random() < network.duplication else 1):
            late = not spared and self._random.random() < network.reordering
            self._add(now_ns + TRANSIT_NS + (self._random.randrange(network.delay_ns) if late else 0), "arrive", packet)

    def _arrive(self, packet: bytes, now_ns: int) -> None:
        self.received += self.receiver.receive(packet, now_ns)
        if self.receiver.feedback_wanted:
            self._feed_back(now_ns)

    def _poll(self, _: int, now_ns: int) -> None:
        self.received += self.receiver.poll(now_ns)
        self._feed_back(now_ns)

    def _feed_back(self, now_ns: int) -> None:
        for compound in self.receiver.feedback(now_ns):
            for packet in parse_rtcp(compound):
                if isinstance(packet, Nack) and self.network.answers_nacks:
                    for sequence in packet.sequences:
                        if sequence in self.sender.sent:
                            self._carry(self.sender.retransmit(sequence), now_ns + TRANSIT_NS)
                elif isinstance(packet, Pli) and self.network.answers_plis:
                    self._keyframe_asked = True
