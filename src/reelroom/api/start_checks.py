"""What StartRecord looks at beyond its words: this server's disk, the vendor's values, addresses, the store itself."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from reelroom.addresses import is_public
from reelroom.api.codes import Code, RefusedError, invalid
from reelroom.database import NewTask
from reelroom.errors import RequestError, StorageError
from reelroom.logs import get_logger
from reelroom.mix import MixSpec
from reelroom.settings import Settings
from reelroom.spec import Destination
from reelroom.spool import DiskLowError, refuse_when_low
from reelroom.storage import RefusedError as StoreRefusedError
from reelroom.storage import check
from reelroom.storage.vendors import VENDORS, s3_address

_AT_ONCE = 8  # stores asked
_MIX = "RecordInputParams.MixConfig"


class StartChecks:
    """Each may refuse a task before it is made. Blocks: on the disk, and on the store if a setting asks for that."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asking = BoundedSemaphore(_AT_ONCE)

    def look(self, new: NewTask, callback_url: str) -> None:
        """Raise RefusedError if this task can't be taken. `callback_url`: the caller's, not the app's."""
        self._look_at_disk()
        self._look_at_addresses(new, callback_url)
        if new.destination.vendor in VENDORS:
            self._look_at_values(new.destination)
        if new.destination.vendor and self._settings.store.check_at_start:
            self._look_at_store(new)

    def _look_at_disk(self) -> None:
        try:
            refuse_when_low(Path(self._settings.data), self._settings.store.low_free_bytes)
        except DiskLowError as error:
            raise RefusedError(Code.SYSTEM_ERROR, f"system error: {error}") from None

    def _look_at_addresses(self, new: NewTask, callback_url: str) -> None:
        """Names are looked up when they are used, and looked at again then: here only what is plain to see is told."""
        if self._settings.callbacks.allow_private:
            return
        given = [("RecordOutputParams.CallbackUrl", callback_url), *_addresses(new.spec.mix, new.destination)]
        for path, url in given:
            if _is_private(urlsplit(url).hostname or ""):
                raise invalid(path, "a private address came; allowed: addresses of the public internet")

    def _look_at_values(self, destination: Destination) -> None:
        try:
            s3_address(destination, self._settings.store.vendors)
        except RequestError as error:
            raise invalid(error.field or "StorageParams", str(error)) from None

    def _look_at_store(self, new: NewTask) -> None:
        """A store that says no refuses the task; one that can't be reached now may be there when files are.

        Slow stores keep few threads busy, whosever they are: while those wait, others aren't asked.
        """
        if not self._asking.acquire(blocking=False):
            get_logger().warning("store_not_checked", task=new.task, error="too many other stores are being asked")
            return
        try:
            check(new.destination, new.secret, self._settings)
        except (StoreRefusedError, RequestError) as error:
            raise invalid("StorageParams", f"the store refuses to take files: {error}") from None
        except StorageError as error:
            get_logger().warning("store_not_checked", task=new.task, error=str(error))
        finally:
            self._asking.release()


def _addresses(mix: MixSpec | None, destination: Destination) -> Iterator[tuple[str, str]]:
    """URLs a caller gave, and where they stood; some are empty."""
    yield "StorageParams.EndPoint", destination.endpoint
    if mix is not None:
        yield f"{_MIX}.MixOutputBackgroundImage", mix.background_image
        yield f"{_MIX}.MixOutputWatermarkImage", mix.watermark_image
        yield f"{_MIX}.DefaultMixStreamBackgroundImage", mix.view_image
        for number, view in enumerate(mix.layout.views):
            yield f"{_MIX}.MixInputList[{number}].BackgroundImage", view.image


def _is_private(host: str) -> bool:
    """Whether a host is one of this machine or of a private network, as far as its name tells."""
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        name = host.rstrip(".").lower()
        return name == "localhost" or name.endswith(".localhost")
