"""Every private name of aiortc 1.16 and aioice 0.13 that we rely on stands in this one file.

`missing_names` says which of them an upgrade took away; a unit test and the gateway's start ask it.
"""

import asyncio
import errno
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, cast

import aioice
import aioice.ice
import aioice.stun
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceTransport
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from pylibsrtp import Session

from reelroom.webrtc.udp import UdpTransport

STUN_TIMEOUT_S = 2.0  # a STUN or TURN server that does not answer delays a session by no more than this
_TLS_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
_DTLS_MTU = 1200  # bytes of handshake in one datagram; certificates may need several
_RECORD = struct.Struct("!BHHIHH")  # RFC 6347 §4.1: type, version, epoch, sequence number (6 bytes), length

_CONNECTION_NAMES: Final = (
    "_check_list_done", "_early_checks_done", "_local_candidates", "_local_candidates_end", "_local_candidates_start",
    "_nominated", "_protocols", "check_incoming", "data_received", "get_component_candidates", "protocol_lost",
    "request_received",
)  # fmt: skip
_DTLS_NAMES: Final = ("_recv_next", "_role", "_rx_srtp", "_set_role", "_ssl", "_transport", "_tx_srtp", "_write_ssl")
_PROTOCOL_NAMES: Final = ("connection_made", "datagram_received", "local_candidate", "receiver")


def missing_names() -> list[str]:
    """The private names that the installed libraries lack, as "Class.name"; empty when all is well.

    Needs a running event loop, for the libraries' own constructors.
    """
    connection = IceConnection(lambda _data: None, lambda _data: None)
    dtls = DtlsSession(DatagramPath(), RTCCertificate.generateCertificate())
    protocol = MediaSocket(connection)
    protocol.local_candidate = _host_candidate(("127.0.0.1", 9))
    wanted = ((connection, _CONNECTION_NAMES), (dtls, _DTLS_NAMES), (protocol, _PROTOCOL_NAMES))
    missing = [
        f"{type(thing).__name__}.{name}" for thing, names in wanted for name in names if not hasattr(thing, name)
    ]
    if not hasattr(aioice.ice, "server_reflexive_candidate"):
        missing.append("aioice.ice.server_reflexive_candidate")
    return missing


class MediaSocket(aioice.ice.StunProtocol):
    """One UDP socket. Media (first byte 128 to 191, RFC 7983) goes straight on: no queue, no task, no STUN parser."""

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:  # type: ignore[override]
        """Sort a datagram by its first byte: 128 to 191 is SRTP and SRTCP, 20 to 63 DTLS (RFC 7983 §7)."""
        first = data[:1]
        if b"\x80" <= first < b"\xc0":  # hot path
            self.receiver.receive_media(data)  # type: ignore[attr-defined]  # our IceConnection
        elif b"\x14" <= first < b"\x40":
            self.receiver.receive_other(data)  # type: ignore[attr-defined]
        elif first:
            try:
                super().datagram_received(data, addr)
            except (AssertionError, IndexError, KeyError, struct.error):
                return  # malformed STUN from anybody: not worth a word


class IceConnection(aioice.Connection):
    """An ICE agent whose datagrams go to two functions, and which binds the sockets it is told to."""

    def __init__(
        self,
        receive_media: Callable[[bytes], None],
        receive_other: Callable[[bytes], None],
        **servers: Any,
    ) -> None:
        """`servers`: aioice's stun_server, turn_server, turn_username, turn_password, turn_ssl, turn_transport."""
        super().__init__(ice_controlling=False, **servers)  # RFC 8445 §6.1.1: the offerer controls
        self.receive_media = receive_media
        self.receive_other = receive_other

    async def gather(self, addresses: Sequence[str], ports: range) -> None:
        """Bind one socket for each address, then ask the STUN and TURN servers. An empty `ports` means any port.

        Raises OSError when no socket could be bound.
        """
        self._local_candidates_start = True
        problem: OSError | None = None
        for address in addresses:
            try:
                self._bind(address, ports)
            except OSError as error:
                problem = error
        if not self._protocols:
            raise problem or OSError("no local address to bind")
        for candidate in await self._ask_servers():
            self._local_candidates.append(candidate)
        self._local_candidates_end = True

    def _bind(self, address: str, ports: range) -> None:
        protocol = MediaSocket(self)
        for port in random.sample(ports, len(ports)) if ports else (0,):
            try:
                transport = UdpTransport(protocol, (address, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            protocol.local_candidate = _host_candidate(transport.get_extra_info("sockname"))
            self._protocols.append(protocol)
            self._local_candidates.append(protocol.local_candidate)
            return
        raise OSError(errno.EADDRINUSE, "no UDP port of the range is free")

    async def _ask_servers(self) -> list[Candidate]:
        tasks: list[asyncio.Future[Any]] = []
        if self.stun_server:
            tasks += [
                asyncio.ensure_future(aioice.ice.server_reflexive_candidate(p, self.stun_server))
                for p in self._protocols
                if ":" not in p.local_candidate.host
            ]
        if self.turn_server:  # with no addresses the library's own function asks the TURN server only
            tasks.append(asyncio.ensure_future(self.get_component_candidates(1, [], timeout=int(STUN_TIMEOUT_S))))
        if not tasks:
            return []
        done, late = await asyncio.wait(tasks, timeout=STUN_TIMEOUT_S + 0.5)
        for task in late:
            task.cancel()
        return [c for task in done if task.exception() is None for c in _candidates_of(task.result())]

    def send_datagram(self, data: bytes) -> None:
        """Send a datagram over the nominated pair, which may change; dropped when there is none."""
        pair = self._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(data, pair.remote_addr)

    @property
    def nominated(self) -> bool:
        """Whether a pair of addresses has been agreed on."""
        return bool(self._nominated)

    @property
    def host_addresses(self) -> frozenset[tuple[str, int]]:
        """Address and port of each socket we bound ourselves."""
        hosts = (p.local_candidate for p in self._protocols if p.local_candidate.type == "host")
        return frozenset((c.host, c.port) for c in hosts)

    def check_incoming(self, message: aioice.stun.Message, addr: tuple[str, int], protocol: Any) -> None:
        """An authenticated check arrived. FFmpeg's muxer leaves out PRIORITY (RFC 8445 §7.1.1); aioice needs it."""
        message.attributes.setdefault("PRIORITY", candidate_priority(1, "prflx"))
        super().check_incoming(message, addr, protocol)

    def data_received(self, data: bytes, component: int) -> None:  # noqa: ARG002  the library's signature
        """Datagrams that came by a TURN server, which has a socket of its own."""
        if b"\x80" <= data[:1] < b"\xc0":
            self.receive_media(data)
        else:
            self.receive_other(data)

    def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket closed. Nobody reads the library's own queue, so there is nobody to wake."""


def _host_candidate(address: tuple[Any, ...]) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address[0]),
        component=1,
        transport="udp",
        priority=candidate_priority(1, "host"),
        host=address[0],
        port=address[1],
        type="host",
    )


