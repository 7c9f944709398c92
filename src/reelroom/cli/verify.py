"""The command that looks files over."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console

from reelroom.cli.operating import opened
from reelroom.cli.options import Config, Data, Json
from reelroom.cli.show import print_json
from reelroom.config import load
from reelroom.database import RecordedFile
from reelroom.errors import ReelroomError
from reelroom.settings import Settings
from reelroom.units import TaskId

if TYPE_CHECKING:  # codecs are loaded when they are needed
    from reelroom.verify import Limits, Report

_FILES = "/files/"  # of the local folder, in an address
_SLACK_MS = 500  # by which a file may differ from what callers were told


def verify(
    what: Annotated[str, typer.Argument(metavar="FILE|TASK", help="A file, or the id of a task with local files.")],
    *,
    still: Annotated[
        float,
        typer.Option("--still", metavar="SECONDS", help="How long a picture may stand still, or sound be silent."),
    ] = 10.0,
    json_: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Decode recordings and say what is wrong with them. The exit code is 1 if anything is."""
    from reelroom.verify import Limits, verify_file  # noqa: PLC0415

    limits = Limits(still_s=still)
    path = Path(what)
    reports = [verify_file(path, limits)] if path.is_file() else _verify_task(load(data, config), TaskId(what), limits)
    if json_:
        print_json([{**asdict(report), "good": report.good} for report in reports])
    else:
        _say(reports)
    if not all(report.good for report in reports):
        raise typer.Exit(1)


def _verify_task(settings: Settings, task: TaskId, limits: Limits) -> list[Report]:
    with opened(settings) as database:
        if database.task(task) is None:
            raise ReelroomError(f"there is no file and no task {task}")
        files = [file for file in database.files(task) if file.listed]
    if not files:
        raise ReelroomError(f"task {task} has no files yet")
    return [_verify_recorded(Path(settings.data), file, limits) for file in files]


def _verify_recorded(data: Path, file: RecordedFile, limits: Limits) -> Report:
    from reelroom.verify import Report, verify_file  # noqa: PLC0415

    path = _local_path(data, file)
    if path is None:
        report = Report(file.name)
        if file.url:
            report.note(f"it is not on this machine: {file.url}")
        else:
            report.fault(f"it is not delivered yet: {file.state.name.lower()}")
        return report
    report = verify_file(path, limits)
    if path.suffix != ".m3u8" and path.stat().st_size != file.size:
        report.fault(f"it has {path.stat().st_size} bytes, and callers were told of {file.size}")
    if report.duration_s and abs(report.duration_s * 1000 - file.duration_ms) > _SLACK_MS:
        report.fault(f"it lasts {report.duration_s:.1f} s, and callers were told of {file.duration_ms / 1000:.1f} s")
    return report


def _local_path(data: Path, file: RecordedFile) -> Path | None:
    """Where the local folder or the spool has it."""
    path = unquote(urlsplit(file.url).path)
    places = [data / file.spool_path] if file.spool_path else []
    if _FILES in path:
        places.append(data / "files" / path.rpartition(_FILES)[2])
    return next((place for place in places if place.is_file()), None)


def _say(reports: list[Report]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for report in reports:
        length = f"{report.duration_s:.1f} s, {', '.join(report.tracks)}" if report.tracks else "nothing decoded"
        console.print(f"{'good' if report.good else 'BAD '}  {report.name}: {length}", markup=False)
        for finding in report.findings:
            console.print(f"      {'- ' if finding.fault else '  '}{finding.words}", markup=False)
