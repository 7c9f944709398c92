"""The key that encrypts stored credentials. It lives in a file beside the database, never inside it."""

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reelroom.errors import SettingsError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1:"


class SecretKey:
    """AES-256-GCM under one key. `repr` shows nothing of it."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def load_or_create(cls, path: Path) -> "SecretKey":
        """The key in `path`, made (mode 0600) if there is none. Raises SettingsError if the file holds no key."""
        if not path.exists():
            _create(path)
        try:
            key = base64.b64decode(path.read_bytes().strip(), validate=True)
        except ValueError as error:
            raise SettingsError(f"{path} holds no key") from error
        if len(key) != _KEY_BYTES:
            raise SettingsError(f"{path} holds no key")
        return cls(key)

    def encrypt(self, text: str, owner: str) -> str:
        """Cipher text that only decrypts for the same `owner` (a task id). Empty stays empty."""
        if not text:
            return ""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def decrypt(self, sealed: str, owner: str) -> str:
        """The inverse of `encrypt`. Raises SettingsError when the key is another one than it was."""
        if not sealed:
            return ""
        body = base64.b64decode(sealed.removeprefix(_VERSION))
        try:
            return self._cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as error:
            raise SettingsError("stored credentials were encrypted with another key") from error


def _create(path: Path) -> None:
    """Write a new key; if another process was first, its key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
