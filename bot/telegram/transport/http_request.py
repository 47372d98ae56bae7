"""Serialises a call as an HTTP/1.1 request."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

import httpx
import orjson
from telegram.request import BaseRequest, RequestData

Origin = tuple[str, str, int]
"""Scheme, host and port."""


def request(url: str, method: str, data: RequestData | None) -> tuple[Origin, bytes]:
    """The origin a call goes to, and its bytes."""
    origin, head = _head(url, method)
    kind, body = _body(data)
    return origin, b"%s%sContent-Length: %d\r\n\r\n%s" % (head, kind, len(body), body)


@lru_cache(maxsize=64)  # a few methods make nearly all calls
def _head(url: str, method: str) -> tuple[Origin, bytes]:
    where = urlsplit(url)
    assert where.hostname is not None  # noqa: S101 - the settings want a web address
    port = where.port or (443 if where.scheme == "https" else 80)
    path = f"{where.path}?{where.query}" if where.query else where.path
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"User-Agent: {BaseRequest.USER_AGENT}\r\n"
    )
    return (where.scheme, where.hostname, port), head.encode("ascii")


def _body(data: RequestData | None) -> tuple[bytes, bytes]:
    if data is not None and data.contains_files:
        # httpx knows how multipart bodies are written.
        made = httpx.Request(
            "POST", "http://files", data=data.json_parameters, files=data.multipart_data
        )
        return b"Content-Type: %s\r\n" % made.headers["content-type"].encode("ascii"), made.read()
    if data is None or not data.parameters:
        return b"", b""  # an empty body is not JSON either
    return b"Content-Type: application/json\r\n", orjson.dumps(data.parameters)
