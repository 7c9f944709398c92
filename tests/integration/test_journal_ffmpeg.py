"""Journal files opened by FFmpeg, through PyAV, as somebody rescuing a recording would."""

import io

import av
import pytest
from journal_media import make_audio, make_video

from reelroom.journal.matroska import MatroskaTail, MatroskaWriter
from reelroom.units import NS_PER_JOURNAL_TICK, Codec

VIDEO = [Codec.H264, Codec.VP8, Codec.VP9, Codec.AV1]
AUDIO = [Codec.OPUS, Codec.AAC]


def make(codec):
    return make_video(codec) if codec in VIDEO else make_audio(codec)


def write(path, header, blocks):
    """The file, and its size after the header and after each block."""
    writer = MatroskaWriter.create(path, header)
    sizes = [writer.size]
    for block in blocks:
        writer.write(*block)
        sizes.append(writer.size)
    writer.close()
    return path.read_bytes(), sizes


def demux(data):
    """Payload, time in seconds and key flag of every packet."""
    with av.open(io.BytesIO(data), format="matroska") as container:
        packets = [packet for packet in container.demux(container.streams[0]) if packet.size]
        return [(bytes(p), float(p.pts * p.time_base), p.is_keyframe) for p in packets]


@pytest.mark.parametrize("codec", [*VIDEO, *AUDIO])
def test_ffmpeg_reads_every_packet_with_its_time_and_decodes_all(tmp_path, codec):
    media = make(codec)
    data, _ = write(tmp_path / "track.mkv", media.header, media.blocks)
    packets = demux(data)
    assert [(payload, key) for payload, _, key in packets] == [(b.payload, b.keyframe) for b in media.blocks]
    wrong = [
        abs(time - b.position * NS_PER_JOURNAL_TICK / 1e9)
        for (_, time, _), b in zip(packets, media.blocks, strict=True)
    ]
    assert max(wrong) < 0.0001
    with av.open(io.BytesIO(data), format="matroska") as container:
        stream = container.streams[0]
        names = {Codec.AV1: "libdav1d"}
        assert stream.codec_context.name == names.get(codec, str(codec))
        assert sum(1 for _ in container.decode(stream)) == len(media.blocks)


@pytest.mark.parametrize("codec", [*VIDEO, *AUDIO])
def test_ffmpeg_knows_the_track_from_its_header(tmp_path, codec):
    media = make(codec)
    data, _ = write(tmp_path / "track.mkv", media.header, media.blocks)
    with av.open(io.BytesIO(data), format="matroska") as container:
        context = container.streams[0].codec_context
        if codec in VIDEO:
            assert (context.width, context.height) == (64, 48)
        else:
            assert (context.sample_rate, context.channels) == (48_000, 2)
        assert bytes(context.extradata or b"") in (media.header.private, media.header.private[4:])  # AV1: OBUs only


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8, Codec.OPUS])
def test_ffmpeg_reads_every_whole_block_of_a_file_cut_anywhere(tmp_path, codec):
    media = make_video(codec, 12) if codec in VIDEO else make_audio(codec, 0.2)
    spread = [block._replace(position=block.position * 20) for block in media.blocks]  # several Clusters
    data, sizes = write(tmp_path / "track.mkv", media.header, spread)
    payloads = [block.payload for block in spread]
    for cut in range(sizes[0], len(data) + 1):
        whole = sum(size <= cut for size in sizes[1:])
        try:
            got = [payload for payload, _, _ in demux(data[:cut])]
        except av.error.EOFError:  # no Cluster at all
            got = []
            assert cut < sizes[0] + 4
        assert got == payloads[:whole]


def test_ffmpeg_reads_across_a_crash_and_a_reopening(tmp_path):
    media, path = make_video(Codec.H264), tmp_path / "track.mkv"
    data, sizes = write(path, media.header, media.blocks)
    path.write_bytes(data[: sizes[11] - 5])
    writer = MatroskaWriter.reopen(path)
    assert writer.blocks == 10
    for block in media.blocks[10:]:
        writer.write(*block)
    writer.close()
    assert [payload for payload, _, _ in demux(path.read_bytes())] == [block.payload for block in media.blocks]
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(media.blocks)


def test_positions_a_day_into_a_recording_are_exact_for_ffmpeg(tmp_path):
    media = make_audio()
    day = 86_400 * 10_000
    late = [block._replace(position=block.position + day + 7) for block in media.blocks]
    data, _ = write(tmp_path / "track.mkv", media.header, late)
    with av.open(io.BytesIO(data), format="matroska") as container:
        assert [p.pts for p in container.demux(audio=0) if p.size] == [block.position for block in late]


def test_our_reader_refuses_what_ffmpeg_wrote(tmp_path):
    path = tmp_path / "foreign.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=48_000)
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
    tail = MatroskaTail(path)
    with pytest.raises(Exception, match="not a journal file"):
        tail.read()
    assert tail.foreign
