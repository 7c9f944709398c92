"""What to do after a delivery failed. Pure: the caller brings instants and chance, and acts."""

from dataclasses import dataclass

from reelroom.retry import GiveUp, Policy, RetryAt, fixed
from reelroom.settings import CallbackSettings, StoreSettings
from reelroom.units import NS

_SPREAD = 0.5  # a store that comes back isn't met by all tasks at once
_REFUSED_TRIES = 5  # a wrong key stays wrong, but a new one takes a while to work
_LATE_FIRST_S = 10.0  # of callbacks, after the contract's tries
_LATE_CEILING_S = 600.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """After a failed upload: when to try again, and what else."""

    again: RetryAt | GiveUp
    back_up: bool  # the backup store is to take the file, if it hasn't
    lose: bool  # without a backup the file counts as lost from now on; tries go on


class UploadPatience:
    """How long a customer's store is tried, and when others are told."""

    def __init__(self, store: StoreSettings) -> None:
        self._store = store
        self._policy = Policy(
            first_s=store.retry_first_s, ceiling_s=store.retry_ceiling_s, give_up_s=store.give_up_s, spread=_SPREAD
        )

    def judge(self, tries: int, first_try_ns: int, now_ns: int, *, refused: bool, jitter: float) -> Verdict:
        """`tries`: this one included; `refused`: the store said no, rather than nothing; `jitter` in [0, 1)."""
        again = self._policy.decide(tries, first_try_ns, now_ns, jitter)
        failing_s = (now_ns - first_try_ns) / NS
        hopeless = isinstance(again, GiveUp) or (refused and tries >= _REFUSED_TRIES)
        return Verdict(
            again,
            back_up=hopeless or failing_s >= self._store.backup_after_s,
            lose=hopeless or failing_s >= self._store.lost_after_s,
        )


class CallbackPatience:
    """The contract's tries, and then, where a setting asks for it, more of them with growing waits."""

    def __init__(self, callbacks: CallbackSettings) -> None:
        self._callbacks = callbacks
        self._contract = fixed(callbacks.retry_after_s, callbacks.retries)
        self._late = Policy(
            first_s=max(_LATE_FIRST_S, callbacks.retry_after_s),
            ceiling_s=max(_LATE_CEILING_S, callbacks.retry_after_s),
            give_up_s=callbacks.keep_trying_s,
            spread=_SPREAD,
        )

    def judge(self, tries: int, first_try_ns: int, now_ns: int, *, refused: bool, jitter: float) -> RetryAt | GiveUp:
        """`refused`: the address is none that may be called, which no waiting changes."""
        if refused:
            return GiveUp()
        verdict = self._contract.decide(tries, first_try_ns, now_ns)
        if isinstance(verdict, GiveUp) and self._callbacks.keep_trying_s:
            return self._late.decide(tries - self._callbacks.retries, first_try_ns, now_ns, jitter)
        return verdict
