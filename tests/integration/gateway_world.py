"""A gateway process of its own, and peers of another implementation (aiortc) that publish and view."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av
import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame

from reelroom.apps import ensure_app, read_apps
from reelroom.config import load
from reelroom.database import Database, NewTask, SecretKey
from reelroom.events import Event, from_line
from reelroom.nudges import holder, send_nudge
from reelroom.rooms.paths import stream_path
from reelroom.rooms.tokens import RoomToken, make_token
from reelroom.spec import RecordSpec, Tracks
from reelroom.task import Stage
from reelroom.units import RoomId, StreamId, TaskId, UserId

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


class World:
    """One data folder, its gateway process, its database and HTTP to it."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.data = data
        self.run = data / "run"
        self._environment = {
            **os.environ, "REELROOM_ROOMS__BIND": '["127.0.0.1"]', "REELROOM_JOURNAL__KEEP_S": "3600", **environment,
        }  # fmt: skip
        ensure_app(load(data, environment={}))
        self.app = read_apps(data)[0]
        self.database = Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key"))
        self.database.migrate()
        self.http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(self.run / "gateway.sock")))
        self._peers: list[RTCPeerConnection] = []
        self._process: subprocess.Popen[bytes] | None = None

    # --- life -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the gateway and wait until it answers."""
        command = [sys.executable, "-m", "reelroom", "gateway", "--data", str(self.data)]
        with (self.data / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220  starting takes no time worth a thread
                command, env=self._environment, stderr=log, cwd=self.data
            )
        await self.until(self._answers, "the gateway's first answer")

    async def stop(self, number: int = signal.SIGTERM) -> None:
        """End the gateway by a signal and wait for its end."""
        assert self._process is not None
        self._process.send_signal(number)
        await asyncio.to_thread(self._process.wait, 20)

    async def close(self) -> None:
        """End everything."""
        for peer in self._peers:
            await peer.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        await self.http.aclose()
        self.database.close()

    @property
    def pid(self) -> int:
        """Of the gateway."""
        found = holder(self.run, "gateway")
        assert found is not None
        return found

    async def _answers(self) -> bool:
        try:
            return (await self.http.get("http://gateway/healthz")).status_code == 200
        except httpx.TransportError:
            return False

    async def until(self, look: Callable[[], Any], what: str, within_s: float = 20.0) -> Any:
        """The first true value of `look`, which may be asynchronous."""
        deadline = time.monotonic() + within_s
        while True:
            found = look()
            value = await found if isinstance(found, Awaitable) else found
            if value:
                return value
            if time.monotonic() > deadline:
                log = (self.data / "gateway.log").read_text().splitlines()[-20:]
                raise TimeoutError("\n".join([f"{what}: not within {within_s} s", *log]))
            await asyncio.sleep(0.02)

    # --- rooms ------------------------------------------------------------------------------------------------

    def token(self, room: str = "room", user: str = "anna", *, expires_in_s: float = 600, **claims: Any) -> str:
        """A token that may publish and view."""
        grant = {"app": self.app.id, "name": user.title(), "publish": True, "view": True, **claims}
        token = RoomToken(room=RoomId(room), user=UserId(user), **grant)
        return make_token(token, self.app.server_secret, expires_s=int(time.time() + expires_in_s))

    def url(self, protocol: str, room: str = "room", stream: str = "camera") -> str:
        """Where to post an offer."""
        return "http://gateway" + stream_path(protocol, self.app.id, room, stream)

    def bearer(self, token: str | None = None, **headers: str) -> dict[str, str]:
        """Request headers."""
        return {"Authorization": f"Bearer {token or self.token()}", **headers}

    async def post(self, offer: str, protocol: str = "whip", **where: str) -> httpx.Response:
        """Post an offer as `user`."""
        user = where.pop("user", "anna")
        token = self.token(where.get("room", "room"), user)
        return await self.http.post(self.url(protocol, **where), content=offer, headers=self.bearer(token, **SDP))

    def peer(self) -> RTCPeerConnection:
        """A peer without STUN."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)
        return peer

    async def publish(self, *tracks: MediaStreamTrack, codec: str = "H264", **where: str) -> "Peer":
        """Publish and wait until connected. `where`: room, stream, user."""
        connection = self.peer()
        for track in tracks or (Picture(), AudioStreamTrack()):
            sender = connection.addTrack(track)
            if track.kind == "video":
                transceiver = next(t for t in connection.getTransceivers() if t.sender is sender)
                offered = RTCRtpSender.getCapabilities("video").codecs
                transceiver.setCodecPreferences([c for c in offered if c.name in (codec, "rtx")])
        for transceiver in connection.getTransceivers():
            transceiver.direction = "sendonly"
        return await self._connect(connection, "whip", **where)

    async def view(self, **where: str) -> "Peer":
        """View and wait until connected."""
        connection = self.peer()
        peer = Peer(connection, {}, self)
        connection.on("track", lambda track: peer.tracks.update({track.kind: track}))
        for kind in ("audio", "video"):
            connection.addTransceiver(kind, direction="recvonly")
        await self._connect(connection, "whep", peer, **where)
        return peer

    async def _connect(
        self, connection: RTCPeerConnection, protocol: str, peer: "Peer | None" = None, **where: str
    ) -> "Peer":
        await connection.setLocalDescription(await connection.createOffer())
        response = await self.post(connection.localDescription.sdp, protocol, **where)
        assert response.status_code == 201, response.text
        await connection.setRemoteDescription(RTCSessionDescription(response.text, "answer"))
        await self.until(lambda: connection.connectionState == "connected", "a connection")
        peer = peer or Peer(connection, {}, self)
        peer.headers = response.headers
        return peer

    async def streams(self, room: str = "room") -> list[dict[str, Any]]:
        """Who publishes."""
        path = f"http://gateway/rooms/{self.app.id}/{quote(room, safe='')}"
        return (await self.http.get(path, headers=self.bearer(self.token(room)))).json()["streams"]

    async def stats(self) -> dict[str, int]:
        """The gateway's numbers."""
        return (await self.http.get("http://gateway/stats")).json()

    # --- tasks ------------------------------------------------------------------------------------------------

    def want(
        self, task: str = "task", room: str = "room", tracks: Tracks = Tracks.TOGETHER, streams: Iterable[str] = ()
    ) -> TaskId:
        """Begin a task."""
        wanted = tuple(StreamId(s) for s in streams)
        spec = RecordSpec(app=self.app.id, room=RoomId(room), tracks=tracks, streams=wanted)
        self.database.create_task(NewTask(task=TaskId(task), spec=spec), time.time_ns())
        send_nudge(self.run, "gateway")
        return TaskId(task)

    def unwant(self, task: TaskId) -> None:
        """End a task as a caller does."""
        self.database.stop_task(task, self.app.id, time.time_ns())
        send_nudge(self.run, "gateway")

    def release(self, task: TaskId) -> None:
        """Say that the task's journal is not needed any more, as its recorder does."""
        session = self.database.session(task, self.database.take_epoch(task))
        session.stage(Stage.FINISHING)
        session.stage(Stage.DELIVERING)
        send_nudge(self.run, "gateway")

    def room_log(self, task: TaskId) -> list[Event]:
        """What the gateway wrote for a task."""
        return read_log(self.data / "journal" / "tasks" / f"{task}.jsonl")

    async def event(self, task: TaskId, kind: type[Event], number: int = 1) -> Any:
        """Wait for the so-many-th event of a kind in a room log."""

        def look() -> list[Event]:
            found = [e for e in self.room_log(task) if isinstance(e, kind)]
            return found[number - 1 :]

        return (await self.until(look, f"{kind.__name__} of {task}"))[0]

    def capture_log(self, capture: str) -> list[Event]:
        """The log of a capture."""
        return read_log(self.data / "journal" / "captures" / capture / "log.jsonl")

    def captured_bytes(self, capture: str, kind: str) -> int:
        """Size of all files of one kind."""
        folder = self.data / "journal" / "captures" / capture
        return sum(path.stat().st_size for path in folder.glob(f"{kind}-*.mkv"))

    async def grown(self, capture: str, kind: str, by: int = 4000) -> None:
        """Wait until a track has grown by so many bytes."""
        before = self.captured_bytes(capture, kind)
        await self.until(lambda: self.captured_bytes(capture, kind) >= before + by, f"{kind} of {capture}")

    def decode(self, capture: str, kind: str) -> int:
        """Frames that decode, of all files of one kind; every packet must."""
        frames = 0
        for path in sorted((self.data / "journal" / "captures" / capture).glob(f"{kind}-*.mkv")):
            with av.open(str(path)) as container:
                frames += sum(1 for _ in container.decode(container.streams[0]))
        return frames


class Peer:
    """An aiortc client's session."""

    def __init__(self, connection: RTCPeerConnection, headers: Any, world: World) -> None:
        self.connection = connection
        self.headers = headers
        self.tracks: dict[str, MediaStreamTrack] = {}
        self._world = world

    @property
    def session(self) -> str:
        """Session URL."""
        return "http://gateway" + self.headers["location"]

    async def leave(self) -> httpx.Response:
        """End by DELETE."""
        return await self._world.http.delete(self.session, headers=self._world.bearer())


class Picture(VideoStreamTrack):
    """A moving picture that costs little to encode."""

    def __init__(self, width: int = 160, height: int = 96) -> None:
        super().__init__()
        self._size = (height, width, 3)
        self._number = 0

    async def recv(self) -> VideoFrame:
        """The next frame, at 30 frames a second."""
        timestamp, base = await self.next_timestamp()
        pixels = np.full(self._size, self._number % 256, np.uint8)
        pixels[:, : self._number % self._size[1]] = 200
        self._number += 1
        frame = VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = timestamp, base
        return frame


def read_log(path: Path) -> list[Event]:
    """Whole lines of a journal log."""
    text = path.read_text() if path.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [event for line in lines if (event := from_line(json.loads(line))) is not None]
