"""What people say in rooms is for the server's own user alone."""

import os
from pathlib import Path

from reelroom.errors import SettingsError

_OTHERS = 0o077  # every permission of the group and of all others


def keep_private(data: Path) -> None:
    """Make the data folder, close it to other users, and have this process and its children make only private files.

    A folder of another user, as a mounted volume may be, keeps its mode. Raises SettingsError if it can't be made.
    """
    os.umask(_OTHERS)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = data.stat()
        if status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
            data.chmod(status.st_mode & 0o7700)
    except OSError as error:
        raise SettingsError(f"data {data}: {error.strerror}") from error
