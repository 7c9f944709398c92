"""Waiting for what other processes do, and ending them."""

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

from reelroom.errors import ReelroomError

T = TypeVar("T")

_LOOK_EVERY_S = 0.1
_END_WITHIN_S = 20.0


class DemoError(ReelroomError):
    """The demonstration could not be given."""


def wait_for(look: Callable[[], T], what: str, within_s: float) -> T:
    """The first true value of `look`. Raises DemoError."""
    deadline = time.monotonic() + within_s
    while not (value := look()):
        if time.monotonic() > deadline:
            raise DemoError(f"{what} did not come within {within_s:g} s")
        time.sleep(_LOOK_EVERY_S)
    return value


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly first."""
    process.terminate()
    try:
        process.wait(_END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
