"""Journal files and finished files of the programme, made without a room."""

from collections.abc import Iterable
from pathlib import Path

from reelroom.compose import AAC, MP3, AudioTranscoder, VideoHeader, VideoTranscoder
from reelroom.journal.capture import CaptureWriter
from reelroom.journal.matroska import MatroskaWriter, TrackHeader, read_blocks
from reelroom.mux import Muxed, Piece, write_mp4
from reelroom.rtp.frame import Frame
from reelroom.testing.programme import Programme, programme_frames
from reelroom.units import (
    AUDIO_RATE,
    JOURNAL_RATE,
    NS_PER_JOURNAL_TICK,
    CaptureId,
    Codec,
    MediaKind,
    PublicationId,
    StreamId,
    scale,
)

EVERYTHING = 1 << 48  # a journal position behind every other


def journal_programme(folder: Path, programme: Programme, frames: Iterable[Frame] | None = None) -> Path:
    """Write a whole capture (of these frames instead of all) into a new folder; returns it."""
    writer = CaptureWriter(
        folder, CaptureId("capture"), PublicationId("publication"), StreamId("stream"), programme.start_ns
    )
    for frame in programme_frames(programme) if frames is None else frames:
        writer.write(frame)
    writer.end(programme.start_ns, "made")
    return folder


def transcode_audio(
    journal: Path, work: Path, *, channels: int = 2, bitrate_bps: int = 128_000, codec: Codec = Codec.AAC
) -> Path:
    """Turn an Opus journal file into a work file of AAC or MP3, going on with it if it exists."""
    coding = MP3 if codec is Codec.MP3 else AAC
    header = TrackHeader(coding.codec, channels=channels, rate=AUDIO_RATE, private=coding.header(channels))
    writer = MatroskaWriter.resume(work, header)
    transcoder = AudioTranscoder(
        writer,
        private=b"",
        channels=channels,
        bitrate_bps=bitrate_bps,
        resume_packets=writer.blocks,
        coding=coding,
    )
    for block in read_blocks(journal):
        transcoder.feed(scale(block.position, JOURNAL_RATE, AUDIO_RATE), block.payload)
    transcoder.finish()
    writer.close()
    return work


def transcode_video(journal: Path, folder: Path, codec: Codec) -> list[Path]:
    """Turn a VP8, VP9 or AV1 journal file into H264 work files, one for each picture size."""
    writers: list[MatroskaWriter] = []

    def open_writer(header: VideoHeader) -> MatroskaWriter:
        path = folder / f"{journal.stem}.h264-{len(writers)}.mkv"
        track = TrackHeader(Codec.H264, header.width, header.height, private=header.private)
        writers.append(MatroskaWriter.create(path, track))
        return writers[-1]

    transcoder = VideoTranscoder(open_writer, codec=codec, preset="ultrafast", crf=23)
    for block in read_blocks(journal):
        transcoder.feed(block.position, block.keyframe, block.payload)
    transcoder.finish()
    for writer in writers:
        writer.close()
    return [writer.path for writer in writers]


def whole_piece(path: Path, kind: MediaKind, *, begin_ns: int = 0) -> Piece:
    """All of a file, its position 0 at `begin_ns` of the finished file."""
    return Piece(path, kind, 0, EVERYTHING, lambda position: begin_ns + position * NS_PER_JOURNAL_TICK)


def finish_programme(folder: Path, programme: Programme) -> tuple[Path, Muxed]:
    """Journal, transcode and mux a programme in an existing folder: a finished mp4 as a recorder makes it."""
    capture = journal_programme(folder / "capture", programme)
    journals = sorted(capture.glob("video-*.mkv"))
    if programme.codec is not Codec.H264:
        journals = [work for journal in journals for work in transcode_video(journal, folder, programme.codec)]
    audio = transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv", channels=programme.channels)
    target = folder / "programme.mp4"
    video = [whole_piece(path, MediaKind.VIDEO) for path in journals]
    return target, write_mp4(target, video=video, audio=[whole_piece(audio, MediaKind.AUDIO)])
