"""Microseconds per packet of the RTP receive path: 1.5 Mbps-like H264 in order, ours beside aiortc's, in one run.

Ours: `TrackReceiver.receive` (header, order, jitter, depacketising, frames). aiortc's: `RtpPacket.parse`,
`H264PayloadDescriptor.parse` (as its receiver's decode step does per packet) and `JitterBuffer.add`.
Each figure is the best of several rounds. Run: python benchmarks/rtp_path.py
"""

import random
import time
from collections.abc import Callable

from aiortc.codecs import depayload
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket as AiortcPacket

from reelroom.rtp.packet import RtpPacket, parse_rtp
from reelroom.rtp.receiver import TrackReceiver
from reelroom.rtp.sender import ViewerTrack
from reelroom.units import NS, Codec

FRAMES = 3000  # 100 s at 30 a second
ROUNDS = 5
PAYLOAD_TYPE, SSRC, MTU = 96, 0x1234, 1150
SPS = bytes.fromhex("6742c01fda0280bfe5c05a808080a0000003002000000791e30654")
PPS = bytes.fromhex("68ce3c80")
CODEC = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=PAYLOAD_TYPE)


def make_stream() -> list[bytes]:
    """Packets of frames of about 6 KB with a keyframe of 60 KB each ten seconds."""
    source = random.Random(1)
    packets: list[bytes] = []
    for number in range(FRAMES):
        keyframe = number % 300 == 0
        size = 60_000 if keyframe else source.randrange(3000, 9000)
        payloads = ([stap(SPS, PPS)] if keyframe else []) + fragments(
            0x65 if keyframe else 0x41, source.randbytes(size)
        )
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            packet = RtpPacket(PAYLOAD_TYPE, last, len(packets) & 0xFFFF, number * 3000, SSRC, payload)
            packets.append(packet.to_bytes())
    return packets


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def fragments(header: int, body: bytes) -> list[bytes]:
    parts = [body[at : at + MTU] for at in range(0, len(body), MTU)]
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    return [bytes((0x7C, flag | header & 0x1F)) + part for flag, part in zip(flags, parts, strict=True)]


def receive_ours(packets: list[bytes]) -> int:
    receiver = TrackReceiver(codec=Codec.H264, payload_type=PAYLOAD_TYPE, rtx_payload_type=97, local_ssrc=1)
    step_ns = FRAMES * NS // 30 // len(packets)
    now_ns = 1_700_000_000 * NS
    frames = 0
    for packet in packets:
        now_ns += step_ns
        frames += len(receiver.receive(packet, now_ns))
    return frames


def receive_aiortc(packets: list[bytes]) -> int:
    buffer = JitterBuffer(capacity=128, is_video=True)
    frames = 0
    for data in packets:
        packet = AiortcPacket.parse(data)
        packet._data = depayload(CODEC, packet.payload)
        _, frame = buffer.add(packet)
        frames += frame is not None
    return frames


def forward_ours(packets: list[bytes]) -> int:
    viewer = ViewerTrack(ssrc=7, payload_type=100, clock_rate=90_000, first_sequence=0)
    return sum(len(viewer.forward(parse_rtp(packet), NS)) > 0 for packet in packets)


def measure(work: Callable[[list[bytes]], int], packets: list[bytes]) -> tuple[float, int]:
    """The best round's microseconds per packet, and what the work counted."""
    best, result = float("inf"), 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work(packets)
        best = min(best, time.perf_counter() - start)
    return best / len(packets) * 1e6, result


def main() -> None:
    packets = make_stream()
    rate = sum(map(len, packets)) * 8 * 30 / FRAMES / 1e6
    print(f"{len(packets)} packets, {FRAMES} frames, {rate:.2f} Mbps, best of {ROUNDS} rounds")
    ours, frames = measure(receive_ours, packets)
    theirs, their_frames = measure(receive_aiortc, packets)
    forwarded, _ = measure(forward_ours, packets)
    print(f"reelroom receive  {ours:6.2f} us/packet  ({frames} frames)")
    print(f"aiortc receive    {theirs:6.2f} us/packet  ({their_frames} frames)")
    print(f"ratio             {ours / theirs:6.2f}")
    print(f"parse and forward {forwarded:6.2f} us/packet to one viewer")


if __name__ == "__main__":
    main()
