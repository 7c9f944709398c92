"""CPU of receiving: our gateway, journalling, beside stock aiortc without its decoder.

    python benchmarks/receive.py [--publishers 8 20] [--seconds 10]

Each publisher sends pre-packetised 1280x720 H264 and Opus, about 1.5 Mbps, from a process of its own kind, so that
senders cost little. Both receivers get the same senders one after the other, in alternating order, and are measured by
the CPU time of their process. Prints a table, then one line of JSON.
"""

import argparse
import asyncio
import collections
import json
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import uvicorn
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    rtcrtpreceiver,
)
from aiortc.codecs.h264 import H264Encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reelroom.apps import ensure_app, read_apps
from reelroom.config import load
from reelroom.database import Database, NewTask, SecretKey
from reelroom.nudges import send_nudge
from reelroom.rooms.paths import stream_path
from reelroom.rooms.tokens import RoomToken, make_token
from reelroom.rtp.ntp import ns_to_ntp
from reelroom.rtp.packet import RtpPacket
from reelroom.rtp.rtcp import SenderReport, build_sender_report
from reelroom.spec import RecordSpec
from reelroom.units import RoomId, TaskId, UserId

TARGET = 0.4
SETTLE_S = 3.0
SENDERS = 2  # processes
LOOP_FRAMES = 120  # 4 s
PERIOD_S = 1 / 30
PACE_S = 0.005
PACED_BYTES = 2.5 * 1_500_000 / 8 * PACE_S
ROOM = "bench"


# --- the programme ----------------------------------------------------------------------------------------------


