"""A typed client of the control API: signs requests, understands answers, repeats what is safe, verifies callbacks.

with Client("http://127.0.0.1:8080", app_id=1234567890, server_secret="…") as client:
    task = client.start_record("lesson42", max_idle_s=60)
    client.stop_record(task)
    print(client.describe_record_status(task).files)

`AsyncClient` is the same with every call awaited. How it is built: `operations.py` has the actions as values,
`exchange.py` the conversation as a generator, `blocking.py` and `awaiting.py` the two ways to carry it out.
"""

from reelroom.client.awaiting import AsyncClient
from reelroom.client.blocking import Client
from reelroom.client.errors import (
    ApiError,
    InvalidInputError,
    NotPausedError,
    NotTheApiError,
    RateLimitedError,
    ServiceError,
    ServiceNotEnabledError,
    SignatureExpiredError,
    SignatureRefusedError,
    TaskEndedError,
    TooManyTasksError,
    UnknownTaskError,
    UnreachableError,
)
from reelroom.client.exchange import NO_RETRIES, RETRIES, Surroundings
from reelroom.client.notices import (
    FilesUploaded,
    ImageMissing,
    Notice,
    PlaylistReady,
    RecorderLeft,
    RecordPaused,
    RecordResumed,
    RoomEmpty,
    StreamMissing,
    TaskFailed,
    UploadBegan,
    read_callback,
    verify_callback,
)
from reelroom.client.results import FileStatus, RecordStatus, TaskLine, TaskPage
from reelroom.client.storage import (
    AlibabaOss,
    AlibabaVod,
    AmazonS3,
    ChinaMobileEos,
    GoogleCloudStorage,
    HuaweiObs,
    QiniuKodo,
    S3Compatible,
    Storage,
    TencentCos,
    TencentVod,
)
from reelroom.retry import Policy

__all__ = [
    "NO_RETRIES",
    "RETRIES",
    "AlibabaOss",
    "AlibabaVod",
    "AmazonS3",
    "ApiError",
    "AsyncClient",
    "ChinaMobileEos",
    "Client",
    "FileStatus",
    "FilesUploaded",
    "GoogleCloudStorage",
    "HuaweiObs",
    "ImageMissing",
    "InvalidInputError",
    "NotPausedError",
    "NotTheApiError",
    "Notice",
    "PlaylistReady",
    "Policy",
    "QiniuKodo",
    "RateLimitedError",
    "RecordPaused",
    "RecordResumed",
    "RecordStatus",
    "RecorderLeft",
    "RoomEmpty",
    "S3Compatible",
    "ServiceError",
    "ServiceNotEnabledError",
    "SignatureExpiredError",
    "SignatureRefusedError",
    "Storage",
    "StreamMissing",
    "Surroundings",
    "TaskEndedError",
    "TaskFailed",
    "TaskLine",
    "TaskPage",
    "TencentCos",
    "TencentVod",
    "TooManyTasksError",
    "UnknownTaskError",
    "UnreachableError",
    "UploadBegan",
    "read_callback",
    "verify_callback",
]
