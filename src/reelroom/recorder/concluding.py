"""What follows once nothing of a task is recorded any more."""

from reelroom.database import Task
from reelroom.logs import get_logger
from reelroom.naming import object_key
from reelroom.recorder.context import Context
from reelroom.recorder.finish import lose_file
from reelroom.recorder.work import WorkFolder
from reelroom.task import FileState, Stage

UPLOADING = 7  # callback event: recording stopped, files are being uploaded


def conclude(context: Context, task: Task, work: WorkFolder) -> None:
    """Owe the rest, and let the journal go. May be repeated."""
    _lose_orphans(context, task)
    context.notice(UPLOADING, {}, "uploading")
    context.session.enqueue_uploads()
    work.remove()  # before the stage: whoever starts in the next one doesn't look for it
    context.session.stage(Stage.DELIVERING)
    context.owed.set()


def _lose_orphans(context: Context, task: Task) -> None:
    """Files that callers know of and the journal does not any more, which someone must have deleted."""
    for file in context.database.files(task.task):
        if file.state is FileState.RECORDING:
            get_logger().error("file_lost", task=task.task, file=file.key, error="the journal does not have it")
            lose_file(context, file.key, object_key(task.spec.folder, file.name))
