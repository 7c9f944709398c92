"""What the recorder of one task writes. Every method raises StaleEpochError once a newer recorder has started."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection

from reelroom.database import queries_files, queries_outbox, queries_tasks
from reelroom.database.completion import settle
from reelroom.database.connection import Connector
from reelroom.database.errors import UnknownTaskError
from reelroom.database.rows import NewFile, OutboxKind, OutboxRow, RecordedFile
from reelroom.errors import StaleEpochError, TaskStateError
from reelroom.task import FileState, QuitReason, Stage, TaskState
from reelroom.units import NS, TaskId

T = TypeVar("T")

_STAGES = tuple(Stage)  # in their order


class TaskSession:
    """The writes of one recorder, each one transaction. A recorder that starts again may repeat any of them."""

    def __init__(self, connector: Connector, task_id: TaskId, epoch: int) -> None:
        self._connector = connector
        self._task = task_id
        self._epoch = epoch

    # --- the task ---------------------------------------------------------------------------------------------

    def started(self, now_ns: int) -> None:
        """Recording has begun, or begins paused. Nothing happens if it had already, or if the task has ended."""

        def work(connection: Connection) -> None:
            begun = queries_tasks.begin_task(connection, self._task, now_ns)
            if begun and queries_tasks.is_paused(connection, self._task):
                queries_tasks.move_task(connection, self._task, TaskState.PAUSED)

        self._write(work)

    def failed(self, reason: QuitReason, now_ns: int) -> bool:
        """End the task abnormally; False if it had ended already, by whatever cause."""

        def work(connection: Connection) -> bool:
            return queries_tasks.move_task(
                connection, self._task, TaskState.FAILED, quit_reason=reason, ended_ns=now_ns
            )

        return self._write(work)

    def stage(self, to: Stage) -> None:
        """Go on to the next stage; one already reached changes nothing. Raises TaskStateError when one is skipped.

        DELIVERING says no more files come: event 1 is raised as soon as all are settled. DONE comes by itself with
        the last delivery; asking for it before raises.
        """
        self._write(lambda c: self._move_stage(c, to))

    def _move_stage(self, connection: Connection, to: Stage) -> None:
        old = queries_tasks.stage(connection, self._task)
        if _STAGES.index(to) <= _STAGES.index(old):
            return
        released = {"released_ns": time.time_ns()} if to is Stage.DELIVERING else {}
        if to is Stage.DONE or not queries_tasks.move_stage(connection, self._task, to, **released):
            raise TaskStateError(f"the task may not go from {old} to {to}")
        settle(connection, self._task)

    # --- files ------------------------------------------------------------------------------------------------

    def open_file(self, new: NewFile) -> None:
        """A file is being recorded. A key that is known changes nothing."""
        self._write(lambda c: queries_files.insert_file(c, self._task, new))

    def file_finished(
        self, key: str, *, size: int, duration_ms: int, width: int, height: int, spool_path: str, object_key: str
    ) -> None:
        """The file is whole in the spool. A file finished before keeps what was said then. Raises TaskStateError."""
        known = {
            "size": size,
            "duration_ms": duration_ms,
            "width": width,
            "height": height,
            "spool_path": spool_path,
            "object_key": object_key,
        }
        self._write(lambda c: self._finish_file(c, key, known))

    def _finish_file(self, connection: Connection, key: str, known: Mapping[str, Any]) -> None:
        if not queries_files.move_file(connection, self._task, key, FileState.UPLOADING, **known):
            self._require_file(connection, key)

    def enqueue_uploads(self) -> None:
        """Owe an upload for every finished file that has none yet."""

        def work(connection: Connection) -> None:
            for key in queries_files.keys_in(connection, self._task, (FileState.UPLOADING,)):
                queries_outbox.insert_upload(connection, self._task, key)

        self._write(work)

    def file_delivered(self, key: str, state: FileState, url: str, video_id: str = "", error: str = "") -> None:
        """The file's upload came to its end: UPLOADED, BACKED_UP or LOST (then `error` says why, without secrets).

        In one transaction: the file's state, the outbox row (deleted; kept as given up when LOST), event 1 if it was
        the last file, DONE if nothing is left. A file in that state already changes nothing. Raises TaskStateError.
        """
        self._write(lambda c: self._deliver_file(c, key, state, error, url=url, video_id=video_id))

    def _deliver_file(self, connection: Connection, key: str, state: FileState, error: str, **values: str) -> None:
        if not queries_files.move_file(connection, self._task, key, state, **values):
            old = self._require_file(connection, key)
            if old is not state:
                raise TaskStateError(f"file {key} may not go from {old.name} to {state.name}")
        row_key = queries_outbox.upload_key(self._task, key)
        if state is FileState.LOST:
            queries_outbox.give_up_key(connection, row_key, error)
        else:
            queries_outbox.delete_key(connection, row_key)
        settle(connection, self._task)

    def _require_file(self, connection: Connection, key: str) -> FileState:
        state = queries_files.file_state(connection, self._task, key)
        if state is None:
            raise TaskStateError(f"task {self._task} has no file {key}")
        return state

    # --- the outbox -------------------------------------------------------------------------------------------

    def notice(self, event_type: int, detail: Mapping[str, Any], key: str) -> bool:
        """Owe a callback, with the task's next sequence number; False if `key` was raised before."""
        return self._write(lambda c: queries_outbox.insert_notice(c, self._task, event_type, detail, key))

    def claim(
        self,
        owner: str,
        now_ns: int,
        lease_s: float,
        *,
        kind: OutboxKind | None = None,
        busy: Collection[int] = (),
    ) -> OutboxRow | None:
        """Lease one due delivery of this task, the first of its chain; None if none is due.

        `owner` must be unique to the worker. A lease that runs out makes the row due again, unless it is in `busy`.
        """
        until_ns = now_ns + round(lease_s * NS)
        return self._write(lambda c: queries_outbox.claim(c, self._task, owner, now_ns, until_ns, kind=kind, busy=busy))

    def free_leases(self, now_ns: int) -> None:
        """Make due what an earlier recorder of this task was delivering: it may deliver no more."""
        self._write(lambda c: queries_outbox.free_leases(c, self._task, now_ns))

    def finish(self, row: OutboxRow, owner: str) -> bool:
        """The callback was received; False if the lease went to another. Uploads end by `file_delivered`."""
        if row.kind is not OutboxKind.CALLBACK:
            raise TaskStateError("an upload ends by file_delivered")
        return self._end(lambda c: queries_outbox.delete_owned(c, row.id, owner))

    def retry(
        self, row: OutboxRow, owner: str, due_ns: int, error: str, progress: Mapping[str, Any] | None = None
    ) -> bool:
        """Try again at `due_ns`; False if the lease went to another. `error` must hold no secret."""
        values: dict[str, Any] = {"due_ns": due_ns, "owner": "", "error": error}
        if progress is not None:
            values["progress"] = dict(progress)
        return self._write(lambda c: queries_outbox.change_owned(c, row.id, owner, values))

    def settle_and_retry(
        self, row: OutboxRow, owner: str, due_ns: int, error: str, *, state: FileState, url: str = ""
    ) -> bool:
        """As `retry`, and the file is BACKED_UP (then `url` is the backup's) or LOST, so nobody waits for it longer."""

        def work(connection: Connection) -> bool:
            values = {"due_ns": due_ns, "owner": "", "error": error}
            ours = queries_outbox.change_owned(connection, row.id, owner, values)
            if ours:
                queries_files.move_file(connection, self._task, row.file_key, state, url=url)
            return ours

        return self._end(work)

    def release(self, row: OutboxRow, owner: str, due_ns: int) -> bool:
        """Give a row back untried (this process is stopping); False if the lease went to another."""
        return self._write(lambda c: queries_outbox.uncount_try(c, row.id, owner, due_ns))

    def renew(self, row: OutboxRow, owner: str, until_ns: int) -> bool:
        """Keep the lease until then; False if it went to another: stop working."""
        return self._write(lambda c: queries_outbox.change_owned(c, row.id, owner, {"due_ns": until_ns}))

    def save_progress(self, row: OutboxRow, owner: str, progress: Mapping[str, Any]) -> bool:
        """Remember what is done of a delivery; False if the lease went to another."""
        return self._write(lambda c: queries_outbox.change_owned(c, row.id, owner, {"progress": dict(progress)}))

    def give_up(
        self, row: OutboxRow, owner: str, error: str, *, state: FileState = FileState.LOST, url: str = ""
    ) -> bool:
        """Stop trying and keep the row to be seen; False if the lease went to another.

        An upload's file is LOST, or BACKED_UP with the `url` of the backup, unless it was settled before.
        """

        def work(connection: Connection) -> bool:
            kept = {"given_up": True, "owner": "", "error": error}
            ours = queries_outbox.change_owned(connection, row.id, owner, kept)
            if ours and row.kind is OutboxKind.UPLOAD:
                queries_files.move_file(connection, self._task, row.file_key, state, url=url)
            return ours

        return self._end(work)

    def next_due_ns(self, *, kind: OutboxKind | None = None, busy: Collection[int] = ()) -> int | None:
        """When the next delivery of this task is due; None if none is owed. At most now: at once."""
        return self._connector.read(lambda c: queries_outbox.next_due_ns(c, self._task, kind=kind, busy=busy))

    def file(self, key: str) -> RecordedFile | None:
        """One file as it stands."""
        found = self._connector.read(lambda c: queries_files.list_files(c, self._task))
        return next((file for file in found if file.key == key), None)

    def _end(self, work: Callable[[Connection], bool]) -> bool:
        def with_settling(connection: Connection) -> bool:
            ours = work(connection)
            settle(connection, self._task)
            return ours

        return self._write(with_settling)

    def _write(self, work: Callable[[Connection], T]) -> T:
        def guarded(connection: Connection) -> T:
            epoch = queries_tasks.lock_epoch(connection, self._task)
            if epoch is None:
                raise UnknownTaskError
            if epoch != self._epoch:
                raise StaleEpochError(f"task {self._task} is at epoch {epoch}, not {self._epoch}")
            return work(connection)

        return self._connector.write(guarded)
