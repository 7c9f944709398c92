"""What both clients' ways to the network have in common: settings, and what httpx says, in our words."""

import logging
import random
import secrets
import time
from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any, Final

import httpx

from reelroom.client.exchange import Answer, Core, Credentials, Failure, Surroundings
from reelroom.client.pages import TaskQuery, Walk
from reelroom.retry import Policy

HEADERS: Final = {"content-type": "application/json"}
FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL)
SURROUNDINGS: Final = Surroundings(
    unix_ns=time.time_ns,
    steady_ns=time.monotonic_ns,
    nonce=partial(secrets.token_hex, 8),  # the form the contract recommends
    chance=random.random,
)
# The connection was never made, so the request is not under way. All others may come after it was sent.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_HOPELESS = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


class Shell:
    """What a client has before it can reach anything."""

    def __init__(
        self, base_url: str, app_id: int, server_secret: str, retries: Policy, surroundings: Surroundings
    ) -> None:
        credentials = Credentials(app_id, server_secret)
        self._core = Core(base_url.rstrip("/") + "/", credentials, retries, surroundings)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.shown_url!r}, app_id={self._core.credentials.app_id})"

    def _walk(self, *, running: bool, room: str | None, within_s: int) -> Walk:
        query = TaskQuery(running=running, room=room, within_s=within_s)
        return Walk(query, self._core.moment().now_ms)


def read_response(response: httpx.Response) -> Answer:
    """What came, whatever it is."""
    return Answer(response.status_code, response.content)


def read_failure(error: httpx.HTTPError | httpx.InvalidURL) -> Failure:
    """Why nothing came. The error itself holds the signed address and goes no further."""
    hopeless = isinstance(error, _HOPELESS)
    arrived = not hopeless and not isinstance(error, _BEFORE_SENDING)
    return Failure(type(error).__name__, arrived=arrived, passing=not hopeless)


def dress(method: Any, make: Callable[..., Any]) -> None:
    """Give a method the name, the words and the parameters of the operation it carries out."""
    own = Parameter("self", Parameter.POSITIONAL_ONLY)
    asked = signature(make)
    method.__name__, method.__qualname__, method.__doc__ = make.__name__, make.__name__, make.__doc__
    method.__signature__ = Signature([own, *asked.parameters.values()])


class _Unsigned(logging.Filter):
    """httpx tells the address of each request at INFO; a signed one would let its reader sign in for ten minutes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, less the query of an address that is signed."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


def _without_query(argument: object) -> object:
    signed = isinstance(argument, httpx.URL) and "Signature" in argument.params
    return argument.copy_with(query=None) if signed else argument  # type: ignore[attr-defined]


logging.getLogger("httpx").addFilter(_Unsigned())
