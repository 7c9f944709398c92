"""What is made while recorded time passes."""

from dataclasses import dataclass

from reelroom.database import Task
from reelroom.mix import Canvas, MixSpec
from reelroom.recorder.context import Context
from reelroom.recorder.mixed.files import coding_of, mix_files
from reelroom.recorder.mixed.images import IMAGE_FAILED, Images, ImageType
from reelroom.recorder.mixed.levels import LevelsFile
from reelroom.recorder.mixed.outputs import SoundOutput, VideoOutput
from reelroom.recorder.mixed.renderer import SOUND_FPS, Outputs, Renderer
from reelroom.recorder.mixed.snapshots import Album
from reelroom.recorder.mixed.stage import Stage
from reelroom.recorder.stats import Counters
from reelroom.recorder.work import WorkFolder
from reelroom.spec import PICTURES
from reelroom.units import MediaKind

WORK_KEY = "mix"  # of the work files


@dataclass(frozen=True, slots=True)
class Making:
    """A renderer, and what it renders to."""

    renderer: Renderer
    video: VideoOutput | None
    sound: SoundOutput | None
    levels: LevelsFile | None
    fps: int


def make(context: Context, task: Task, mix: MixSpec, work: WorkFolder, counters: Counters) -> Making:
    """Go on with what is in the work folder. May block for images. Raises JournalError, OSError."""
    settings, canvas = context.settings.recorder, _canvas(task, mix)
    stage = Stage(mix, canvas, settings, _images(context, work)) if canvas else None
    is_filmed = canvas is not None and task.spec.format != PICTURES
    video = VideoOutput(work, WORK_KEY, canvas, settings) if canvas and is_filmed else None
    sound = _sound(task, mix, work)
    levels = LevelsFile(work.folder / f"{WORK_KEY}.sw", mix.levels) if sound and mix.levels is not None else None
    fps = canvas.fps if canvas else SOUND_FPS
    every = fps * task.spec.format_options.picture_every_s if task.spec.format == PICTURES else 0
    album = Album(context, task, mix.name)
    outputs = Outputs(stage, video, sound, levels, mix.levels, album, every)
    return Making(Renderer(fps, outputs, counters, settings.mix_threads), video, sound, levels, fps)


def _canvas(task: Task, mix: MixSpec) -> Canvas | None:
    return mix.canvas if task.spec.wants(MediaKind.VIDEO) else None


def _sound(task: Task, mix: MixSpec, work: WorkFolder) -> SoundOutput | None:
    if not task.spec.wants(MediaKind.AUDIO):
        return None
    return SoundOutput(work, WORK_KEY, mix.audio_bitrate_bps, coding_of(mix_files(task.spec)))


def _images(context: Context, work: WorkFolder) -> Images:
    def failed(type_: ImageType, url: str) -> None:
        context.notice(IMAGE_FAILED, {"image_type": int(type_), "image_url": url}, f"image-{int(type_)}-{url}")

    return Images(work.folder / "images", allow_private=context.settings.callbacks.allow_private, failed=failed)
