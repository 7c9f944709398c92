"""When to try again. Decisions are values: the caller brings the instants and the chance, and does the waiting."""

from dataclasses import dataclass

from reelroom.units import NS


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again at an instant, in ns since the Unix epoch."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again is of no more use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Waits that grow twofold from `first_s` to `ceiling_s`, each shortened by chance by up to `spread` of itself.

    It ends `give_up_s` after the first try (the last try falls on that instant) or after `max_tries` tries,
    whichever comes first; None means never.
    """

    first_s: float
    ceiling_s: float
    give_up_s: float | None = None
    max_tries: int | None = None
    spread: float = 0.0  # 0 waits exactly; 0.5 keeps many failed tries from coming back as one wave

    def decide(self, tries: int, first_try_ns: int, now_ns: int, jitter: float = 0.0) -> RetryAt | GiveUp:
        """What to do after the failure of try number `tries` (1 is the first). `jitter`: a chance in [0, 1)."""
        end_ns = None if self.give_up_s is None else first_try_ns + round(self.give_up_s * NS)
        if (self.max_tries is not None and tries >= self.max_tries) or (end_ns is not None and now_ns >= end_ns):
            return GiveUp()
        due_ns = now_ns + round(self.wait_s(tries) * (1 - self.spread * jitter) * NS)
        return RetryAt(due_ns if end_ns is None else min(due_ns, end_ns))

    def wait_s(self, tries: int) -> float:
        """Seconds to wait after try number `tries`, before chance shortens it."""
        return min(self.ceiling_s, self.first_s * 2.0 ** min(max(tries, 1) - 1, 64))


def fixed(wait_s: float, retries: int) -> Policy:
    """The policy of a fixed number of retries, the same time apart."""
    return Policy(first_s=wait_s, ceiling_s=wait_s, max_tries=retries + 1)
