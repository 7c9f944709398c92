"""How a playlist that is read while it grows names its segments."""

from typing import Final
from urllib.parse import quote

from reelroom.naming import normalise_folder
from reelroom.spec import Destination, RecordSpec

_LOCAL: Final = 0
_BY_PATH: Final = (8, 9)  # vendors whose addresses have the bucket in their path: Google, EOS


def segment_prefix(spec: RecordSpec, destination: Destination) -> str:
    """What stands before the names: nothing, or the path from the root of the store's host.

    In the local folder every playlist has a folder of its own. Source: control API, ShortFragmentPath.
    """
    options = spec.format_options
    if not options.upload_segments or options.bare_segment_names or destination.vendor == _LOCAL:
        return ""
    bucket = destination.path_style or destination.vendor in _BY_PATH
    return "/" + quote((f"{destination.bucket}/" if bucket else "") + normalise_folder(spec.folder))
