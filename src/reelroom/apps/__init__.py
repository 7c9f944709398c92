"""The apps of a server: those of the settings file, and those that `reelroom app` keeps in the data folder.

Every process looks its apps up in an `AppBook`, which notices changes of the data folder's file by itself.
"""

from reelroom.apps.book import AppBook
from reelroom.apps.changes import new_app, rotate_callback_secret, rotate_server_secret
from reelroom.apps.file import APP_FILE, change_apps, ensure_app, read_apps
from reelroom.apps.text import Apps

__all__ = [
    "APP_FILE",
    "AppBook",
    "Apps",
    "change_apps",
    "ensure_app",
    "new_app",
    "read_apps",
    "rotate_callback_secret",
    "rotate_server_secret",
]
