"""Loopback stand-ins for two paid clouds: the APIs of Alibaba VOD and Tencent VOD as their documents describe them,
and the bucket they hand out. Each remembers what it was asked and can be told to answer with an error code."""

import base64
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Asked:
    """One API call."""

    action: str
    fields: dict[str, Any]
    headers: dict[str, str]


@dataclass
class FakeCloud:
    """Use as a context manager. `errors`: codes for the next calls of an action, with their HTTP statuses."""

    asked: list[Asked] = field(default_factory=list)
    errors: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)  # "bucket/key" by path
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # to buckets
    broken_after: int | None = None  # parts that arrive before the bucket fails
    grants: int = 0

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def actions(self) -> list[str]:
        return [asked.action for asked in self.asked]

    def error(self, action: str) -> tuple[int, str] | None:
        codes = self.errors.get(action)
        return codes.pop(0) if codes else None

    # --- Alibaba -----------------------------------------------------------------------------------------------

    def alibaba(self, action: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        wrong = self.error(action)
        if wrong is not None:
            return wrong[0], {"RequestId": "R", "HostId": "vod", "Code": wrong[1], "Message": "refused"}
        if action == "RefreshUploadVideo" and fields["VideoId"] == "0" * 32:
            return 404, {"RequestId": "R", "Code": "InvalidVideo.NotFound", "Message": "The video does not exist."}
        self.grants += 1
        address = {"Endpoint": self.url, "Bucket": "outin-bucket", "FileName": "sv/5f1.mp4"}
        key = {
            "AccessKeyId": f"STS.{self.grants}",
            "AccessKeySecret": f"temporary-secret-{self.grants}",
            "SecurityToken": f"temporary-token-{self.grants}",
            "ExpireUTCTime": "2099-01-01T00:00:00Z",
            "Expiration": "3000",
            "Region": "cn-shanghai",
        }
        body = {"RequestId": "R", "UploadAddress": _packed(address), "UploadAuth": _packed(key)}
        return 200, {**body, "VideoId": fields.get("VideoId") or "93ab850b4f6f44eab54b6e91d24d81d4"}

    # --- Tencent -----------------------------------------------------------------------------------------------

    def tencent(self, action: str) -> dict[str, Any]:
        wrong = self.error(action)
        if wrong is not None:
            return {"Error": {"Code": wrong[1], "Message": "refused"}, "RequestId": "R"}
        if action == "CommitUpload":
            return {
                "FileId": "5285890784273533167",
                "MediaUrl": "http://125.vod2.myqcloud.com/x/f0.mp4",
                "RequestId": "R",
            }
        self.grants += 1
        return {
            "StorageBucket": "vodbucket-125",
            "StorageRegion": "ap-shanghai",
            "VodSessionKey": f"session-{self.grants}",
            "MediaStoragePath": f"/x/{self.grants}/f0.mp4",
            "TempCertificate": {
                "SecretId": f"temporary-id-{self.grants}",
                "SecretKey": f"temporary-secret-{self.grants}",
                "Token": f"temporary-token-{self.grants}",
                "ExpiredTime": int(time.time()) + 7200,
            },
            "RequestId": "R",
        }

    # --- buckets -----------------------------------------------------------------------------------------------

    def bucket(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str, str]:
        """Status, ETag and XML of one request to a bucket, in the words that S3, OSS and COS share."""
        parts = urlsplit(target)
        key, query = unquote(parts.path)[1:], dict(parse_qsl(parts.query, keep_blank_values=True))
        self.requests.append((method, target, headers))
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        if method == "POST" and "uploads" in query:
            upload = f"upload-{len(self.uploads) + 1}"
            self.uploads[upload] = {}
            return 200, "", _xml("InitiateMultipartUploadResult", f"<Key>{key}</Key><UploadId>{upload}</UploadId>")
        if "uploadId" not in query:
            self.objects[key] = body
            return 200, tag, ""
        if query["uploadId"] not in self.uploads:
            return 404, "", _xml("Error", "<Code>NoSuchUpload</Code><Message>gone</Message>")
        return self._part(query, body, tag) if method == "PUT" else self._end(method, key, query["uploadId"], body)

    def _part(self, query: dict[str, str], body: bytes, tag: str) -> tuple[int, str, str]:
        sent = self.uploads[query["uploadId"]]
        if self.broken_after is not None and len(sent) >= self.broken_after:
            return 503, "", _xml("Error", "<Code>ServiceUnavailable</Code><Message>later</Message>")
        sent[int(query["partNumber"])] = body
        return 200, tag, ""

    def _end(self, method: str, key: str, upload: str, body: bytes) -> tuple[int, str, str]:
        sent = self.uploads.pop(upload)
        if method == "DELETE":
            return 204, "", ""
        numbers = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        self.objects[key] = b"".join(sent[number] for number in numbers)
        return 200, "", _xml("CompleteMultipartUploadResult", f"<Key>{key}</Key><ETag>x</ETag>")


def _packed(value: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def _xml(name: str, inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><{name}>{inner}</{name}>'


def _handler_of(cloud: FakeCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self._body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            if "x-acs-action" in headers:
                fields = dict(parse_qsl(urlsplit(self.path).query))
                cloud.asked.append(Asked(headers["x-acs-action"], fields, headers))
                status, found = cloud.alibaba(headers["x-acs-action"], fields)
                self._send(status, json.dumps(found).encode(), "application/json")
            elif "x-tc-action" in headers:
                fields = json.loads(body)
                cloud.asked.append(Asked(headers["x-tc-action"], fields, headers))
                answer = {"Response": cloud.tencent(headers["x-tc-action"])}
                self._send(200, json.dumps(answer).encode(), "application/json")
            else:
                status, tag, xml = cloud.bucket(self.command, self.path, headers, body)
                self._send(status, xml.encode(), "application/xml", tag)

        do_PUT = do_POST = do_DELETE = answer  # noqa: N815  http.server's names

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _send(self, status: int, body: bytes, media_type: str, tag: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            if tag:
                self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the test asks what came."""

    return Handler
