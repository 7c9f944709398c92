"""Chromium and FFmpeg publish to a whole server; what a browser alone can do, such as an ICE restart."""

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCCertificate
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.integration.gateway_world import read_log
from tests.support.browser import Browser, running_browser
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.database import Database, NewTask, SecretKey
from reelroom.events import Captured, CaptureEnded, Event, Gap, TrackOpened
from reelroom.nudges import send_nudge
from reelroom.spec import RecordSpec
from reelroom.units import JOURNAL_RATE, Codec, MediaKind, RoomId, TaskId

KEEP = {"REELROOM_JOURNAL__KEEP_S": "3600"}

# Trickles: the offer goes without candidates, they follow by PATCH.
TRICKLE = """async ([url, token]) => {
  const connection = new RTCPeerConnection();
  window.trickled = connection;
  const canvas = document.createElement("canvas");
  connection.addTransceiver(canvas.captureStream(10).getVideoTracks()[0], { direction: "sendonly" });
  const found = [];
  const all = new Promise((done) => connection.addEventListener("icecandidate", (e) =>
    e.candidate ? found.push(e.candidate.candidate) : done()));
  const offer = await connection.createOffer();
  const headers = { Authorization: `Bearer ${token}` };
  const answered = await fetch(url, { method: "POST", body: offer.sdp,
    headers: { ...headers, "Content-Type": "application/sdp" } });
  await connection.setLocalDescription(offer);
  await connection.setRemoteDescription({ type: "answer", sdp: await answered.text() });
  await all;
  const line = (name) => offer.sdp.split("\\r\\n").find((l) => l.startsWith(name));
  const body = [line("a=ice-ufrag:"), line("a=ice-pwd:"), "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0",
    ...found.map((c) => `a=${c}`), "a=end-of-candidates", ""].join("\\r\\n");
  const patched = await fetch(new URL(answered.headers.get("Location"), url), { method: "PATCH", body,
    headers: { ...headers, "Content-Type": "application/trickle-ice-sdpfrag",
      "If-Match": answered.headers.get("ETag") } });
  await new Promise((done) => { const look = () => connection.connectionState === "connected" && done();
    connection.addEventListener("connectionstatechange", look); look(); });
  return [answered.status, patched.status, found.length];
}"""

# RFC 9725 §4.3.3: new credentials by PATCH with If-Match "*", the answer's credentials into the old answer.
RESTART = """async () => {
  const pair = async () => {
    const all = [...(await connection.getStats()).values()];
    const transport = all.find((r) => r.type === "transport");
    const chosen = all.find((r) => r.id === transport.selectedCandidatePairId);
    return all.find((r) => r.id === chosen.remoteCandidateId).port;
  };
  const before = await pair();
  connection.restartIce();
  await connection.setLocalDescription();
  await new Promise((done) => { const look = () => connection.iceGatheringState === "complete" && done();
    connection.addEventListener("icegatheringstatechange", look); look(); });
  const lines = connection.localDescription.sdp.split("\\r\\n");
  const of = (name, all) => all.filter((l) => l.startsWith(name));
  const body = [of("a=ice-ufrag:", lines)[0], of("a=ice-pwd:", lines)[0], "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0",
    ...of("a=candidate:", lines), ""].join("\\r\\n");
  const response = await fetch(session, { method: "PATCH", body, headers: { Authorization: `Bearer ${settings.token}`,
    "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" } });
  const fresh = (await response.text()).split("\\r\\n");
  const sdp = connection.currentRemoteDescription.sdp.split("\\r\\n").flatMap((l) =>
    l.startsWith("a=ice-ufrag:") ? of("a=ice-ufrag:", fresh) : l.startsWith("a=ice-pwd:") ? of("a=ice-pwd:", fresh) :
    l.startsWith("a=candidate:") ? of("a=candidate:", fresh) : [l]).join("\\r\\n");
  await connection.setRemoteDescription({ type: "answer", sdp });
  for (let tries = 0; tries < 200 && (await pair()) === before; tries++) await new Promise((d) => setTimeout(d, 50));
  return [response.status, before, await pair()];
}"""


@pytest.fixture(scope="module", name="chromium")
def chromium_fixture() -> Iterator[Browser]:
    with running_browser() as opened:
        yield opened


@pytest.fixture(name="browser")
def browser_fixture(chromium: Browser) -> Iterator[Browser]:
    yield chromium
    print("\n".join(chromium.lines))
    chromium.close_pages()


@pytest.fixture(name="server")
def server_fixture(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ReelroomServer]:
    with running_server(tmp_path, {**KEEP, **getattr(request, "param", {})}) as server:
        yield server


def want(server: ReelroomServer, task: str = "task") -> TaskId:
    """A task of the room "room", without a caller."""
    with Database.open(server.data / "reelroom.db", SecretKey.load_or_create(server.data / "secret.key")) as database:
        spec = RecordSpec(app=server.app.id, room=RoomId("room"))
        database.create_task(NewTask(task=TaskId(task), spec=spec), time.time_ns())
    send_nudge(server.run, "gateway")
    return TaskId(task)


def captured(server: ReelroomServer, task: TaskId) -> str:
    """The first capture of a task."""
    return next(e.capture for e in server.room_log(task) if isinstance(e, Captured))


def log_of(server: ReelroomServer, capture: str) -> list[Event]:
    return read_log(server.data / "journal" / "captures" / capture / "log.jsonl")


def decode(server: ReelroomServer, capture: str, kind: MediaKind) -> int:
    frames = 0
    for path in sorted((server.data / "journal" / "captures" / capture).glob(f"{kind}-*.mkv")):
        with av.open(str(path)) as container:
            frames += sum(1 for _ in container.decode(container.streams[0]))
    return frames


