"""`/metrics` for Prometheus. Numbers are gathered when asked for; nobody counts in between."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from reelroom.api.gateway_client import GatewayClient
from reelroom.database import Counts, Database, OutboxKind
from reelroom.engine import Engine
from reelroom.task import FileState, TaskState

_UNFIT = re.compile(r"[^a-zA-Z0-9_]+")
_WORST_OF = frozenset({"lag_s", "render_lag_s"})  # of all recorders the largest tells, not the sum
_NOT_NUMBERS = frozenset({"pid", "at_ns"})


class MetricsDoor:
    """Numbers of the database, the engine, the gateway and all recorders of this machine."""

    def __init__(self, database: Database, engine: Engine, gateway: GatewayClient, run: Path) -> None:
        self._database = database
        self._engine = engine
        self._gateway = gateway
        self._run = run

    async def get(self, _request: Request) -> Response:
        """The text format of Prometheus."""
        stats = await self._gateway.stats()
        text = await run_in_threadpool(self._render, stats)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _render(self, stats: Mapping[str, Any] | None) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            _Gathered(
                [
                    *_of_database(self._database.counts()),
                    _gauge(
                        "reelroom_engine", "Processes the engine watches, and their restarts.", self._engine.numbers()
                    ),
                    _gauge("reelroom_gateway_up", "Whether the gateway answers.", {"": float(stats is not None)}),
                    *_of_gateway(stats or {}),
                    *_of_recorders(self._run),
                ]
            )
        )
        return generate_latest(registry)


class _Gathered(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def _of_database(counts: Counts) -> Iterator[Metric]:
    tasks = {state.name.lower(): counts.tasks.get(state, 0) for state in TaskState}
    files = {state.name.lower(): counts.files.get(state, 0) for state in FileState}
    yield _gauge("reelroom_tasks", "Tasks by state.", tasks, "state")
    yield _gauge("reelroom_files", "Files by state.", files, "state")
    outbox = GaugeMetricFamily("reelroom_outbox", "Deliveries owed, or given up.", labels=["kind", "status"])
    for status, numbers in (("pending", counts.pending), ("failed", counts.given_up)):
        for kind in OutboxKind:
            outbox.add_metric([kind.value, status], numbers.get(kind, 0))
    yield outbox
    refused = "Uploads whose store refused at their last try: wrong key, right or bucket."
    yield _gauge("reelroom_uploads_refused", refused, {"": counts.refused})


def _of_gateway(stats: Mapping[str, Any]) -> Iterator[Metric]:
    for name, number in sorted(_numbers(stats).items()):
        yield _gauge(f"reelroom_gateway_{name}", "Of the room gateway.", {"": number})


def _of_recorders(run: Path) -> Iterator[Metric]:
    """Sums over the recorders alive; those that ended leave no number behind."""
    gathered: dict[str, list[float]] = defaultdict(list)
    for path in run.glob("task-*.stats.json"):
        if path.with_name(path.name.replace(".stats.json", ".lock")).exists():
            for name, number in _read_numbers(path).items():
                gathered[name].append(number)
    for name, numbers in sorted(gathered.items()):
        worst = name in _WORST_OF
        words = "The worst of all recorders." if worst else "Of all recorders together."
        yield _gauge(f"reelroom_recorders_{name}", words, {"": max(numbers) if worst else sum(numbers)})


def _read_numbers(path: Path) -> dict[str, float]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}  # it was just replaced or removed
    return {name: n for name, n in _numbers(found).items() if name not in _NOT_NUMBERS}


def _numbers(value: Any, name: str = "") -> dict[str, float]:
    """The numbers of nested objects, by the path that leads to them; lists and texts are left out."""
    if isinstance(value, Mapping):
        inner = (_numbers(v, f"{name}_{k}" if name else str(k)) for k, v in value.items())
        return {key: number for numbers in inner for key, number in numbers.items()}
    if isinstance(value, (int, float)) and name:
        return {_UNFIT.sub("_", name): float(value)}
    return {}


def _gauge(name: str, words: str, values: Mapping[str, float], label: str = "what") -> Metric:
    """One number under the label "", or one for each label value."""
    if list(values) == [""]:
        return GaugeMetricFamily(name, words, value=values[""])
    gauge = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        gauge.add_metric([value], number)
    return gauge
