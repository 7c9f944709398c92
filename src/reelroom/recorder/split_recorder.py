"""A publisher's sound without its mutes: one file, or one for each period between long mutes."""

from collections.abc import Sequence

from reelroom.recorder.file_recorder import FileRecorder
from reelroom.recorder.muted_sound import MutedSound
from reelroom.recorder.sound_track import SoundTrack
from reelroom.recorder.take import Take


class SplitRecorder(FileRecorder):
    """Makes a take whenever somebody can be heard again."""

    def _make_sound(self) -> SoundTrack:
        shop = self._shop
        self._sound = MutedSound(
            shop.work,
            self.opens.key,
            shop.settings.audio_bitrate_bps,
            split_s=shop.spec.format_options.split_at_mute_s,
            finished=shop.finished,
        )
        return self._sound

    @property
    def takes(self) -> Sequence[Take]:
        """What callers get, as far as it is known."""
        return self._sound.takes
