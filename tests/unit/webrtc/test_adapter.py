"""If one fails after an upgrade of aiortc or aioice, read `webrtc/adapter.py` against the new version."""

import inspect
import struct
from importlib.metadata import version

import aioice
from aioice.ice import StunProtocol
from aiortc import RTCCertificate, RTCDtlsTransport

from reelroom.webrtc.adapter import DatagramPath, DtlsSession, IceConnection, missing_names, split_flight


async def test_the_libraries_have_every_private_name_we_use():
    assert missing_names() == []


def test_the_versions_are_those_that_were_read():
    assert (version("aiortc"), version("aioice")) == ("1.16.0", "0.13.0")


def test_private_functions_take_what_they_took():
    def parameters(function):
        return list(inspect.signature(function).parameters)

    assert parameters(aioice.Connection.check_incoming) == ["self", "message", "addr", "protocol"]
    assert parameters(aioice.Connection.data_received) == ["self", "data", "component"]
    assert parameters(aioice.Connection.get_component_candidates) == ["self", "component", "addresses", "timeout"]
    assert parameters(aioice.ice.server_reflexive_candidate) == ["protocol", "stun_server"]
    assert parameters(StunProtocol.datagram_received) == ["self", "data", "addr"]
    assert parameters(RTCDtlsTransport._write_ssl) == ["self"]
    assert inspect.iscoroutinefunction(RTCDtlsTransport._write_ssl)


async def test_a_socket_takes_a_port_of_the_range():
    connection = IceConnection(print, print)
    other = IceConnection(print, print)
    await connection.gather(["127.0.0.1"], range(41_200, 41_202))
    await other.gather(["127.0.0.1"], range(41_200, 41_202))
    ports = {port for c in (connection, other) for _, port in c.host_addresses}
    assert ports == {41_200, 41_201}
    third = IceConnection(print, print)
    try:
        await third.gather(["127.0.0.1"], range(41_200, 41_202))
    except OSError:
        pass
    else:
        raise AssertionError("there was no third port")
    for c in (connection, other, third):
        await c.close()


async def test_bound_addresses_become_candidates_and_only_those():
    connection = IceConnection(print, print)
    await connection.gather(["127.0.0.1"], range(0))
    assert [c.host for c in connection.local_candidates] == ["127.0.0.1"]
    await connection.close()


async def test_datagrams_go_where_their_first_byte_says():
    media, other = [], []
    connection = IceConnection(media.append, other.append)
    await connection.gather(["127.0.0.1"], range(0))
    socket = connection._protocols[0]
    for datagram in (b"", b"\x80media", b"\xbfmedia", b"\x16dtls", b"\x00\x01not stun", b"\xc0nobody's"):
        socket.datagram_received(datagram, ("127.0.0.1", 9))
    assert media == [b"\x80media", b"\xbfmedia"]
    assert other == [b"\x16dtls", b"\x00\x01not stun", b"\xc0nobody's"]
    await connection.close()


async def test_unsolicited_dtls_is_bounded():
    path = DatagramPath()
    for _ in range(10_000):
        path.receive(b"\x16")
    assert path._arrived.qsize() <= 64
    path.close()


def record(size: int) -> bytes:
    return struct.pack("!BHHIHH", 22, 0xFEFD, 0, 0, 0, size) + bytes(size)


def test_flights_are_cut_between_records():
    flight = record(700) + record(400) + record(300) + record(50)
    assert [len(d) for d in split_flight(flight)] == [713 + 413, 313 + 63]
    assert b"".join(split_flight(flight)) == flight


def test_a_record_longer_than_a_datagram_goes_alone():
    assert [len(d) for d in split_flight(record(2000) + record(10))] == [2013, 23]


def test_a_cut_record_is_sent_as_it_is():
    assert list(split_flight(b"\x16\xfe")) == [b"\x16\xfe"]
    assert list(split_flight(b"")) == []


async def test_long_flights_leave_whole():
    """aiortc alone would send the first 1500 bytes of what OpenSSL wrote and keep the rest for another day."""
    sent = []

    class Path(DatagramPath):
        async def _send(self, data):
            sent.append(data)

    class Ssl:
        def __init__(self):
            self.left = [record(1000), record(900), b""]

        def bio_read(self, _size):
            return self.left.pop(0)

    session = DtlsSession(Path(), RTCCertificate.generateCertificate())
    session._ssl = Ssl()
    await session._write_ssl()
    assert [len(d) for d in sent] == [1013, 913]
