"""Fetches an image of a caller: one request, an address that was judged and none other, limits on size and time."""

import asyncio
import socket
from pathlib import Path
from typing import Final

import httpx

from reelroom.addresses import is_public
from reelroom.errors import MediaError
from reelroom.spool import commit, draft_path

MAX_BYTES: Final = 5_000_000  # source: control API, limits of images
TIMEOUT_S: Final = 10.0  # of one image, redirects included
_REDIRECTS: Final = 3


def download(url: str, target: Path, *, allow_private: bool) -> None:
    """Fetch an image into a file; blocks at most `TIMEOUT_S`. Raises MediaError, OSError.

    Each redirect is judged like the first address. The name is resolved once, and connected to as judged.
    """
    body = asyncio.run(_fetch_in_time(url, allow_private=allow_private))
    draft = draft_path(target)
    draft.write_bytes(body)
    commit(draft, target)


async def _fetch_in_time(url: str, *, allow_private: bool) -> bytes:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _fetch(url, allow_private=allow_private)
    except TimeoutError as error:
        raise MediaError(f"an image did not come within {TIMEOUT_S:g} s") from error
    except httpx.HTTPError as error:
        raise MediaError(f"an image could not be fetched: {type(error).__name__}") from error
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise MediaError("the address of an image is not a URL") from error


async def _fetch(url: str, *, allow_private: bool) -> bytes:
    asked = httpx.URL(url)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as client:
        for _ in range(_REDIRECTS + 1):
            answer = await _ask(client, asked, allow_private=allow_private)
            if isinstance(answer, bytes):
                return answer
            asked = asked.join(answer)
    raise MediaError("an image is redirected too often")


async def _ask(client: httpx.AsyncClient, url: httpx.URL, *, allow_private: bool) -> bytes | str:
    """The body; or where else to ask."""
    if url.scheme not in ("http", "https") or not url.host:
        raise MediaError("the address of an image must be an http or https URL")
    address = await _resolve(url, allow_private=allow_private)
    request = client.build_request(
        "GET",
        url.copy_with(host=address),
        headers={"Host": url.netloc.decode("ascii"), "User-Agent": "Reelroom", "Accept-Encoding": "identity"},
        extensions={"sni_hostname": url.raw_host.decode("ascii")},  # certificates name hosts, not addresses
    )
    response = await client.send(request, stream=True)
    try:
        if response.has_redirect_location:
            return response.headers["location"]
        if not response.is_success:
            raise MediaError(f"an image was answered with {response.status_code}")
        return await _read(response)
    finally:
        await response.aclose()


async def _resolve(url: httpx.URL, *, allow_private: bool) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.raw_host.decode("ascii"), url.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise MediaError("the host of an image cannot be found by name") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise MediaError("the host of an image is at a private address")
    return addresses[0]


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise MediaError(f"an image has more than {MAX_BYTES} bytes")
    return bytes(body)
