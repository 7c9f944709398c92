"""`/healthz` for watchers: 200 when everything answers, else 503 and which part does not."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reelroom.api.gateway_client import GatewayClient
from reelroom.database import Database
from reelroom.units import TaskId

LEAST_FREE_BYTES = 512 << 20  # about ten minutes of ten publishers
_PATIENCE_S = 5.0


class HealthDoor:
    """Looks at database, gateway and disk."""

    def __init__(self, database: Database, gateway: GatewayClient, data: Path) -> None:
        self._database = database
        self._gateway = gateway
        self._data = data

    async def get(self, _request: Request) -> Response:
        """Each part "ok" or what is wrong with it."""
        parts = dict(
            zip(
                ("database", "gateway", "disk"),
                await asyncio.gather(self._look_at_database(), self._look_at_gateway(), self._look_at_disk()),
                strict=True,
            )
        )
        good = all(word == "ok" for word in parts.values())
        body: dict[str, Any] = {"status": "ok" if good else "failing", **parts}
        return JSONResponse(body, status_code=200 if good else 503)

    async def _look_at_database(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await run_in_threadpool(self._database.task, TaskId(""))
        except Exception as error:  # noqa: BLE001  whatever it is, the database does not answer
            return f"does not answer: {type(error).__name__}"
        return "ok"

    async def _look_at_gateway(self) -> str:
        return "ok" if await self._gateway.healthy() else "does not answer"

    async def _look_at_disk(self) -> str:
        free = shutil.disk_usage(self._data).free
        return "ok" if free >= LEAST_FREE_BYTES else f"{free >> 20} MiB free; {LEAST_FREE_BYTES >> 20} are needed"
