"""Delivers what a task owes, one thing at a time, from the outbox."""

import random
import secrets
import threading
import time

from reelroom.database import OutboxKind, OutboxRow
from reelroom.errors import CallbackError, ReelroomError
from reelroom.logs import get_logger
from reelroom.recorder.context import Context
from reelroom.recorder.delivery import Delivery
from reelroom.retry import GiveUp, Policy, fixed
from reelroom.units import NS

_LEASE_S = 15.0  # how long a row waits for the next recorder when this one is killed
_IDLE_S = 30.0  # whoever adds a delivery says so
_BLOCKED_S = 0.5
_SPREAD = 0.5  # a store that comes back isn't met by all tasks at once
_REFUSED = Policy(
    first_s=2.0, ceiling_s=30.0, max_tries=5
)  # a wrong key stays wrong, but a new one takes a while to work
_MAX_ERROR_CHARS = 500


class Courier(threading.Thread):
    """The one thread of a recorder that talks to stores and callback receivers.

    Only the newest recorder of a task may claim, and of it only this thread does: leases matter after a kill alone.
    failure: what ended the thread, if anything did.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(name="courier", daemon=True)  # a kill loses nothing, so an exit needn't wait for it
        self.failure: Exception | None = None
        self._session = context.session
        self._delivery = Delivery(context)
        self._owner = secrets.token_hex(8)
        self._owed = context.owed
        self._log = get_logger().bind(task=context.task)
        callbacks, store = context.settings.callbacks, context.settings.store
        self._callback_policy = fixed(callbacks.retry_after_s, callbacks.retries)
        self._store_policy = Policy(
            first_s=store.retry_first_s, ceiling_s=store.retry_ceiling_s, give_up_s=store.give_up_s, spread=_SPREAD
        )

    def run(self) -> None:
        """Deliver until the process ends, or another recorder takes over."""
        try:
            while True:
                self._owed.clear()
                while (rest_s := self._rest_s()) <= 0:
                    self._deliver_one()
                self._owed.wait(rest_s)
        except Exception as error:  # noqa: BLE001  handed to the main thread, which raises it
            self.failure = error

    def _rest_s(self) -> float:
        """Until something is due; asked by reading, as a claim would take the database's write lock."""
        due_ns = self._session.next_due_ns()
        return _IDLE_S if due_ns is None else min(_IDLE_S, (due_ns - time.time_ns()) / NS)

    def _deliver_one(self) -> None:
        row = self._session.claim(self._owner, time.time_ns(), _LEASE_S)
        if row is None:  # due, but behind one of its chain that is not
            self._owed.wait(_BLOCKED_S)
        elif row.kind is OutboxKind.UPLOAD:
            self._upload(row)
        else:
            self._call_back(row)

    def _call_back(self, row: OutboxRow) -> None:
        try:
            self._delivery.call_back(row)
        except CallbackError as error:
            policy = self._callback_policy if error.retryable else fixed(0, 0)
            self._try_again(row, policy, error)
        else:
            self._session.finish(row, self._owner)
            self._log.info("callback_delivered", event_type=row.event_type, sequence=row.sequence, tries=row.tries)

    def _upload(self, row: OutboxRow) -> None:
        try:
            delivered = self._delivery.upload(row, lambda body: self._save(row, body))
        except ReelroomError as error:
            policy = self._store_policy if error.retryable else _REFUSED
            if self._try_again(row, policy, error):
                self._delivery.abandon(row)
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

    def _try_again(self, row: OutboxRow, policy: Policy, error: ReelroomError) -> bool:
        """Come back to a row later; True if it was given up."""
        text = str(error)[:_MAX_ERROR_CHARS]
        now_ns = time.time_ns()
        verdict = policy.decide(row.tries, row.first_try_ns or now_ns, now_ns, random.random())  # noqa: S311  no secret
        self._log.warning(
            "delivery_failed", kind=row.kind, tries=row.tries, error=text, last=isinstance(verdict, GiveUp)
        )
        if isinstance(verdict, GiveUp):
            return self._session.give_up(row, self._owner, text)
        self._session.retry(row, self._owner, verdict.at_ns, text)
        return False
