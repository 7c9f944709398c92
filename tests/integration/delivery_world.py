"""A task whose recording is over, with whole files in its spool: what is left is to deliver them, by real recorder
processes, to a real S3 server behind a network that misbehaves."""

import hashlib
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.integration.recorder_world import APP, World, wait_for
from tests.support.s3_server import SECRET

from reelroom.database import NewFile, NewTask, RecordedFile, TaskSession
from reelroom.settings import StoreSettings
from reelroom.spec import Destination, RecordSpec
from reelroom.spool import commit, draft_path, spool_path
from reelroom.task import FileState, Stage
from reelroom.units import RoomId, StreamId, TaskId, UserId

QUICK = StoreSettings(timeout_s=1.0, retry_first_s=0.1, retry_ceiling_s=0.4)


class DeliveryWorld(World):
    """`hashes`: of the files of each task, by object key."""

    def __init__(self, data: Path, store: StoreSettings = QUICK) -> None:
        super().__init__(data)
        self.settings = replace(self.settings, store=store)
        self.hashes: dict[str, str] = {}

    def owe(self, task: str, destination: Destination, sizes: Mapping[str, int], secret: str = SECRET) -> TaskId:
        """A task that owes these files, by name."""
        spec = RecordSpec(app=APP, room=RoomId("lesson42"))
        new = NewTask(task=TaskId(task), spec=spec, destination=destination, secret=secret)
        made = self.database.create_task(new, self.at(0))
        self.database.stop_task(made, APP, self.at(1))
        session = self.database.session(made, self.database.take_epoch(made))
        for name, size in sizes.items():
            self._spool(session, made, name, size)
        session.stage(Stage.FINISHING)
        session.enqueue_uploads()
        session.stage(Stage.DELIVERING)
        return made

    def _spool(self, session: TaskSession, task: TaskId, name: str, size: int) -> None:
        final = spool_path(self.data, task, name)
        draft = draft_path(final)
        digest = hashlib.sha256()
        with draft.open("wb") as file:
            for start in range(0, size, 1 << 20):
                piece = os.urandom(min(1 << 20, size - start))
                digest.update(piece)
                file.write(piece)
        commit(draft, final)
        key = f"lessons/{task}_{name}"
        self.hashes[key] = digest.hexdigest()
        user, stream = UserId("u"), StreamId("s")
        session.open_file(
            NewFile(
                key=name,
                name=f"{task}_{name}",
                stream=stream,
                user=user,
                user_name="U",
                format="mp4",
                media_track_type=3,
                begin_ms=0,
            )
        )
        session.file_finished(name, size=size, duration_ms=1, width=2, height=2, spool_path=str(final), object_key=key)

    def states(self, task: TaskId) -> list[FileState]:
        return [file.state for file in self.database.files(task)]

    def wait_for_states(self, task: TaskId, *states: FileState, timeout_s: float = 60) -> list[RecordedFile]:
        wait_for(lambda: self.states(task) == list(states), timeout_s)
        return self.database.files(task)

    def spooled(self, task: TaskId) -> list[str]:
        folder = self.data / "spool" / task
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def kill(self, process) -> None:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
