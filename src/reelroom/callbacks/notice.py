"""What a callback says. Source: control API, callback envelope and signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from reelroom.errors import Blame, CallbackError
from reelroom.signing import callback_signature
from reelroom.units import AppId, RoomId, TaskId


class BadAddressError(CallbackError):
    """The callback address is none that we may call."""

    blame: ClassVar[Blame] = Blame.CALLER
    retryable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice; `sequence` stays the same however often it is sent."""

    app_id: AppId
    task_id: TaskId
    room_id: RoomId
    event_type: int
    sequence: int
    detail: Mapping[str, Any]
    message: str = ""


def envelope(notice: Notice, secret: str, *, nonce: str, timestamp: str) -> dict[str, Any]:
    """The body of one attempt. `secret`: the app's callback secret; `timestamp`: Unix seconds, decimal digits."""
    return {
        "app_id": notice.app_id,
        "task_id": notice.task_id,
        "room_id": notice.room_id,
        "event_type": notice.event_type,
        "message": notice.message,
        "nonce": nonce,
        "timestamp": timestamp,
        "signature": callback_signature(secret, timestamp, nonce),
        "sequence": notice.sequence,
        "detail": dict(notice.detail),
    }
