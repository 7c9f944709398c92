"""What the canvas shows: the scene's tiles, filled from the streams, images and colours it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import av

from reelroom.compose.canvas import Canvas
from reelroom.compose.clock import WITH_SECONDS, WITHOUT_SECONDS, ClockFace
from reelroom.compose.colour import Planes, Yuv, to_yuv
from reelroom.compose.painter import Content, Painter
from reelroom.compose.scaler import TilePicture, TileScaler
from reelroom.compose.stamp import Stamp
from reelroom.mix import Area, CameraOff, Fit, MixSpec
from reelroom.mix import Canvas as CanvasSpec
from reelroom.recorder.mixed.images import Images, ImageType
from reelroom.recorder.mixed.source import Source
from reelroom.scene import Scene, Shows, Tile
from reelroom.settings import RecorderSettings
from reelroom.units import Size, StreamId

_Key = tuple[StreamId, Area, Fit]


@dataclass(slots=True)
class _Place:
    """One tile of the scene. fallback: what it shows while its stream has no picture."""

    tile: Tile
    scaler: TileScaler | None
    fallback: Content


class Stage:
    """One canvas, and the scene on it."""

    def __init__(self, mix: MixSpec, spec: CanvasSpec, settings: RecorderSettings, images: Images) -> None:
        self.canvas = Canvas(spec.width, spec.height)
        self._mix, self._images = mix, images
        self._painter = Painter(self.canvas, self._background())
        self._off_colour = to_yuv(mix.camera_off_colour)
        self._watermark = self._load_watermark()
        self._clock = _make_clock(mix, spec, settings)
        self._places: list[_Place] = []
        self._scalers: dict[_Key, TileScaler] = {}
        self._pictures: dict[tuple[str, Area], TilePicture | None] = {}
        self.scene: Scene | None = None

    def arrange(self, scene: Scene) -> None:
        """Show another scene from the next drawing on. May block for images it needs for the first time."""
        if scene is self.scene:
            return
        self.scene = scene
        before, self._scalers = self._scalers, {}
        self._places = [self._place(tile, before) for tile in scene.tiles]
        used = {(tile.image, tile.area) for tile in scene.tiles}
        self._pictures = {key: picture for key, picture in self._pictures.items() if key in used}
        self._painter.arrange([tile.area for tile in scene.tiles])

    def _place(self, tile: Tile, before: Mapping[_Key, TileScaler]) -> _Place:
        scaler = None
        if tile.shows in (Shows.LIVE, Shows.LAST):
            key = tile.stream, tile.area, tile.fit
            scaler = before.get(key) or TileScaler(tile.area, tile.fit)
            self._scalers[key] = scaler
        fallback = to_yuv(tile.colour) if tile.shows is Shows.COLOUR else self._image(tile.image, tile.area)
        return _Place(tile, scaler, fallback)

    def streams(self) -> dict[StreamId, list[int]]:
        """Which tiles show each stream, by their numbers from back to front."""
        shown: dict[StreamId, list[int]] = {}
        for number, place in enumerate(self._places):
            if place.scaler is not None:
                shown.setdefault(place.tile.stream, []).append(number)
        return shown

    def look(
        self, numbers: Sequence[int], sources: Sequence[Source | None], instants: Sequence[int]
    ) -> list[list[Content]]:
        """What some tiles of one stream show at each instant, of the source it has then.

        One thread for each stream may. Raises JournalError.
        """
        seen = []
        for source, at in zip(sources, instants, strict=True):
            if source is not None and source.pictures is not None:
                source.pictures.look_at(source.picture_position(at))
            seen.append([self._content(self._places[number], source, at) for number in numbers])
        return seen

    def _content(self, place: _Place, source: Source | None, at: int) -> Content:
        if source is None:
            return place.fallback
        if place.tile.shows is Shows.LIVE and source.camera_is_off(at):
            if self._mix.camera_off is CameraOff.COLOUR:
                return self._off_colour
            if self._mix.camera_off is CameraOff.NOTHING:
                return place.fallback
        feed = source.pictures
        if feed is None or place.scaler is None or feed.frame is None:
            return place.fallback
        try:
            return place.scaler.scale(feed.frame)
        except av.error.FFmpegError:
            feed.errors += 1  # a picture of some odd form
            return place.fallback

    def draw(self, seen: Mapping[int, Content], at: int) -> None:
        """Draw the picture of an instant. seen: what `look` found, by tile."""
        contents = [seen.get(number, place.fallback) for number, place in enumerate(self._places)]
        self._painter.draw(contents, self._stamps(at))

    def _stamps(self, at: int) -> list[Stamp]:
        clock = self._clock.stamp(at) if self._clock else None
        return [stamp for stamp in (self._watermark, clock) if stamp is not None]

    def _background(self) -> Yuv | Planes:
        mix = self._mix
        still = self._images.load(mix.background_image, ImageType.BACKGROUND) if mix.background_image else None
        if still is None:
            return to_yuv(mix.background)
        return still.planes(self.canvas.area.width, self.canvas.area.height, mix.background)

    def _load_watermark(self) -> Stamp | None:
        mix, area = self._mix, self._mix.watermark_area
        if not mix.watermark_image or area is None or area.width <= 0 or area.height <= 0:
            return None
        still = self._images.load(mix.watermark_image, ImageType.WATERMARK)
        return still.stamp(area) if still else None

    def _image(self, url: str, area: Area) -> TilePicture | None:
        """One picture for each size, so that a tile that stays is known not to have changed."""
        if not url:
            return None
        key = url, area
        if key not in self._pictures:
            type_ = ImageType.ANY_VIEW if url == self._mix.view_image else ImageType.ONE_VIEW
            still = self._images.load(url, type_)
            self._pictures[key] = still.tile(area, self._mix.background) if still else None
        return self._pictures[key]


def _make_clock(mix: MixSpec, spec: CanvasSpec, settings: RecorderSettings) -> ClockFace | None:
    if not mix.clock_pixels:
        return None
    text = WITH_SECONDS if settings.clock_seconds else WITHOUT_SECONDS
    return ClockFace(mix.clock_pixels, Size(spec.width, spec.height), text, ZoneInfo(settings.clock_zone))
