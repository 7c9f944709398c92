"""The commands of docs/design/journal.md do what it says, with the ffmpeg of this machine."""

import re
import shutil
import subprocess
from pathlib import Path

import av
import pytest
from journal_media import make_audio, make_video

from reelroom.journal.capture import CaptureWriter
from reelroom.rtp.frame import Config, Frame
from reelroom.units import NS, NS_PER_MS, Codec, MediaKind

DOCUMENT = Path(__file__).parents[2] / "docs" / "design" / "journal.md"
START_NS = 1_760_000_000 * NS
AUDIO_LATE_MS, VIDEO_LATE_MS, SHIFT_MS = 400, 1_500, 120


def write_capture(folder: Path) -> None:
    """Eight seconds of sound, two sizes of video, and reports that put video 120 ms later than it arrived."""
    writer = CaptureWriter(folder, "c1", "p1", "s1", START_NS)
    audio = make_audio(Codec.OPUS, 8)
    sizes = [make_video(Codec.H264, 90), make_video(Codec.H264, 90, 96, 64)]
    opus = Config(Codec.OPUS, channels=2, private=audio.header.private)
    for number, block in enumerate(audio.blocks):
        arrival_ns = START_NS + (AUDIO_LATE_MS + 20 * number) * NS_PER_MS
        writer.write(Frame(MediaKind.AUDIO, 960 * number, arrival_ns, True, block.payload, opus))
    for number, (header, block) in enumerate((made.header, block) for made in sizes for block in made.blocks):
        config = Config(Codec.H264, header.width, header.height, private=header.private)
        arrival_ns = START_NS + VIDEO_LATE_MS * NS_PER_MS + number * NS // 30
        writer.write(Frame(MediaKind.VIDEO, 3_000 * number, arrival_ns, block.keyframe, block.payload, config))
    for second in range(6):
        video_ns = START_NS + second * NS + (VIDEO_LATE_MS + SHIFT_MS) * NS_PER_MS
        writer.report(MediaKind.VIDEO, 90_000 * second, video_ns, START_NS, "sr")
        audio_ns = START_NS + second * NS + AUDIO_LATE_MS * NS_PER_MS
        writer.report(MediaKind.AUDIO, 48_000 * second, audio_ns, START_NS, "sr")
    writer.close()


def commands() -> list[str]:
    """The shell blocks of the document: join, make an mp4, keep everything, lip sync."""
    return re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def starts_s(path: Path) -> dict[str, float]:
    """Where the first packet of each kind stands, in seconds."""
    with av.open(str(path)) as container:
        times: dict[str, float] = {}
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                times.setdefault(packet.stream.type, float(packet.pts * packet.time_base))
        return times


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the document's commands need the ffmpeg command")
def test_the_rescue_of_the_document_gives_a_recording_in_step(tmp_path):
    folder = tmp_path / "c1"
    write_capture(folder)
    join, make, keep, align = commands()
    for command in (join, make, keep):
        subprocess.run(["bash", "-euc", command], cwd=folder, check=True)
    assert starts_s(folder / "rescued.mp4")["video"] == pytest.approx(VIDEO_LATE_MS / 1000, abs=0.02)
    assert starts_s(folder / "rescued.mp4")["audio"] == pytest.approx(0, abs=0.03)
    with av.open(str(folder / "rescued.mp4")) as container:
        sizes = [(frame.width, frame.height) for frame in container.decode(video=0)]
    assert sizes == [(64, 48)] * 90 + [(96, 64)] * 90
    kept = starts_s(folder / "rescued.mkv")
    assert kept["video"] - kept["audio"] == pytest.approx((VIDEO_LATE_MS - AUDIO_LATE_MS) / 1000, abs=0.002)

    subprocess.run(["bash", "-euc", align], cwd=folder, check=True)
    assert float((folder / "shift.txt").read_text()) == pytest.approx(SHIFT_MS / 1000, abs=0.001)
    assert starts_s(folder / "rescued.mp4")["video"] == pytest.approx((VIDEO_LATE_MS + SHIFT_MS) / 1000, abs=0.02)


def test_files_of_a_track_put_one_behind_the_other_are_one_track_for_ffmpeg(tmp_path):
    folder = tmp_path / "c1"
    write_capture(folder)
    joined = tmp_path / "video.mkv"
    joined.write_bytes(b"".join((folder / f"video-{n}.mkv").read_bytes() for n in range(2)))
    with av.open(str(joined)) as container:
        frames = [(frame.width, float(frame.pts * frame.time_base)) for frame in container.decode(video=0)]
    assert [width for width, _ in frames] == [64] * 90 + [96] * 90
    assert [time for _, time in frames] == pytest.approx([1.5 + n / 30 for n in range(180)], abs=0.0002)
