"""The apps of a data folder: `app.toml`, for its owner's eyes only, and at every moment a whole one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reelroom.apps.changes import new_app
from reelroom.apps.text import Apps, parse_apps, render_apps
from reelroom.errors import SettingsError
from reelroom.settings import Settings

APP_FILE = "app.toml"
_DRAFT = ".app.toml.new"
_OWNER_ONLY = 0o600


def read_apps(data: Path) -> Apps:
    """The apps of a data folder; none before the first start. Raises SettingsError for a damaged file."""
    path = data / APP_FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ()
    except PermissionError as error:
        raise SettingsError(
            f"{path}: can't be read by this user; it belongs to the user who runs the server"
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: can't be read: {type(error).__name__}") from error
    return parse_apps(text, str(path))


def change_apps(data: Path, change: Callable[[Apps], Apps]) -> Apps:
    """Replace the apps of a data folder, which must exist, by what `change` makes of them; returns those.

    Changes wait for each other. A process killed in the middle leaves the file as it was; a change that returned is on
    the disk. What `change` raises leaves all as it was. Raises SettingsError for a damaged file, and when it can't be
    written.
    """
    path = data / APP_FILE
    try:
        with _locked(data) as folder:
            before = read_apps(data)
            after = change(before)
            if after != before:
                _write(folder, render_apps(after))
            return after
    except OSError as error:
        raise SettingsError(f"{path}: can't be written: {error.strerror}") from error


def ensure_app(settings: Settings) -> bool:
    """Make an app in the data folder if there is none at all; whether one was made. Raises SettingsError."""
    if settings.apps:
        return False
    made = False

    def change(apps: Apps) -> Apps:
        nonlocal made
        made = not apps
        return apps or (new_app(),)

    data = Path(settings.data)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"data {data}: {error.strerror}") from error
    change_apps(data, change)
    return made


@contextmanager
def _locked(data: Path) -> Iterator[int]:
    """The folder's descriptor, locked. The kernel frees the lock however the process ends."""
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


def _write(folder: int, text: str) -> None:
    """Put a new file in place of the old one in one step, and force both to the disk."""
    # The lock is ours: a draft that is there was left by a process killed while writing.
    handle = os.open(_DRAFT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _OWNER_ONLY, dir_fd=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as draft:
        os.fchmod(handle, _OWNER_ONLY)  # whatever the umask
        _give_to_owner(handle, folder)
        draft.write(text)
        draft.flush()
        os.fsync(handle)
    os.rename(_DRAFT, APP_FILE, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def _give_to_owner(handle: int, folder: int) -> None:
    """What root writes for a server of another user must be readable by that server."""
    if os.geteuid() == 0:
        owner = os.fstat(folder)
        os.fchown(handle, owner.st_uid, owner.st_gid)
