"""Every query of the `nonces` table, named."""

import hashlib

from sqlalchemy import Connection, delete, insert, select

from reelroom.database.schema import nonces
from reelroom.units import AppId


def take(connection: Connection, app: AppId, nonce: str, *, now_s: int, until_s: int) -> bool:
    """Note a nonce until that second of Unix time; False if it is noted already. What has run out is forgotten."""
    connection.execute(delete(nonces).where(nonces.c.until_s < now_s))
    digest = hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest()  # any text, of any length
    same = select(nonces.c.nonce).where(nonces.c.app == app, nonces.c.nonce == digest)
    if connection.scalar(same) is not None:
        return False
    connection.execute(insert(nonces).values(app=app, nonce=digest, until_s=until_s))
    return True
