"""Every query of the `nonces` table, named."""

from sqlalchemy import Connection, delete, insert, select

from reelroom.database.schema import nonces
from reelroom.units import AppId


def take(connection: Connection, app: AppId, nonce: str, *, now_s: int, until_s: int) -> bool:
    """Note a nonce until that second of Unix time; False if it is noted already. What has run out is forgotten."""
    connection.execute(delete(nonces).where(nonces.c.until_s < now_s))
    same = select(nonces.c.nonce).where(nonces.c.app == app, nonces.c.nonce == nonce)
    if connection.scalar(same) is not None:
        return False
    connection.execute(insert(nonces).values(app=app, nonce=nonce, until_s=until_s))
    return True
