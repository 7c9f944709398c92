"""The gateway's numbers, for /stats."""

from collections import Counter
from dataclasses import asdict

from reelroom.gateway.desk import CaptureDesk
from reelroom.rooms.rooms import Rooms


def gather(rooms: Rooms, desk: CaptureDesk) -> dict[str, int]:
    """Counts since the start, of what has ended too; `publishers`, `viewers` and `captures` are of this moment."""
    numbers: Counter[str] = Counter(rooms.finished)
    publications = list(rooms.all_publications())
    for publication in publications:
        for track in publication.tracks:
            numbers.update(asdict(track.stats))
    viewers = rooms.all_viewers()
    sent = [track.stats for viewer in viewers for track in viewer.tracks]
    return {
        **numbers,
        "publishers": len(publications),
        "viewers": len(viewers),
        "viewer_packets": sum(stats.packets for stats in sent),
        "viewer_resent": sum(stats.resent for stats in sent),
        "bitrate_bps": sum(publication.bitrate_bps for publication in publications),
        "captures": desk.open_captures,
        "captures_begun": desk.captured,
        "journal_bytes": desk.journal_bytes,
    }
