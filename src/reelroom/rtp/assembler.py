"""Ordered packets to frames: finds where frames end, and keeps what is broken out of them."""

from typing import Final, NamedTuple

from reelroom.errors import MediaError
from reelroom.rtp.depacketiser import Assembled, Depacketiser, RtpCodec
from reelroom.rtp.frame import Frame
from reelroom.rtp.keyframes import KeyframeRequests
from reelroom.rtp.stats import TrackStats
from reelroom.rtp.unwrap import TimestampUnwrapper
from reelroom.units import NS, MediaKind

JUMP_NS: Final = 5 * NS
"""Disagreement of RTP clock and arrival between two packets that no network explains: the clock began anew."""


class Loss(NamedTuple):
    """Frames between two emitted ones were given up. `packets` of them never came; 0 if they were damaged."""

    start_ticks: int
    end_ticks: int
    packets: int


class FrameAssembler:
    """Collects the payloads of one timestamp and has them assembled once they are complete.

    After a gap, video is dropped until a keyframe that surely is whole: one whose first packet follows the end of
    another frame, or says itself that it is the first.
    """

    def __init__(
        self, codec: RtpCodec, depacketiser: Depacketiser, requests: KeyframeRequests, stats: TrackStats
    ) -> None:
        self.clock = TimestampUnwrapper()
        self.losses: list[Loss] = []
        self.settled = False  # a frame of the present clock was emitted
        self.dropping = self._video = codec.kind is MediaKind.VIDEO
        self._kind = codec.kind
        self._ns_per_tick = NS / codec.clock_rate
        self._depacketiser = depacketiser
        self._requests = requests
        self._stats = stats
        self._payloads: list[bytes] = []
        self._open: int | None = None  # timestamp being collected, or collected last
        self._closed = False  # its end was seen
        self._doubtful = self._video  # its beginning may be missing
        self._trust_markers = True
        self._ticks = 0
        self._arrival_ns = 0  # earliest of the open frame's packets
        self._newest_ns = 0  # arrival of the packet that `clock` was advanced with
        self._restart = False
        self._emitted_ticks: int | None = None
        self._lost: int | None = None  # packets of the gap that is open

    @property
    def collecting_keyframe(self) -> bool:
        """Whether the open frame is a keyframe on its way."""
        return bool(self._payloads) and self._depacketiser.begins_keyframe(self._payloads[0])

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether frames may begin with this packet, whatever was before it."""
        return self._depacketiser.begins_keyframe(payload)

    def push(self, timestamp: int, marker: bool, payload: bytes, arrival_ns: int, frames: list[Frame]) -> None:
        """Take the next packet in order, and append the frames it completes. `payload` is not empty."""
        if timestamp != self._open:
            self._begin(timestamp, arrival_ns, frames)
        elif self._closed:
            self._distrust_markers(timestamp)
        self._arrival_ns = min(self._arrival_ns, arrival_ns)
        if self._doubtful and self._depacketiser.begins_keyframe(payload):
            self._doubtful = False
        if not self._doubtful:
            self._payloads.append(payload)
        if not self._video or (marker and self._trust_markers):
            self._finish(frames)

    def lose(self, packets: int) -> None:
        """A gap: that many packets before the next one were given up."""
        self._lost = (self._lost or 0) + packets
        self._payloads = []
        if self._video:
            self._open = None
            self._doubtful = self.dropping = True
            self._requests.want()

    def restart(self) -> None:
        """The clock begins anew; video is dropped until a keyframe, because a journal file begins with one."""
        self.clock.restart()
        self._payloads = []
        self._open = None
        self._restart = self._emitted_ticks is not None
        self._stats.restarts += 1
        self.settled = False
        self._lost = None
        self._doubtful = self.dropping = self._video

    def _begin(self, timestamp: int, arrival_ns: int, frames: list[Frame]) -> None:
        if self._open is not None:  # no packet is missing since: the frame before was whole, and this one begins here
            if self._payloads:
                self._finish(frames)
            self._doubtful = False
        step = self.clock.step(timestamp)
        if step is not None and abs(step * self._ns_per_tick - (arrival_ns - self._newest_ns)) > JUMP_NS:
            self._jump()
        self._ticks = self.clock.advance(timestamp)
        self._open, self._closed = timestamp, False
        self._arrival_ns = self._newest_ns = arrival_ns

    def _jump(self) -> None:
        doubtful = self._doubtful
        self.restart()
        self._doubtful = doubtful

    def _distrust_markers(self, timestamp: int) -> None:
        """More of a frame after its marker: this sender marks slices. From now on the next timestamp ends a frame."""
        self._trust_markers = False
        self._fail()
        self._open, self._closed, self._doubtful = timestamp, False, True

    def _fail(self) -> None:
        """What was collected can't be used, though no packet is missing."""
        self._stats.damaged += 1
        self.lose(0)
        self._doubtful = False

    def _finish(self, frames: list[Frame]) -> None:
        """Assemble what was collected; the next packet begins a frame."""
        payloads, self._payloads = self._payloads, []
        if not payloads:
            self._doubtful = False
            self._requests.want()
            return
        try:
            assembled = self._depacketiser.assemble(payloads)
        except MediaError:
            self._fail()
            return
        if assembled is not None:
            self._closed = True
            self._emit(assembled, frames)

    def _emit(self, assembled: Assembled, frames: list[Frame]) -> None:
        payload, keyframe, config = assembled
        ticks = self._ticks
        if self._emitted_ticks is not None and ticks <= self._emitted_ticks:
            self._fail()  # out of order by timestamp, which no WebRTC sender does
            return
        if self.dropping and not keyframe:
            self._requests.want()
            return
        if keyframe and self._video:
            self._accept_keyframe()
        if self._lost is not None:
            self._close_gap(ticks)
        self._stats.frames += 1
        frames.append(Frame(self._kind, ticks, self._arrival_ns, keyframe, payload, config, self._restart))
        self._restart, self.settled, self._emitted_ticks = False, True, ticks

    def _accept_keyframe(self) -> None:
        self.dropping = False
        self._stats.keyframes += 1
        self._requests.satisfy()

    def _close_gap(self, ticks: int) -> None:
        if self._emitted_ticks is not None and self._lost is not None and not self._restart:
            self.losses.append(Loss(self._emitted_ticks, ticks, self._lost))
        self._lost = None
