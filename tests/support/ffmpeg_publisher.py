"""Publishes the programme by the WHIP muxer of the FFmpeg inside PyAV, in a process of its own.

`python -m tests.support.ffmpeg_publisher URL SECONDS` with the token in `WHIP_TOKEN`.
"""

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reelroom.testing.barcode import draw_barcode

FPS, WIDTH, HEIGHT = 15, 320, 180
RATE, OPUS_SAMPLES = 48_000, 960


@contextmanager
def publishing(url: str, token: str, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A publisher that ends by itself after so many seconds, and at the latest with the block."""
    command = [sys.executable, "-m", "tests.support.ffmpeg_publisher", url, str(seconds)]
    process = subprocess.Popen(command, env={**os.environ, "WHIP_TOKEN": token}, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def write_certificate(folder: Path) -> dict[str, str]:
    """A P-256 certificate as options of the muxer: the one that FFmpeg makes by GnuTLS is refused by OpenSSL."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "publisher")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(secret)
    return {"cert_file": str(folder / "cert.pem"), "key_file": str(folder / "key.pem")}


def publish(url: str, token: str, seconds: float) -> None:
    """Publish in real time: a counter and a flash and a beep each second."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"authorization": token, **write_certificate(Path(folder))}
        with av.open(url, "w", format="whip", options=options) as container:
            _send(container, seconds)


def _send(container: av.container.OutputContainer, seconds: float) -> None:
    encoding = {"profile": "baseline", "tune": "zerolatency", "preset": "ultrafast", "bf": "0"}
    video = container.add_stream("libx264", rate=FPS, options=encoding)
    video.width, video.height, video.pix_fmt, video.bit_rate, video.gop_size = (
        WIDTH,
        HEIGHT,
        "yuv420p",
        300_000,
        2 * FPS,
    )
    audio = container.add_stream("libopus", rate=RATE)
    audio.layout = "stereo"
    begun, samples = time.monotonic(), 0
    for number in range(int(seconds * FPS)):
        until = number * RATE // FPS
        while samples <= until:
            container.mux(audio.encode(_sound(samples)))
            samples += OPUS_SAMPLES
        container.mux(video.encode(_picture(number)))
        time.sleep(max(0.0, begun + number / FPS - time.monotonic()))


def _picture(number: int) -> av.VideoFrame:
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    luma = planes[:HEIGHT]
    luma[:] = 235 if number % FPS < 2 else 40
    draw_barcode(luma, number)
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _sound(first: int) -> av.AudioFrame:
    times = np.arange(first, first + OPUS_SAMPLES)
    beep = np.where(times % RATE < RATE // 10, 0.6 * np.sin(2 * np.pi * 1000 * times / RATE), 0)
    frame = av.AudioFrame.from_ndarray(np.repeat((beep * 32767).astype(np.int16), 2)[None], "s16", "stereo")
    frame.pts, frame.sample_rate, frame.time_base = first, RATE, Fraction(1, RATE)
    return frame


if __name__ == "__main__":
    publish(sys.argv[1], os.environ["WHIP_TOKEN"], float(sys.argv[2]))
