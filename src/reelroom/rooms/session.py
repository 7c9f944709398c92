"""What publishers and viewers have in common: a token, a transport, an ICE session with its ETag, and an end."""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable

from reelroom.rooms.tokens import RoomToken
from reelroom.units import StreamId
from reelroom.webrtc import Transport


class Session(ABC):
    """A WHIP or WHEP session. Rooms call `attach` before anything else."""

    protocol = ""  # "whip" or "whep"
    transport: Transport

    def __init__(self, id_: str, token: RoomToken, stream: StreamId) -> None:
        self.id = id_
        self.token = token
        self.stream = stream
        self.live = False  # whether it is connected
        self.ended = asyncio.Event()
        self.mid = ""  # of the m-line that the transport belongs to
        self.etag = ""  # of its ICE session (RFC 9725 §4.3.1)
        self._on_connected: Callable[[], None] = lambda: None
        self._on_closed: Callable[[str], None] = lambda _reason: None
        self._ending: asyncio.Task[None] | None = None
        self.renew_etag()

    def attach(self, transport: Transport, on_connected: Callable[[], None], on_closed: Callable[[str], None]) -> None:
        """Join it to its transport and to the room that keeps it."""
        self.transport = transport
        self._on_connected = on_connected
        self._on_closed = on_closed

    def renew_etag(self) -> None:
        """A new ICE session has begun."""
        self.etag = f'"{secrets.token_urlsafe(9)}"'

    def connected(self) -> None:
        """The transport is up."""
        self.live = True
        self._on_connected()

    def closed(self, reason: str) -> None:
        """The transport is gone."""
        self._on_closed(reason)
        self.live = False
        self.ended.set()

    @abstractmethod
    def receive_rtp(self, packet: bytes, now_ns: int) -> None:
        """A decrypted RTP packet arrived."""

    @abstractmethod
    def receive_rtcp(self, packet: bytes, now_ns: int) -> None:
        """A decrypted compound RTCP packet arrived."""

    def end(self, reason: str) -> "asyncio.Task[None]":
        """Close the transport. Await the task to know that its sockets are free."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self.transport.close(reason))
        return self._ending
