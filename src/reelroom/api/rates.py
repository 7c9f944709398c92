"""How often an app may ask: a moving window of one second for each app and action."""

import time
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from reelroom.api.codes import Code, RefusedError
from reelroom.settings import LimitSettings
from reelroom.units import AppId

_SETTING: Final = {
    "StartRecord": "start",
    "StopRecord": "stop",
    "PauseRecord": "pause",
    "ResumeRecord": "resume",
    "UpdateLayout": "layout",
    "UpdateWhiteboard": "whiteboard",
    "TakeSnapshot": "snapshot",
    "DescribeRecordStatus": "status",
    "DescribeTasks": "tasks",
}


class Rates:
    """Counts in memory: what was asked before a restart is more than a second ago."""

    def __init__(self, settings: LimitSettings) -> None:
        self._limits = {
            action: RateLimitItemPerSecond(number)
            for action, name in _SETTING.items()
            if (number := getattr(settings, name))
        }
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._now_s = 0.0

    def take(self, app: AppId, action: str) -> None:
        """Count one request. Raises RefusedError if it is one too many; that one does not count."""
        before_s, self._now_s = self._now_s, time.time()
        if self._now_s < before_s:
            self._storage.reset()  # the library goes by the wall clock: what it knows would lie in the future
        limit = self._limits.get(action)
        if limit is not None and not self._window.hit(limit, str(app), action):
            raise RefusedError(
                Code.RATE_LIMIT, f"rate limit exceeded; allowed for this AppId: {limit.amount} {action} a second"
            )