def make_programme(folder: Path) -> Path:
    """One loop of payloads as JSON lines of hex: video frames of packets, and audio packets."""
    chance = np.random.default_rng(1)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 1280, 720, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.bit_rate = Fraction(1, 30), Fraction(30), 1_700_000
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "bf": "0", "profile": "baseline", "g": "999",
                       "x264-params": "vbv-maxrate=1700:vbv-bufsize=850:repeat-headers=1:sliced-threads=0"}  # fmt: skip
    still = chance.integers(0, 255, (720, 1280, 3), np.uint8)
    frames = []
    for number in range(LOOP_FRAMES):
        picture = np.roll(still, number * 4, axis=1) // 2
        picture[200:328, 200:456] = chance.integers(0, 255, (128, 256, 3), np.uint8)  # costs bits in every frame
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        for packet in encoder.encode(frame):
            packet.time_base = Fraction(1, 30)
            payloads, _ = H264Encoder().pack(packet)
            frames.append([payload.hex() for payload in payloads])
    sound = av.CodecContext.create("libopus", "w")
    sound.sample_rate, sound.layout, sound.format, sound.bit_rate = 48_000, "stereo", "s16", 48_000
    audio = []
    for number in range(LOOP_FRAMES * 50 // 30):
        samples = chance.integers(-3000, 3000, (1, 1920), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, number * 960
        audio += [bytes(packet).hex() for packet in sound.encode(frame)]
    path = folder / "programme.json"
    path.write_text(json.dumps({"video": frames, "audio": audio}))
    return path


# --- senders ----------------------------------------------------------------------------------------------------


class Silent(MediaStreamTrack):
    """Is negotiated, and never sends by itself."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__()

    async def recv(self) -> Any:
        await asyncio.Event().wait()


class Sender:
    """One publisher: WHIP by aiortc, packets by hand."""

    def __init__(self, programme: dict[str, list[Any]], seed: int) -> None:
        chance = random.Random(seed)
        self._programme = programme
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._sequences = {"video": chance.randrange(1000), "audio": chance.randrange(1000)}
        self._start = {"video": chance.randrange(1 << 30), "audio": chance.randrange(1 << 30)}
        self._phase_s = chance.random() * PERIOD_S
        self._sent = {"video": 0, "audio": 0}
        self._paced: collections.deque[Any] = collections.deque()
        self._budget = 0.0

    async def connect(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._senders = {kind: self._connection.addTrack(Silent(kind)) for kind in ("audio", "video")}
        codecs = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.name in ("H264", "rtx")]
        for transceiver in self._connection.getTransceivers():
            transceiver.direction = "sendonly"
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(codecs)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        response = await http.post(url, content=self._connection.localDescription.sdp, headers=headers)
        response.raise_for_status()
        await self._connection.setRemoteDescription(RTCSessionDescription(response.text, "answer"))
        connected = asyncio.Event()
        self._connection.on("connectionstatechange", connected.set)  # the first change after "connecting"
        while self._connection.connectionState != "connected":
            await connected.wait()
            connected.clear()
        self._types = {
            t.kind: next(c.payloadType for c in t._codecs if c.name != "rtx")
            for t in self._connection.getTransceivers()
        }
        self._extensions = {t.kind: self._agreed(t) for t in self._connection.getTransceivers()}
        self._dtls = self._senders["video"].transport
        self._pair = self._dtls.transport._connection._nominated[1]

    @staticmethod
    def _agreed(transceiver: Any) -> bytes:
        """The header extensions that the receiver asked for, as every browser sends them: mid, abs-send-time."""
        ids = {e.uri.rpartition(":")[2].rpartition("/")[2]: e.id for e in transceiver._headerExtensions}
        body = b""
        if "mid" in ids:
            body += bytes([ids["mid"] << 4 | len(transceiver.mid) - 1]) + transceiver.mid.encode()
        if "abs-send-time" in ids:
            body += bytes([ids["abs-send-time"] << 4 | 2]) + b"%s"  # 24 bits, for each packet
        return body

    def send_due(self, elapsed_s: float) -> None:
        elapsed_s += self._phase_s
        for kind, rate, step in (("video", 30, 3000), ("audio", 50, 960)):
            while self._sent[kind] < elapsed_s * rate:
                loop = self._programme[kind]
                entry = loop[self._sent[kind] % len(loop)]
                timestamp = self._start[kind] + self._sent[kind] * step
                payloads = entry if kind == "video" else [entry]
                for number, payload in enumerate(payloads):
                    marker = kind == "video" and number + 1 == len(payloads)
                    self._paced.append((kind, payload, timestamp, marker))
                if self._sent[kind] % rate == 0:
                    self._report(kind, timestamp)
                self._sent[kind] += 1
        self._pace()

    def _pace(self) -> None:
        """As libwebrtc's pacer: 2.5 times the bit rate, looked at every 5 ms; audio does not wait."""
        self._budget = min(self._budget, 0.0) + PACED_BYTES
        waiting = collections.deque[Any]()
        for entry in self._paced:
            if entry[0] == "audio" or self._budget > 0:
                self._budget -= len(entry[1]) if entry[0] == "video" else 0
                self._send(*entry)
            else:
                waiting.append(entry)
        self._paced = waiting

    def _send(self, kind: str, payload: bytes, timestamp: int, marker: bool) -> None:
        ssrc = self._senders[kind]._ssrc
        sequence = self._sequences[kind] = (self._sequences[kind] + 1) % 65_536
        packet = RtpPacket(self._types[kind], marker, sequence, timestamp % (1 << 32), ssrc, payload).to_bytes()
        if body := self._extensions[kind]:
            body = body.replace(b"%s", (int(time.time() * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big"))
            body += bytes(-len(body) % 4)
            head = struct.pack("!HH", 0xBEDE, len(body) // 4)
            packet = bytes([packet[0] | 0x10]) + packet[1:12] + head + body + packet[12:]
        self._pair.protocol.transport.sendto(self._dtls._tx_srtp.protect(packet), self._pair.remote_addr)

    def _report(self, kind: str, timestamp: int) -> None:
        report = SenderReport(self._senders[kind]._ssrc, ns_to_ntp(time.time_ns()), timestamp % (1 << 32))
        data = self._dtls._tx_srtp.protect_rtcp(build_sender_report(report))
        self._pair.protocol.transport.sendto(data, self._pair.remote_addr)


async def send(programme_path: str, socket: str, targets: list[list[str]]) -> None:
    """A sender process: connect to every target, say so, send until killed."""
    raw = json.loads(Path(programme_path).read_text())  # noqa: ASYNC240  nothing runs yet
    programme = {
        "video": [[bytes.fromhex(p) for p in frame] for frame in raw["video"]],
        "audio": [bytes.fromhex(p) for p in raw["audio"]],
    }
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=socket), timeout=30) as http:
        senders = [Sender(programme, zlib.crc32(target[0].encode())) for target in targets]
        for sender, (url, token) in zip(senders, targets, strict=True):
            await sender.connect(http, url, token)
    print("ready", flush=True)
    begun = time.monotonic()
    while True:
        for sender in senders:
            sender.send_due(time.monotonic() - begun)
        await asyncio.sleep(PACE_S)


# --- receivers --------------------------------------------------------------------------------------------------


def receive_stock(socket: str) -> None:
    """aiortc as it is, but for its decoder: the thread takes encoded frames and throws them away."""

    def throw_away(_loop: Any, input_q: Any, *_others: Any) -> None:
        while input_q.get() is not None:
            pass

    rtcrtpreceiver.decoder_worker = throw_away
    connections = []

    async def whip(request: Request) -> Response:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        await connection.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return Response(connection.localDescription.sdp, 201, media_type="application/sdp")

    async def stats(_request: Request) -> Response:
        packets = sum(
            stream.packets_received
            for connection in connections
            for receiver in connection.getReceivers()
            for stream in receiver._RTCRtpReceiver__remote_streams.values()
        )
        return Response(json.dumps({"packets": packets}))

    routes = [Route("/whip/{rest:path}", whip, methods=["POST"]), Route("/stats", stats)]
    uvicorn.run(Starlette(routes=routes), uds=socket, log_config=None, loop="asyncio")


@contextmanager
def stock(folder: Path) -> Iterator[tuple[int, Path, Any]]:
    """pid, socket, and a maker of targets."""
    socket = folder / "stock.sock"
    process = subprocess.Popen([sys.executable, __file__, "--receive-stock", str(socket)])
    try:
        wait_for(socket)
        yield process.pid, socket, lambda n: [(f"http://x/whip/1/{ROOM}/s{i}", "none") for i in range(n)]
    finally:
        process.kill()
        process.wait()


@contextmanager
def ours(folder: Path) -> Iterator[tuple[int, Path, Any]]:
    """The gateway process itself, with a task that wants every stream."""
    data = Path(tempfile.mkdtemp(dir=folder))
    ensure_app(load(data, environment={}))
    app = read_apps(data)[0]
    database = Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key"))
    database.migrate()
    spec = RecordSpec(app=app.id, room=RoomId(ROOM))
    database.create_task(NewTask(task=TaskId("bench"), spec=spec), time.time_ns())
    # no addresses named: as stock aiortc, every address of the machine
    process = subprocess.Popen([sys.executable, "-m", "reelroom", "gateway", "--data", str(data)],
                               env={**os.environ, "REELROOM_LOG__LEVEL": "warning"})  # fmt: skip
    token = RoomToken(app=app.id, room=RoomId(ROOM), user=UserId("bench"), publish=True)
    text = make_token(token, app.server_secret, expires_s=int(time.time()) + 3600)
    socket = data / "run" / "gateway.sock"
    try:
        wait_for(socket)
        send_nudge(data / "run", "gateway")
        yield (
            process.pid,
            socket,
            lambda n: [("http://x" + stream_path("whip", app.id, ROOM, f"s{i}"), text) for i in range(n)],
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        database.close()


def wait_for(socket: Path) -> None:
    for _ in range(400):
        try:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as http:
                http.get("http://x/stats")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"{socket} does not answer")


# --- measuring --------------------------------------------------------------------------------------------------


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads, by the scheduler's own clock: /proc/<pid>/stat only samples."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def packets(socket: Path) -> int:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as http:
        return int(http.get("http://x/stats").json()["packets"])


def measure(make: Any, folder: Path, programme: Path, publishers: int, seconds: float) -> dict[str, float]:
    with make(folder) as (pid, socket, targets):
        wanted = targets(publishers)
        senders = [
            subprocess.Popen(
                [
                    sys.executable,
                    str(Path(__file__)),
                    "--send",
                    str(programme),
                    str(socket),
                    json.dumps(wanted[n::SENDERS]),
                ],
                stdout=subprocess.PIPE,
            )
            for n in range(SENDERS)
        ]
        try:
            for sender in senders:
                assert sender.stdout is not None
                assert sender.stdout.readline() == b"ready\n"
            time.sleep(SETTLE_S)
            begun, before, received = time.monotonic(), cpu_s(pid), packets(socket)
            time.sleep(seconds)
            elapsed = time.monotonic() - begun
            used, received = cpu_s(pid) - before, packets(socket) - received
            return {
                "core_percent": 100 * used / elapsed,
                "per_publisher_percent": 100 * used / elapsed / publishers,
                "us_per_packet": 1e6 * used / max(1, received),
                "packets_per_s": received / elapsed,
                "rss_mb": rss_mb(pid),
            }
        finally:
            for sender in senders:
                sender.kill()
                sender.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publishers", type=int, nargs="+", default=[8, 20])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programme = make_programme(folder)
        print("publishers  receiver   core %  per publisher %  us/packet  packets/s  RSS MB")
        for publishers in arguments.publishers:
            rounds: dict[str, list[dict[str, float]]] = {"stock": [], "reelroom": []}
            for number in range(arguments.rounds):
                order = [("stock", stock), ("reelroom", ours)]
                for kind, make in order if number % 2 == 0 else reversed(order):
                    rounds[kind].append(measure(make, folder, programme, publishers, arguments.seconds))
            mean = {
                kind: {key: statistics.mean(r[key] for r in all_) for key in all_[0]} for kind, all_ in rounds.items()
            }
            for kind, m in mean.items():
                print(f"{publishers:10}  {kind:9} {m['core_percent']:7.1f} {m['per_publisher_percent']:16.2f}"
                      f" {m['us_per_packet']:10.1f} {m['packets_per_s']:10.0f} {m['rss_mb']:7.0f}")  # fmt: skip
            ratio = mean["reelroom"]["per_publisher_percent"] / mean["stock"]["per_publisher_percent"]
            print(f"{publishers:10}  ratio     {ratio:7.2f}  (target <= {TARGET})")
            results.append({"publishers": publishers, "ratio": round(ratio, 3), **mean})
    print(json.dumps({"benchmark": "receive", "target_ratio": TARGET, "results": results}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        asyncio.run(send(sys.argv[2], sys.argv[3], json.loads(sys.argv[4])))
    elif sys.argv[1:2] == ["--receive-stock"]:
        receive_stock(sys.argv[2])
    else:
        main()