def wait_ended(server: ReelroomServer, capture: str) -> None:
    wait_until(lambda: isinstance(log_of(server, capture)[-1], CaptureEnded), "the capture's end")


@pytest.mark.browser
@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8, Codec.VP9, Codec.AV1])
def test_chromium_is_journalled_and_viewed(server: ReelroomServer, browser: Browser, codec: Codec):
    task = want(server)
    publisher = browser.publisher(server, "room", "camera", codec=codec.value).wait_connected()
    server.wait_recording(task)
    viewer = browser.viewer(server, "room", "camera")
    viewer.wait_flashes(2)
    assert viewer.broken == 0
    assert viewer.heard > 20
    drawn = publisher.frames_drawn
    publisher.leave()
    capture = captured(server, task)
    wait_ended(server, capture)
    opened = {e.kind: e.codec for e in log_of(server, capture) if isinstance(e, TrackOpened)}
    assert opened == {MediaKind.VIDEO: codec, MediaKind.AUDIO: Codec.OPUS}
    assert 15 <= decode(server, capture, MediaKind.VIDEO) <= drawn + 15
    assert decode(server, capture, MediaKind.AUDIO) > 50


@pytest.mark.browser
def test_candidates_may_trickle(server: ReelroomServer, browser: Browser):
    page = browser.page()
    page.goto(f"{server.url}/healthz")
    url = f"{server.url}/whip/{server.app.id}/room/camera"
    posted, patched, candidates = page.evaluate(TRICKLE, [url, server.token("room")])
    assert (posted, patched) == (201, 204)
    assert candidates > 0
    server.wait_published("room", "camera")


@pytest.mark.browser
def test_an_ice_restart_keeps_the_publication(server: ReelroomServer, browser: Browser):
    task = want(server)
    publisher = browser.publisher(server, "room", "camera").wait_connected()
    server.wait_recording(task)
    status, port_before, port_after = publisher._page.evaluate(RESTART)
    assert status == 200
    assert port_before != port_after, "media goes to the new socket"
    capture = captured(server, task)
    size = lambda: sum(p.stat().st_size for p in (server.data / "journal" / "captures" / capture).glob("*.mkv"))  # noqa: E731
    before = size()
    wait_until(lambda: size() > before + 20_000, "frames after the restart")
    publisher.leave()
    wait_ended(server, capture)
    assert [type(e).__name__ for e in server.room_log(task)] == ["Joined", "Published", "Captured", "Unpublished"]
    assert not any(isinstance(e, Gap) for e in log_of(server, capture))


@pytest.mark.browser
@pytest.mark.parametrize(
    "server", [{"REELROOM_TEST_LOSS": f"{percent},2,7"} for percent in (2, 5, 10)], indirect=True, ids=str
)
def test_loss_makes_no_gap_over_a_second(server: ReelroomServer, browser: Browser):
    task = want(server)
    publisher = browser.publisher(server, "room", "camera", bitrate=800_000, width=640, height=360).wait_connected()
    server.wait_recording(task)
    publisher.wait_frames(120)
    publisher.leave()
    capture = captured(server, task)
    wait_ended(server, capture)
    gaps = [e for e in log_of(server, capture) if isinstance(e, Gap) and e.kind is MediaKind.VIDEO]
    assert all(gap.end - gap.start <= JOURNAL_RATE for gap in gaps), gaps
    assert decode(server, capture, MediaKind.VIDEO) >= 90


def pem_files(folder: Path) -> dict[str, str]:
    """A certificate on P-256, as the documentation tells users of FFmpeg with GnuTLS to make."""
    made = RTCCertificate.generateCertificate()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made._cert.public_bytes(Encoding.PEM))
    key.write_bytes(made._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"cert_file": str(certificate), "key_file": str(key)}


def send_programme(url: str, options: dict[str, str], frames: int) -> None:
    """Encode and publish with FFmpeg's own WHIP muxer, in real time."""
    container = av.open(url, "w", format="whip", options=options)
    video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "tune": "zerolatency", "bf": "0"})
    video.width, video.height, video.pix_fmt, video.profile = 320, 192, "yuv420p", "Baseline"
    audio: Any = container.add_stream("libopus", rate=48_000)
    audio.layout = "stereo"
    begun = None
    for number in range(frames):
        picture = av.VideoFrame.from_ndarray(np.full((192, 320, 3), number % 256, np.uint8), format="rgb24")
        picture.pts, picture.time_base = number, Fraction(1, 30)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 3200), np.int16), format="s16", layout="stereo")
        sound.sample_rate, sound.pts, sound.time_base = 48_000, number * 1600, Fraction(1, 48_000)
        for packet in [*video.encode(picture), *audio.encode(sound)]:
            container.mux(packet)
        begun = begun or time.monotonic()
        time.sleep(max(0.0, begun + number / 30 - time.monotonic()))
    container.close()


def test_ffmpeg_publishes(server: ReelroomServer, tmp_path: Path):
    """Its muxer takes the passive DTLS role, sends no candidates and no PRIORITY, and uses our first candidate."""
    task = want(server)
    url = f"{server.url}/whip/{server.app.id}/room/camera"
    options = {"authorization": server.token("room"), **pem_files(tmp_path)}
    send_programme(url, options, frames=90)
    capture = captured(server, task)
    wait_ended(server, capture)
    assert decode(server, capture, MediaKind.VIDEO) == 90
    assert decode(server, capture, MediaKind.AUDIO) > 140
    assert server.room_log(task)[-1].reason == "deleted"
