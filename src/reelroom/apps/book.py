"""All apps of a running process, looked up by id; changes of the data folder's file show within half a second."""

import time
from collections.abc import Callable
from pathlib import Path

from reelroom.apps.file import APP_FILE, read_apps
from reelroom.apps.text import Apps
from reelroom.errors import SettingsError
from reelroom.logs import get_logger
from reelroom.settings import AppSettings, Settings

_LOOK_EVERY_S = 0.5  # one `stat` then, by whoever asks next; nobody asks, nobody looks
_Seen = tuple[int, ...]


class AppBook:
    """Apps of the settings file and of the data folder. Safe to ask from several threads.

    Once the file was good, a damaged, unreadable or missing one changes nothing: the last good apps stay and the log
    says so, once for each damage.
    """

    def __init__(
        self, settings: Settings, *, tolerant: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`tolerant`: begin without the data folder's apps if their file is damaged. Else raises SettingsError."""
        self._configured = settings.apps
        self._data = Path(settings.data)
        self._clock = clock
        self._seen = self._look()
        self._next_look_s = clock() + _LOOK_EVERY_S
        self._apps = _by_id(settings.apps)
        try:
            self._take(read_apps(self._data))
        except SettingsError as error:
            if not tolerant:
                raise
            self._complain(error)

    def app(self, app_id: int) -> AppSettings | None:
        """The app of that id, if there is one."""
        self._refresh()
        return self._apps.get(app_id)

    def all(self) -> Apps:
        """Every app, those of the settings file first."""
        self._refresh()
        return tuple(self._apps.values())

    def server_secrets(self, app_id: int) -> tuple[str, ...]:
        """What signs room tokens of that app now; empty if there is no such app."""
        app = self.app(app_id)
        return () if app is None else app.server_secrets(time.time())

    def _refresh(self) -> None:
        if self._clock() < self._next_look_s:
            return None
        self._next_look_s = self._clock() + _LOOK_EVERY_S
        seen = self._look()
        if seen == self._seen:
            return None
        self._seen = seen  # before it is read: what changes meanwhile is seen next time
        if not seen:
            return self._complain(SettingsError(f"{self._data / APP_FILE}: is gone"))
        try:
            self._take(read_apps(self._data))
        except SettingsError as error:
            self._complain(error)

    def _look(self) -> _Seen:
        """What tells one state of the file from another; empty when there is none."""
        try:
            found = (self._data / APP_FILE).stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _take(self, kept: Apps) -> None:
        configured = _by_id(self._configured)
        self._apps = {**configured, **{a.id: a for a in kept if a.id not in configured}}

    def _complain(self, error: SettingsError) -> None:
        get_logger().error("apps_unreadable", error=str(error), kept=len(self._apps))


def _by_id(apps: Apps) -> dict[int, AppSettings]:
    return {app.id: app for app in apps}
