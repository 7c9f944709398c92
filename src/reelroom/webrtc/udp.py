"""A UDP socket that empties itself: all datagrams that wait are read at one wake-up of the event loop.

asyncio's own transport takes one datagram for each turn of the loop, which costs more than the datagram: a video frame
is a burst of packets. It also allocates 256 KiB for each.
"""

import asyncio
import socket
from typing import Any

RECEIVE_BUFFER_BYTES = 1 << 20  # asked of the kernel, which may allow less
_MAX_DATAGRAM = 4096
_MAX_AT_ONCE = 64  # then others get their turn


class UdpTransport(asyncio.DatagramTransport):
    """The transport of one bound, unconnected socket."""

    def __init__(self, protocol: asyncio.DatagramProtocol, address: tuple[str, int]) -> None:
        """Bind to `address` and tell the protocol. Raises OSError."""
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            self._socket.bind(address)
        except OSError:
            self._socket.close()
            raise
        self._name = self._socket.getsockname()
        self._closing = False
        protocol.connection_made(self)
        self._loop.add_reader(self._socket, self._read)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Knows `sockname` and `socket`."""
        return {"sockname": self._name, "socket": self._socket}.get(name, default)

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send now or never: a full send buffer drops, as the network might."""
        if self._closing:
            return
        try:
            self._socket.sendto(data, addr)
        except BlockingIOError:
            return
        except OSError as error:
            self._protocol.error_received(error)

    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing

    def close(self) -> None:
        """Close; the protocol hears of it soon."""
        if self._closing:
            return
        self._closing = True
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """As `close`: nothing is buffered."""
        self.close()

    def _read(self) -> None:
        """Hot path."""
        receive, take = self._socket.recvfrom, self._protocol.datagram_received
        try:
            for _ in range(_MAX_AT_ONCE):
                take(*receive(_MAX_DATAGRAM))
        except BlockingIOError:
            return  # all that waited is read
        except OSError as error:
            if not self._closing:  # else a datagram had us close the socket
                self._protocol.error_received(error)
