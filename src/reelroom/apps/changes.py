"""What can happen to an app: it is made, and its secrets are replaced. Nothing here is written anywhere."""

import secrets
from collections.abc import Collection
from dataclasses import replace

from reelroom.settings import AppSettings
from reelroom.units import AppId

_SECRET_BYTES = 16


def new_app(taken: Collection[int] = ()) -> AppSettings:
    """An app with secrets of its own, and an id of ten digits that none of `taken` has."""
    app_id = _random_id()
    while app_id in taken:
        app_id = _random_id()
    return AppSettings(id=app_id, server_secret=_new_secret(), callback_secret=_new_secret())


def rotate_server_secret(app: AppSettings, *, now_s: float, grace_s: float) -> AppSettings:
    """A new ServerSecret; the one so far is accepted for `grace_s` more. An older one is accepted no longer."""
    kept = app.server_secret if grace_s else ""
    until_s = int(now_s + grace_s) if grace_s else 0
    return replace(app, server_secret=_new_secret(), old_server_secret=kept, old_secret_until_s=until_s)


def rotate_callback_secret(app: AppSettings) -> AppSettings:
    """A new callback secret, which signs every callback from now on."""
    return replace(app, callback_secret=_new_secret())


def _new_secret() -> str:
    return secrets.token_hex(_SECRET_BYTES)


def _random_id() -> AppId:
    """Ten digits that fit the control API's Uint32."""
    return AppId(1_000_000_000 + secrets.randbelow(3_000_000_000))
