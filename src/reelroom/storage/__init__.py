"""Where finished files go: object stores and the local folder, behind one small interface.

Only write operations are used (put an object; begin, send, complete and abort a multipart upload), because customers
are told to hand out write-only keys.
"""

from reelroom.storage.local import expire_backups
from reelroom.storage.opening import Backup, check, open_backup, open_store
from reelroom.storage.store import RefusedError, Store, Stored

__all__ = ["Backup", "RefusedError", "Store", "Stored", "check", "expire_backups", "open_backup", "open_store"]
