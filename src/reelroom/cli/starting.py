"""`reelroom start`."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reelroom.cli.json_files import read_object
from reelroom.cli.mixing import MixOptions, Mode
from reelroom.cli.options import App, Config, Data, Json, Url, connect
from reelroom.spec import Tracks


class Format(StrEnum):
    """Of the files."""

    MP4 = "mp4"
    FLV = "flv"
    HLS = "hls"
    JPG = "jpg"
    MP3 = "mp3"
    AAC = "aac"
    OGG = "ogg"


def start(
    room: Annotated[str, typer.Argument(help="Room to record.")],
    *,
    tracks: Annotated[int, typer.Option(min=1, max=4, help="1 audio, 2 video, 3 both, 4 both in two files.")] = 3,
    max_idle: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="Ends when nobody publishes this long.")
    ] = None,
    max_record: Annotated[int | None, typer.Option(metavar="SECONDS", help="Ends at this age.")] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(help="Not mixed: only this stream; may be repeated. [default: all]"),
    ] = None,
    fill_blank: Annotated[
        bool,
        typer.Option(help="Returning publishers go on in the same file, after silence."),
    ] = False,
    resume: Annotated[
        bool, typer.Option(help="Not mixed: returning publishers go on in the same file, without a gap.")
    ] = False,
    mix: Annotated[Mode | None, typer.Option(help="Mix all streams into one file, arranged so.")] = None,
    views: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Mixed: JSON file of a custom layout (MixInputList)."),
    ] = None,
    big: Annotated[str | None, typer.Option(metavar="STREAM", help="Mixed: the stream of the big view.")] = None,
    name: Annotated[str | None, typer.Option(help="Mixed: of the output. [default: mix]")] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="WIDTHxHEIGHT", help="Mixed: of the picture. [default: 1280x720]"),
    ] = None,
    fps: Annotated[int | None, typer.Option(help="Mixed: pictures a second, 5 to 30. [default: 15]")] = None,
    bitrate: Annotated[
        int | None,
        typer.Option(metavar="BPS", help="Mixed: of the video. [default: usual for its size]"),
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(metavar="#RRGGBB", help="Mixed: colour between views. [default: black]"),
    ] = None,
    always: Annotated[bool, typer.Option("--always", help="Mixed: begin at once, not with the first stream.")] = False,
    file_format: Annotated[Format | None, typer.Option("--format", help="Of the files. [default: mp4]")] = None,
    folder: Annotated[str, typer.Option(help="Key prefix in the store.")] = "",
    storage: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON file of StorageParams. [default: local folder]"),
    ] = None,
    callback_url: Annotated[str, typer.Option(help="Where callbacks go.")] = "",
    client_task_id: Annotated[
        str | None, typer.Option(metavar="TEXT", help="While a task of this id lives, print it and start none.")
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON file of a StartRecord body, laid over all of this."),
    ] = None,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Start to record a room and print the task id."""
    options = MixOptions(
        mode=mix,
        views=views,
        big=big,
        name=name,
        size=size,
        fps=fps,
        bitrate=bitrate,
        background=background,
        always=always,
    )
    mixed, store, laid_over = options.to_mix(Tracks(tracks)), read_object(storage), read_object(request)
    if mixed is not None and (stream or resume):
        raise typer.BadParameter("--stream and --resume are of single-stream recordings, without --mix")
    with connect(data, config, app, url) as client:
        task = client.start_record(
            room,
            tracks=Tracks(tracks),
            mix=mixed,
            streams=stream or (),
            fill_blank=fill_blank,
            resume=resume,
            max_idle_s=max_idle,
            max_record_s=max_record,
            file_format=file_format,
            folder=folder,
            callback_url=callback_url,
            client_task_id=client_task_id,
            storage=store,
            request=laid_over,
        )
    typer.echo(json.dumps({"task": task}) if json_ else task)
