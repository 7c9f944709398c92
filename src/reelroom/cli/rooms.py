"""Commands about rooms."""

import time
from typing import Annotated

import typer

from reelroom.cli.options import App, Config, Data, choose_app
from reelroom.config import load
from reelroom.units import RoomId, UserId


def token(
    *,
    room: Annotated[str, typer.Option(help="Room the token is for.")],
    user: Annotated[str, typer.Option(help="User id of whoever holds it.")] = "guest",
    name: Annotated[str, typer.Option(help="Name shown to others. [default: the user id]")] = "",
    publish: Annotated[bool, typer.Option(help="May publish streams.")] = True,
    view: Annotated[bool, typer.Option(help="May view streams.")] = True,
    record: Annotated[bool, typer.Option(help="May start and stop recordings of the room.")] = False,
    ttl: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long it is good for.")] = 3600,
    app: App = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print a room token: a bearer token for WHIP, WHEP and the /room page."""
    from reelroom.rooms.tokens import RoomToken, make_token  # noqa: PLC0415  other commands start without it

    chosen = choose_app(load(data, config), app)
    granted = RoomToken(
        app=chosen.id,
        room=RoomId(room),
        user=UserId(user),
        name=name or user,
        publish=publish,
        view=view,
        record=record,
    )
    typer.echo(make_token(granted, chosen.server_secret, expires_s=int(time.time()) + ttl))
