"""Which recorder a file needs, by its format."""

from reelroom.recorder.file_recorder import FileRecorder, Workshop
from reelroom.recorder.hls_recorder import HlsRecorder
from reelroom.recorder.live_hls_recorder import LiveHlsRecorder
from reelroom.recorder.picture_recorder import PictureRecorder
from reelroom.recorder.split_recorder import SplitRecorder
from reelroom.spec import PICTURES
from reelroom.timeline.decisions import FileOpens


def make_recorder(opens: FileOpens, shop: Workshop) -> FileRecorder:
    """The recorder of a file."""
    if opens.format == "mp3" and shop.spec.format_options.drop_mutes:
        return SplitRecorder(opens, shop)
    if opens.format == PICTURES:
        return PictureRecorder(opens, shop)
    if opens.format == "hls":
        return LiveHlsRecorder(opens, shop) if shop.spec.format_options.upload_segments else HlsRecorder(opens, shop)
    return FileRecorder(opens, shop)
