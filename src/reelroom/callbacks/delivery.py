"""One attempt to deliver a notice over HTTP.

The address comes from a customer, so it is resolved once, judged, and connected to as judged: a name server that
answers differently the second time gains nothing. Redirects are not followed, proxies of the environment not used.
"""

import asyncio
import json
import secrets
import socket
import ssl
import time
from dataclasses import dataclass

import httpx

from reelroom.addresses import is_public
from reelroom.callbacks.notice import BadAddressError, Notice, envelope
from reelroom.errors import CallbackError
from reelroom.settings import CallbackSettings

_CONTENT_TYPE = "application/json; charset=utf-8"
_MAX_ANSWER_BYTES = 65_536  # the status alone counts; more than this of the body is not awaited


@dataclass(frozen=True, slots=True)
class _Target:
    """A checked callback address. `shown` is all of it that error texts may hold: paths carry tokens."""

    url: httpx.URL
    shown: str
    addresses: tuple[str, ...]


def deliver(notice: Notice, url: str, secret: str, settings: CallbackSettings) -> None:
    """Send a notice, freshly signed; blocks at most `settings.timeout_s` seconds. Any 2xx answer is receipt.

    Raises CallbackError, or its child BadAddressError (not retryable) when the address may not be called.
    """
    asyncio.run(_deliver(notice, url, secret, settings))


async def _deliver(notice: Notice, url: str, secret: str, settings: CallbackSettings) -> None:
    shown = _shown(url)
    try:
        async with asyncio.timeout(settings.timeout_s):
            target = await _resolve(url, shown, allow_private=settings.allow_private)
            status = await _post(target, _body(notice, secret), settings.timeout_s)
    except TimeoutError as error:
        raise CallbackError(f"{shown} did not answer within {settings.timeout_s:g} s") from error
    if not httpx.codes.is_success(status):
        raise CallbackError(f"{shown} answered {status}")


def _body(notice: Notice, secret: str) -> bytes:
    nonce = str(secrets.randbelow(900_000) + 100_000)
    return json.dumps(envelope(notice, secret, nonce=nonce, timestamp=str(int(time.time())))).encode()


def _shown(url: str) -> str:
    """Scheme, host and port alone."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise BadAddressError("the callback address is not a URL") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadAddressError("the callback address must be an http or https URL")
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"


async def _resolve(url: str, shown: str, *, allow_private: bool) -> _Target:
    parsed = httpx.URL(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parsed.raw_host.decode("ascii"), parsed.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallbackError(f"{shown} cannot be found by name") from error
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private and not all(is_public(address) for address in addresses):
        raise BadAddressError(f"{shown} is at a private address")
    return _Target(parsed, shown, addresses)


async def _post(target: _Target, body: bytes, timeout_s: float) -> int:
    """The status of the first address that accepts a connection."""
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_s) as client:
        for address in target.addresses:
            try:
                return await _post_to(client, target, address, body)
            except httpx.ConnectError as error:
                if _is_about_tls(error):
                    raise CallbackError(f"{target.shown} has no valid certificate") from error
            except httpx.TimeoutException as error:
                raise TimeoutError from error
            except httpx.HTTPError as error:
                raise CallbackError(f"{target.shown} broke the connection ({type(error).__name__})") from error
    raise CallbackError(f"{target.shown} refuses connections")


def _is_about_tls(error: BaseException | None) -> bool:
    """Whether an error is, or was caused by, one of TLS."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _post_to(client: httpx.AsyncClient, target: _Target, address: str, body: bytes) -> int:
    headers = {"Host": target.url.netloc.decode("ascii"), "Content-Type": _CONTENT_TYPE, "User-Agent": "Reelroom"}
    request = client.build_request(
        "POST",
        target.url.copy_with(host=address),
        content=body,
        headers=headers,
        extensions={"sni_hostname": target.url.raw_host.decode("ascii")},  # certificates name hosts, not addresses
    )
    response = await client.send(request, stream=True)
    try:
        await _read_some(response)
    finally:
        await response.aclose()
    return response.status_code


async def _read_some(response: httpx.Response) -> None:
    received = 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        if received > _MAX_ANSWER_BYTES:
            return
