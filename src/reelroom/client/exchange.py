"""The conversation with the server, without a socket and without a clock of its own.

`Core.converse` is a generator: it yields what is to be done next (`Send`, `Wait`), is sent what came of it (`Answer`,
`Failure`, None) and returns the result or raises. Who drives it may block or await: `Client` and `AsyncClient` differ
in nothing else.
"""

import itertools
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reelroom.client.errors import ApiError, NotTheApiError, RateLimitedError, UnreachableError, refusal
from reelroom.client.operations import Moment, Operation, Result
from reelroom.client.results import MALFORMED
from reelroom.errors import ReelroomError
from reelroom.retry import GiveUp, Policy
from reelroom.signing import request_signature
from reelroom.units import NS

SIGNATURE_VERSION = "2.0"
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})  # of something between us and the server
RETRIES = Policy(first_s=0.25, ceiling_s=4.0, give_up_s=20.0, spread=0.5)
NO_RETRIES = Policy(first_s=0.0, ceiling_s=0.0, max_tries=1)


@dataclass(frozen=True, slots=True)
class Send:
    """Post this. Its query is signed: it belongs in no log."""

    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Something answered."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing did. `kind`: one word for people. `arrived`: whether the server may have got the request."""

    kind: str
    arrived: bool
    passing: bool = True  # whether trying again can help


Step = Send | Wait
Outcome = Answer | Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time and chance, which tests bring along themselves."""

    unix_ns: Callable[[], int]
    steady_ns: Callable[[], int]  # never jumps; measures how long a call has gone on
    nonce: Callable[[], str]
    chance: Callable[[], float]  # in [0, 1)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs."""

    app_id: int
    server_secret: str = field(repr=False)

    def sign(self, action: str, nonce: str, timestamp_s: int) -> dict[str, str]:
        """The query of one request. Source: control API, common query parameters."""
        return {
            "Action": action,
            "AppId": str(self.app_id),
            "SignatureNonce": nonce,
            "Timestamp": str(timestamp_s),
            "Signature": request_signature(self.app_id, nonce, self.server_secret, timestamp_s),
            "SignatureVersion": SIGNATURE_VERSION,
        }


@dataclass(frozen=True, slots=True)
class Core:
    """Everything about calls but the carrying out."""

    url: str  # ends in a slash
    credentials: Credentials
    policy: Policy
    surroundings: Surroundings

    def converse(self, operation: Operation[Result]) -> Generator[Step, Outcome, Result]:
        """One call from its first try to its end. Raises ApiError, UnreachableError."""
        body = _encode(operation.body(self.moment()))
        began_ns, uncertain = self.surroundings.steady_ns(), False
        for tries in itertools.count(1):
            heard = read_outcome((yield self._signed(operation.action, body)), self.shown_url)
            if heard.error is None:
                return self._result(operation, heard.data)
            if uncertain and operation.done is not None and isinstance(heard.error, operation.done):
                return self._result(operation, {})  # an earlier try did it, and its answer was lost
            uncertain = uncertain or heard.uncertain
            if not heard.error.retryable or (uncertain and not operation.repeatable):
                raise heard.error
            yield self._wait(tries, began_ns, heard.error)
        raise AssertionError("counting never ends")

    @property
    def shown_url(self) -> str:
        """The address without a password that may stand in it."""
        scheme, mark, rest = self.url.partition("?")[0].partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"

    def moment(self) -> Moment:
        """Now."""
        return Moment(now_ms=self.surroundings.unix_ns() // 1_000_000, key=self.surroundings.nonce())

    def _signed(self, action: str, body: bytes) -> Send:
        """Signed anew for each try: a server may refuse a nonce that it saw before, and timestamps age."""
        timestamp_s = self.surroundings.unix_ns() // NS
        return Send(self.credentials.sign(action, self.surroundings.nonce(), timestamp_s), body)

    def _wait(self, tries: int, began_ns: int, error: ReelroomError) -> Wait:
        now_ns = self.surroundings.steady_ns()
        decision = self.policy.decide(tries, began_ns, now_ns, self.surroundings.chance())
        if isinstance(decision, GiveUp):
            raise error
        return Wait((decision.at_ns - now_ns) / NS)

    def _result(self, operation: Operation[Result], data: Mapping[str, Any]) -> Result:
        try:
            return operation.read(data)
        except MALFORMED:
            raise NotTheApiError(f"{self.shown_url} does not speak the control API: {operation.action}") from None


@dataclass(frozen=True, slots=True)
class Heard:
    """What an outcome means: data, or an error and whether the request may have been carried out all the same."""

    data: Mapping[str, Any] = field(default_factory=dict)
    error: ApiError | UnreachableError | None = None
    uncertain: bool = False


def read_outcome(outcome: Outcome, url: str) -> Heard:
    """Understand one try. `url`: shown in errors."""
    if isinstance(outcome, Failure):
        kind = UnreachableError if outcome.passing else NotTheApiError
        return Heard(error=kind(f"{url} can't be reached: {outcome.kind}"), uncertain=outcome.arrived)
    assert isinstance(outcome, Answer), "a try has an outcome"
    envelope = _envelope(outcome.body)
    if envelope is None:
        return Heard(error=_stranger(outcome.status, url), uncertain=True)
    code, message, request_id, data = envelope
    if code == 0:
        return Heard(data=data)
    error = refusal(code, message, request_id)
    return Heard(error=error, uncertain=error.retryable and not isinstance(error, RateLimitedError))


def _stranger(status: int, url: str) -> UnreachableError:
    if status in PASSING_STATUSES:
        return UnreachableError(f"{url} can't be reached: HTTP status {status}")
    return NotTheApiError(f"{url} does not speak the control API")


def _envelope(raw: bytes) -> tuple[int, str, str, Mapping[str, Any]] | None:
    try:
        answer = json.loads(raw)
        data = answer.get("Data") or {}
        found = int(answer["Code"]), str(answer["Message"]), str(answer.get("RequestId", "")), data
    except (*MALFORMED, RecursionError):
        return None
    return found if isinstance(data, dict) else None


def _encode(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
