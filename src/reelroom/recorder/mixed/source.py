"""One stream while one capture has it: what of its pictures and its sound belongs to an instant of the mix."""

from reelroom.recorder.mixed.picture_feed import PictureFeed
from reelroom.recorder.mixed.sound_feed import Place, SoundFeed
from reelroom.recorder.mixed.source_log import SourceClock, SourceLog
from reelroom.recorder.track_reader import TrackReader
from reelroom.timeline.mix_decisions import SourceBegins, SourceEnds
from reelroom.units import NS, NS_PER_JOURNAL_TICK, NS_PER_MS, MediaKind

CAMERA_OFF_NS = 3 * NS  # screens that stand still send a picture now and then
_EARLY_NS = NS_PER_MS  # positions are rounded: a picture of the very instant may seem to come after it
_ALIVE_NS = NS  # sound that is older has stopped
_PATIENCE_NS = 2 * NS  # for the last lines of a capture whose publication has ended


class Source:
    """Made at `SourceBegins`. `ends`: the decision that no more of it is the task's, once there is one."""

    def __init__(self, begins: SourceBegins, log: SourceLog) -> None:
        self.begins, self.log = begins, log
        self.ends: SourceEnds | None = None
        self.clock = SourceClock(log, begins.at)
        self._ended_ns = 0
        self._readers = {kind: TrackReader(log, kind, begins.after.get(kind, -1), _none) for kind in begins.kinds}
        audio, video = self._readers.get(MediaKind.AUDIO), self._readers.get(MediaKind.VIDEO)
        self.sound = SoundFeed(audio) if audio else None
        self.pictures = PictureFeed(video) if video else None

    def end(self, ends: SourceEnds, now_ns: int) -> None:
        """No more frames than the decision says."""
        self.ends, self._ended_ns = ends, now_ns
        self.log.read()
        for kind, reader in self._readers.items():
            if ends.upto is not None:
                reader.upto = ends.upto.get(kind, -1)
            elif ends.cut:
                reader.upto = (ends.at - (self.log.opened_at_ns or 0)) // NS_PER_JOURNAL_TICK

    def known_ns(self, now_ns: int) -> int | None:
        """Up to where all that arrived is on disk; None if nothing more can come."""
        if self.log.ended:
            return None
        if self.ends is None:
            return self.log.marked_ns
        told = self.ends.upto is not None or self.ends.cut
        return None if told or now_ns - self._ended_ns > _PATIENCE_NS else self.log.marked_ns

    def look(self, at_ns: int, ahead_ns: int) -> None:
        """Set the clock for the time from `at_ns` on, by what was logged until `ahead_ns` later."""
        self.clock.update(at_ns, ahead_ns, None if self.ends is None else self.ends.at)

    def picture_position(self, at_ns: int) -> int:
        """The newest journal position of a picture that is seen at an instant."""
        return self._position(at_ns + _EARLY_NS - self.clock.shift_ns - self.clock.drift_ns)

    def camera_is_off(self, at_ns: int) -> bool:
        """Whether no picture came for `CAMERA_OFF_NS` while sound goes on."""
        if self.sound is None or self.sound.last_position < self._position(at_ns - self.clock.drift_ns - _ALIVE_NS):
            return False
        if self.pictures is None:
            return True
        off_ns = at_ns - CAMERA_OFF_NS
        return self.begins.at < off_ns and self.pictures.position < self.picture_position(off_ns)

    def place(self, mix_opened_ns: int) -> Place:
        """Where its sound lies."""
        return Place.of(self.log.opened_at_ns or 0, mix_opened_ns, self.clock.drift_ns)

    def _position(self, capture_ns: int) -> int:
        return (capture_ns - (self.log.opened_at_ns or 0)) // NS_PER_JOURNAL_TICK

    def close(self) -> None:
        """Close all files."""
        self.log.close()
        for reader in self._readers.values():
            reader.close()


def _none(_track: object) -> bool:
    return False