def _candidates_of(result: Any) -> list[Candidate]:
    return list(result) if isinstance(result, list) else [result[0]]


class DatagramPath:
    """Carries DTLS over the ICE connection of the moment, which an ICE restart replaces.

    aiortc knows `role`, `_recv` and `_send` from its own RTCIceTransport.
    """

    role = "controlled"

    def __init__(self) -> None:
        self.connection: IceConnection | None = None
        self._arrived: asyncio.Queue[bytes | None] = asyncio.Queue(64)  # bounded: anybody may send us datagrams

    def receive(self, data: bytes) -> None:
        """A datagram that is neither media nor STUN arrived. A full queue drops it: DTLS sends again."""
        if not self._arrived.full():
            self._arrived.put_nowait(data)

    def close(self) -> None:
        """Wake DTLS with the news that nothing comes any more."""
        if self._arrived.full():
            self._arrived.get_nowait()
        self._arrived.put_nowait(None)

    async def _recv(self) -> bytes:
        data = await self._arrived.get()
        if data is None:
            raise ConnectionError("the ICE connection is closed")
        return data

    async def _send(self, data: bytes) -> None:
        if self.connection is None or not self.connection.nominated:
            raise ConnectionError("the ICE connection is closed")
        self.connection.send_datagram(data)


class DtlsSession(RTCDtlsTransport):
    """A DTLS session that cuts its flights between records and hands out its SRTP sessions."""

    def __init__(self, path: DatagramPath, certificate: RTCCertificate) -> None:
        super().__init__(cast("RTCIceTransport", path), [certificate])

    def set_role(self, role: str) -> None:
        """`role`: "server" (the peer said active or actpass) or "client" (the peer said passive)."""
        self._set_role(role)

    @property
    def incoming(self) -> Session:
        """Unprotects what the peer sends; once connected."""
        return self._rx_srtp

    @property
    def outgoing(self) -> Session:
        """Protects what we send; once connected."""
        return self._tx_srtp

    @property
    def refusal(self) -> str:
        """Why OpenSSL is known to refuse the peer's certificate; empty if it is not. aiortc swallows the reason.

        FFmpeg built with GnuTLS makes certificates on secp224r1, a curve that OpenSSL 4 has no TLS group for.
        """
        certificate = self._ssl.get_peer_certificate(as_cryptography=True) if self._ssl else None
        key = certificate.public_key() if certificate else None
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _TLS_CURVES:
            return f"the peer's DTLS certificate is on curve {key.curve.name}; it needs one on {_TLS_CURVES[0]}"
        return ""

    async def _write_ssl(self) -> None:
        """Send all that OpenSSL wrote. The library reads 1500 bytes once, so a longer flight lost its second half."""
        flight = b""
        while chunk := self._read_bio():
            flight += chunk
        for datagram in split_flight(flight):
            await self._transport._send(datagram)  # noqa: SLF001  our DatagramPath

    def _read_bio(self) -> bytes:
        try:
            return self._ssl.bio_read(65_536) if self._ssl else b""
        except SSL.Error:
            return b""


def split_flight(flight: bytes, mtu: int = _DTLS_MTU) -> Iterator[bytes]:
    """Datagrams of whole DTLS records, each of at most `mtu` bytes unless a single record is longer."""
    start = end = 0
    while end < len(flight):
        length = _record_length(flight, end)
        if end > start and end + length - start > mtu:
            yield flight[start:end]
            start = end
        end += length
    if end > start:
        yield flight[start:]


def _record_length(flight: bytes, at: int) -> int:
    if len(flight) - at < _RECORD.size:
        return len(flight) - at
    return _RECORD.size + cast("int", _RECORD.unpack_from(flight, at)[5])
