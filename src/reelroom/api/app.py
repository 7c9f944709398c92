"""All HTTP doors of the server as one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from reelroom.api.access_log import AccessLog
from reelroom.api.control import ControlDoor
from reelroom.api.desk import TaskDesk
from reelroom.api.files import FileDoor
from reelroom.api.gateway_client import GatewayClient
from reelroom.api.health import HealthDoor
from reelroom.api.metrics import MetricsDoor
from reelroom.api.openapi_door import OpenApiDoor
from reelroom.api.recordings import RecordingDoor
from reelroom.api.start_checks import StartChecks
from reelroom.apps import AppBook
from reelroom.database import Database
from reelroom.engine import Engine
from reelroom.settings import Settings

_ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def make_app(settings: Settings, database: Database, engine: Engine) -> FastAPI:
    """The server's application; `settings.data`/run must exist. Pages are added by the caller."""
    data = Path(settings.data)
    gateway = GatewayClient(data / "run")
    checks = StartChecks(settings)
    desk = TaskDesk(database, data / "run", max_record_s=settings.limits.max_record_s, look=checks.look)
    apps = AppBook(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await gateway.close()

    # The control API is one path, told apart by its query, so its document is our own: openapi.py.
    app = FastAPI(title="Reelroom", openapi_url=None, lifespan=lifespan, redirect_slashes=False)
    control = ControlDoor(apps, desk, settings.limits)
    for path in ("/", "//"):  # base URLs come with and without a slash at their end
        app.router.add_route(path, control.handle, methods=["GET", "POST"])
    _add_rooms(app, gateway, RecordingDoor(apps, desk))
    files = FileDoor(data / "files")
    app.router.add_route("/files/{path:path}", files.get, methods=["GET", "HEAD"])
    app.router.add_route("/openapi.json", OpenApiDoor().get, methods=["GET"])
    app.router.add_route("/healthz", HealthDoor(database, gateway, data).get, methods=["GET"])
    app.router.add_route("/metrics", MetricsDoor(database, engine, gateway, data / "run").get, methods=["GET"])
    app.add_middleware(AccessLog)
    return app


def _add_rooms(app: FastAPI, gateway: GatewayClient, recordings: RecordingDoor) -> None:
    async def rooms(request: Request) -> Response:
        if recordings.concerns(request):
            return await recordings.handle(request)
        return await gateway.forward(request)

    for path in ("/whip/{path:path}", "/whep/{path:path}"):
        app.router.add_route(path, gateway.forward, methods=_ANY_METHOD)
    app.router.add_route("/rooms/{path:path}", rooms, methods=_ANY_METHOD)
