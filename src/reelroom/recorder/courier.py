"""Delivers what a task owes from the outbox: notices one by one, files beside them, several at once."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from reelroom.database import OutboxKind, OutboxRow
from reelroom.errors import CallbackError, ReelroomError
from reelroom.logs import get_logger
from reelroom.recorder.context import Context
from reelroom.recorder.delivery import Delivery, in_words
from reelroom.recorder.disk_watch import LOOK_S, DiskWatch
from reelroom.recorder.patience import CallbackPatience, UploadPatience, Verdict
from reelroom.retry import GiveUp
from reelroom.task import FileState
from reelroom.units import NS

_LEASE_S = 15.0  # how long a row waits when this recorder is killed and no other starts
_IDLE_S = 10.0  # whoever adds a delivery says so; a re-driven one is found after this
_BLOCKED_S = 0.5
_MAX_ERROR_CHARS = 500


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a file; UPLOADING leaves it as it is."""

    state: FileState
    words: str  # what went wrong
    url: str = ""


class Courier(threading.Thread):
    """The one thread of a recorder that hands out deliveries; each is made in a thread of its own.

    It also watches the disk, as it is there from a recorder's start to its end.

    Only the newest recorder of a task may claim, and of it only this thread does: leases matter after a kill alone.
    failure: what ended a thread, if anything did.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(name="courier", daemon=True)  # a kill loses nothing, so an exit needn't wait for it
        self.failure: Exception | None = None
        self._session = context.session
        self._delivery = Delivery(context)
        self._disk = DiskWatch(context)
        self._owner = secrets.token_hex(8)
        self._owed = context.owed
        self._log = get_logger().bind(task=context.task)
        self._upload_patience = UploadPatience(context.settings.store)
        self._callback_patience = CallbackPatience(context.settings.callbacks)
        self._places = {OutboxKind.CALLBACK: 1, OutboxKind.UPLOAD: context.settings.store.files_at_once}
        self._under_way: dict[int, OutboxKind] = {}
        self._lock = threading.Lock()

    def run(self) -> None:
        """Deliver until the process ends, or another recorder takes over."""
        try:
            self._session.free_leases(time.time_ns())
            self._delivery.sweep_backups()
            while self.failure is None:
                self._owed.clear()
                self._rest(min(self._hand_out(kind) for kind in OutboxKind))
        except Exception as error:  # noqa: BLE001  handed to the main thread, which raises it
            self.failure = error

    def _rest(self, rest_s: float) -> None:
        """Wait until something may be due, or is said to be, with an eye on the disk."""
        until_s = time.monotonic() + rest_s
        while True:
            self._disk.look()
            left_s = until_s - time.monotonic()
            if left_s <= 0 or self._owed.wait(min(left_s, LOOK_S)):
                return

    def _hand_out(self, kind: OutboxKind) -> float:
        """Begin what is due of a kind, as far as there are places; seconds until it is worth looking again.

        What is due is asked by reading, as a claim would take the database's write lock.
        """
        while (busy := self._busy(kind)) is not None:
            due_ns = self._session.next_due_ns(kind=kind, busy=busy)
            rest_s = _IDLE_S if due_ns is None else min(_IDLE_S, (due_ns - time.time_ns()) / NS)
            if rest_s > 0:
                return rest_s
            row = self._session.claim(self._owner, time.time_ns(), _LEASE_S, kind=kind, busy=busy)
            if row is None:
                return _BLOCKED_S
            self._begin(row)
        return _IDLE_S  # whoever ends says so

    def _busy(self, kind: OutboxKind) -> list[int] | None:
        """Rows of a kind that are under way; None if there is no place for one more."""
        with self._lock:
            busy = [row for row, of in self._under_way.items() if of is kind]
        return busy if len(busy) < self._places[kind] else None

    def _begin(self, row: OutboxRow) -> None:
        work = self._upload if row.kind is OutboxKind.UPLOAD else self._call_back
        with self._lock:
            self._under_way[row.id] = row.kind
        threading.Thread(target=self._carry, args=(row, work), name=f"courier-{row.kind}", daemon=True).start()

    def _carry(self, row: OutboxRow, work: Callable[[OutboxRow], None]) -> None:
        try:
            work(row)
        except Exception as error:  # noqa: BLE001  handed to the main thread, which raises it
            self.failure = error
        finally:
            with self._lock:
                del self._under_way[row.id]
            self._owed.set()

    # --- notices ----------------------------------------------------------------------------------------------

    def _call_back(self, row: OutboxRow) -> None:
        try:
            self._delivery.call_back(row)
        except CallbackError as error:
            self._call_again(row, error)
        else:
            self._session.finish(row, self._owner)
            self._log.info("callback_delivered", event_type=row.event_type, sequence=row.sequence, tries=row.tries)

    def _call_again(self, row: OutboxRow, error: CallbackError) -> None:
        text, now_ns = str(error)[:_MAX_ERROR_CHARS], time.time_ns()
        again = self._callback_patience.judge(
            row.tries, row.first_try_ns or now_ns, now_ns, refused=not error.retryable, jitter=_chance()
        )
        self._log_failure(row, text, last=isinstance(again, GiveUp))
        if isinstance(again, GiveUp):
            self._session.give_up(row, self._owner, text)
        else:
            self._session.retry(row, self._owner, again.at_ns, text)

    # --- files ------------------------------------------------------------------------------------------------

    def _upload(self, row: OutboxRow) -> None:
        try:
            delivered = self._delivery.upload(row, lambda body: self._save(row, body))
        except ReelroomError as error:
            self._upload_again(row, error)
        else:
            self._session.file_delivered(
                row.file_key, delivered.state, delivered.url, delivered.video_id, delivered.error
            )
            delivered.forget()
            self._log.info("file_delivered", file=row.file_key, state=delivered.state.name, tries=row.tries)

    def _save(self, row: OutboxRow, progress: dict[str, object]) -> None:
        row.progress.clear()
        row.progress.update(progress)
        self._session.save_progress(row, self._owner, progress)

    def _upload_again(self, row: OutboxRow, error: ReelroomError) -> None:
        now_ns, refused = time.time_ns(), not error.retryable
        verdict = self._upload_patience.judge(
            row.tries, row.first_try_ns or now_ns, now_ns, refused=refused, jitter=_chance()
        )
        words = in_words(error)
        self._log_failure(row, words, last=isinstance(verdict.again, GiveUp), refused=refused)
        self._settle(row, verdict, self._fate(row, verdict, words))

    def _fate(self, row: OutboxRow, verdict: Verdict, words: str) -> _Fate:
        """What becomes of a file that its store did not take, for now."""
        if self._delivery.state(row) is not FileState.UPLOADING:  # decided at an earlier try
            return _Fate(FileState.UPLOADING, words)
        if verdict.back_up:
            try:
                stored = self._delivery.back_up(row, lambda body: self._save(row, body))
            except ReelroomError as error:
                self._log.warning("backup_failed", file=row.file_key, error=str(error)[:_MAX_ERROR_CHARS])
                words = f"{words}; the backup store: {error}"
            else:
                if stored is not None:
                    self._log.warning("file_backed_up", file=row.file_key, tries=row.tries)
                    return _Fate(FileState.BACKED_UP, words, stored.url)
        return _Fate(FileState.LOST if verdict.lose else FileState.UPLOADING, words)

    def _settle(self, row: OutboxRow, verdict: Verdict, fate: _Fate) -> None:
        text, state = fate.words[:_MAX_ERROR_CHARS], fate.state
        if isinstance(verdict.again, GiveUp):
            settled = FileState.LOST if state is FileState.UPLOADING else state
            if self._session.give_up(row, self._owner, text, state=settled, url=fate.url):
                self._delivery.abandon(row)
        elif state is FileState.UPLOADING:
            self._session.retry(row, self._owner, verdict.again.at_ns, text)
        else:
            self._session.settle_and_retry(row, self._owner, verdict.again.at_ns, text, state=state, url=fate.url)

    def _log_failure(self, row: OutboxRow, text: str, **more: bool) -> None:
        self._log.warning("delivery_failed", kind=row.kind, tries=row.tries, error=text, **more)


def _chance() -> float:
    return random.random()  # noqa: S311  no secret
