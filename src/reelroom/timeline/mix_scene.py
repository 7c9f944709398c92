"""From who is in which view to a picture and its sound."""

from collections.abc import Sequence

from reelroom.layout import Place, arrange, in_drawing_order
from reelroom.mix import Layout, MixSpec, StreamUse
from reelroom.scene import Scene, Shows, Tile
from reelroom.spec import RecordSpec, Tracks
from reelroom.timeline.seats import Seat
from reelroom.units import MediaKind, Size, StreamId

_USED = {StreamUse.AUDIO: MediaKind.AUDIO, StreamUse.VIDEO: MediaKind.VIDEO}


def wants(spec: RecordSpec, mix: MixSpec, stream: StreamId, kind: MediaKind) -> bool:
    """Whether this media of a stream enters the mix."""
    if spec.tracks in (Tracks.AUDIO, Tracks.VIDEO):
        return spec.tracks.wants(kind)  # what is chosen for single streams is effective with both kinds alone
    return _USED.get(mix.use_of(stream), kind) is kind


def compose(spec: RecordSpec, mix: MixSpec, layout: Layout, seats: Sequence[Seat]) -> Scene:
    """The scene of a layout whose views are taken as `seats` says."""
    return Scene(tiles=_tiles(spec, mix, layout, seats), heard=_heard(spec, mix, seats))


def _heard(spec: RecordSpec, mix: MixSpec, seats: Sequence[Seat]) -> frozenset[StreamId]:
    present = (seat.stream for seat in seats if seat.member and seat.member.is_present)
    return frozenset(stream for stream in present if wants(spec, mix, stream, MediaKind.AUDIO))


def _tiles(spec: RecordSpec, mix: MixSpec, layout: Layout, seats: Sequence[Seat]) -> tuple[Tile, ...]:
    if mix.canvas is None or not spec.has_video:
        return ()
    places = arrange(layout, Size(mix.canvas.width, mix.canvas.height), len(seats))
    drawn = (_tile(places[index], seats[index], mix) for index in in_drawing_order(places))
    return tuple(tile for tile in drawn if tile is not None)


def _tile(place: Place, seat: Seat, mix: MixSpec) -> Tile | None:
    """What is drawn for a view; None where the background is to be seen."""
    area, member = place.area, seat.member
    if not seat.stream or area.width <= 0 or area.height <= 0:
        return None
    image = seat.image or (mix.view_image if mix.hold_views else "")
    if member and member.is_present:
        return Tile(area=area, shows=Shows.LIVE, fit=place.fit, stream=seat.stream, image=image)
    if image:
        return Tile(area=area, shows=Shows.IMAGE, image=image)
    if member:
        return Tile(area=area, shows=Shows.LAST, fit=place.fit, stream=seat.stream)
    return None
