"""One peer's ICE, DTLS and SRTP: decrypted packets out, plain packets in."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import aioice.ice
import pylibsrtp
from aioice.candidate import Candidate
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from reelroom.errors import RoomError
from reelroom.settings import RoomSettings
from reelroom.webrtc.adapter import DatagramPath, DtlsSession, IceConnection
from reelroom.webrtc.answer import LocalTransport
from reelroom.webrtc.candidates import TrickleFragment
from reelroom.webrtc.offer import Offer

IngressFilter = Callable[[bytes], Iterable[bytes]]
CONNECT_TIMEOUT_S = 30.0
_RTCP_TYPES = range(192, 224)  # RFC 5761 §4
_MAX_EARLY = 128  # datagrams; a first keyframe of 150 kB


class TransportHandler(Protocol):
    """Whom a transport reports to. Called from the event loop, never after `closed`."""

    def connected(self) -> None:
        """Packets may be sent from now on."""

    def receive_rtp(self, packet: bytes, now_ns: int) -> None:
        """A decrypted RTP packet arrived."""

    def receive_rtcp(self, packet: bytes, now_ns: int) -> None:
        """A decrypted compound RTCP packet arrived."""

    def closed(self, reason: str) -> None:
        """The peer left, or never came. Called once."""


@dataclass(frozen=True, slots=True)
class IceOptions:
    """How sockets are bound and announced; shared by all transports of a process."""

    addresses: tuple[str, ...]
    ports: range
    announced_address: str
    servers: tuple[RTCIceServer, ...]

    @classmethod
    def from_settings(cls, settings: RoomSettings) -> "IceOptions":
        """Every address of the machine when none is named; a machine with loopback only gets that."""
        addresses = settings.bind or tuple(aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True))
        servers = tuple(RTCIceServer(list(s.urls), s.username, s.credential) for s in settings.ice_servers)
        ports = range(settings.port_min, settings.port_max + 1) if settings.port_min else range(0)
        return cls(addresses or ("127.0.0.1",), ports, settings.announced_address, servers)


class Transport:
    """The connection to one peer, made from its offer. Call `open`, send the answer, then `start`."""

    _incoming: pylibsrtp.Session  # once connected
    _outgoing: pylibsrtp.Session

    def __init__(
        self,
        offer: Offer,
        handler: TransportHandler,
        *,
        options: IceOptions,
        certificate: RTCCertificate,
        ingress_filter: IngressFilter | None = None,
    ) -> None:
        self._offer = offer
        self._handler = handler
        self._options = options
        self._certificate = certificate
        self._receive_media = self._receive if ingress_filter is None else self._filtered(ingress_filter)
        self._path = DatagramPath()
        self._dtls = DtlsSession(self._path, certificate)
        self._dtls.set_role(offer.dtls_role)
        self._dtls.on("statechange", self._dtls_changed)
        self._remote = (offer.ice_username, offer.ice_password)
        self._connection = self._new_connection()
        self._restarting: IceConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._early: list[tuple[bytes, int]] = []  # media that overtook the end of the DTLS handshake, and when
        self._is_connected = False
        self._is_closed = False
        self.rejected = 0  # datagrams that SRTP did not authenticate

    # --- signalling ---------------------------------------------------------------------------------------------

    async def open(self) -> LocalTransport:
        """Bind sockets and say where they are. Raises RoomError when no socket can be bound."""
        return await self._gather(self._connection)

    def start(self) -> None:
        """Begin connectivity checks and the DTLS handshake; `connected` or `closed` of the handler follows."""
        self._spawn(self._connect())

    async def add_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Trickled candidates of the current ICE session."""
        connection = self._restarting or self._connection
        for candidate in candidates:
            await connection.add_remote_candidate(candidate)

    def is_restart(self, fragment: TrickleFragment) -> bool:
        """Whether a fragment brings new credentials (RFC 9725 §4.3.3)."""
        return bool(fragment.username) and (fragment.username, fragment.password) != self._remote

    async def restart(self, fragment: TrickleFragment) -> LocalTransport:
        """Prepare a new ICE session with the peer's new credentials; it takes over once a pair is nominated.

        Until then, and if it fails, the old one carries on. Raises RoomError when no socket can be bound.
        """
        connection = self._new_connection()
        local = await self._gather(connection)
        if self._restarting is not None:
            await self._restarting.close()
        self._restarting = connection
        self._remote = (fragment.username, fragment.password)
        self._spawn(self._take_over(connection, fragment))
        return local

    async def close(self, reason: str) -> None:
        """Say goodbye by DTLS and free the sockets. The handler's `closed` is called if it was not."""
        self._end(reason)
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        with contextlib.suppress(ConnectionError):
            await self._dtls.stop()
        self._path.close()
        for connection in filter(None, (self._connection, self._restarting)):
            await connection.close()

    @property
    def refusal(self) -> str:
        """Why the peer's DTLS certificate was refused, if it was."""
        return self._dtls.refusal

    # --- packets ------------------------------------------------------------------------------------------------

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send a packet; silently nothing while not connected."""
        if self._is_connected:
            self._connection.send_datagram(self._outgoing.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send a compound packet; silently nothing while not connected."""
        if self._is_connected:
            self._connection.send_datagram(self._outgoing.protect_rtcp(packet))

    def _receive(self, data: bytes) -> None:
        """Hot path."""
        if not self._is_connected:
            if not self._is_closed and len(self._early) < _MAX_EARLY:
                self._early.append((data, time.time_ns()))
            return
        try:
            if data[1] in _RTCP_TYPES:
                self._handler.receive_rtcp(self._incoming.unprotect_rtcp(data), time.time_ns())
            else:
                self._handler.receive_rtp(self._incoming.unprotect(data), time.time_ns())
        except (pylibsrtp.Error, IndexError, ValueError):
            self.rejected += 1  # not authentic, or no packet at all

    def _receive_early(self) -> None:
        for data, arrival_ns in self._early:
            with contextlib.suppress(pylibsrtp.Error, IndexError, ValueError):
                if data[1] not in _RTCP_TYPES:
                    self._handler.receive_rtp(self._incoming.unprotect(data), arrival_ns)
        self._early.clear()

    def _filtered(self, ingress_filter: IngressFilter) -> Callable[[bytes], None]:
        def receive(data: bytes) -> None:
            for kept in ingress_filter(data):
                self._receive(kept)

        return receive

    # --- connection ---------------------------------------------------------------------------------------------

    def _new_connection(self) -> IceConnection:
        servers = connection_kwargs(list(self._options.servers))
        return IceConnection(self._receive_media, self._path.receive, **servers)

    async def _gather(self, connection: IceConnection) -> LocalTransport:
        try:
            await connection.gather(self._options.addresses, self._options.ports)
        except OSError as error:
            raise RoomError("no UDP port is free for another session") from error
        fingerprint = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        return LocalTransport(
            connection.local_username, connection.local_password, self._announced(connection), fingerprint.value
        )

    def _announced(self, connection: IceConnection) -> tuple[str, ...]:
        """IPv4 first: FFmpeg's WHIP muxer tries the first host candidate and no other."""
        announced = self._options.announced_address
        lines = []
        for candidate in sorted(connection.local_candidates, key=lambda c: (c.type != "host", ":" in c.host)):
            line = candidate.to_sdp()
            if announced and candidate.type == "host":
                line = line.replace(f" {candidate.host} {candidate.port} ", f" {announced} {candidate.port} ")
            lines.append(line)
        return tuple(lines)

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect_ice(self._connection, self._remote, self._offer.candidates)
                self._path.connection = self._connection
                fingerprints = [RTCDtlsFingerprint(*f) for f in self._offer.fingerprints]
                await self._dtls.start(RTCDtlsParameters(fingerprints))
        except (ConnectionError, TimeoutError):
            await self.close("no connection")
            return
        if self._dtls.state != "connected":
            await self.close("no connection")
            return
        self._incoming, self._outgoing = self._dtls.incoming, self._dtls.outgoing
        self._is_connected = True
        self._handler.connected()
        self._receive_early()
        self._spawn(self._watch(self._connection))

    async def _connect_ice(
        self, connection: IceConnection, remote: tuple[str, str], candidates: Iterable[Candidate]
    ) -> None:
        connection.remote_is_lite = self._offer.ice_lite
        connection.remote_username, connection.remote_password = remote
        for candidate in candidates:  # never ended: a peer's checks may still come from an address we were not told
            await connection.add_remote_candidate(candidate)
        await connection.connect()

    async def _take_over(self, connection: IceConnection, fragment: TrickleFragment) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect_ice(connection, (fragment.username, fragment.password), fragment.candidates)
        except (ConnectionError, TimeoutError):
            await connection.close()
            return
        old, self._connection, self._restarting = self._connection, connection, None
        self._path.connection = connection
        self._spawn(self._watch(connection))
        await old.close()

    async def _watch(self, connection: IceConnection) -> None:
        """RFC 7675: the peer must consent to be sent to; aioice closes the connection when it no longer does."""
        await connection.get_event()
        if connection is self._connection and not self._is_closed:
            await self.close("connection lost")

    def _dtls_changed(self) -> None:
        if self._is_connected and self._dtls.state == "closed" and not self._is_closed:
            self._spawn(self.close("closed by peer"))

    def _end(self, reason: str) -> None:
        was_closed, self._is_closed, self._is_connected = self._is_closed, True, False
        if not was_closed:
            self._handler.closed(reason)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
