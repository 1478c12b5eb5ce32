"""Files of the bundle by their digest: whole, in ranges, or compressed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Response
from starlette.types import Receive, Scope, Send

from carreau.base.schema.bundle import FILES
from carreau_server.bundle.bundle import Bundle
from carreau_server.bundle.stored_file import StoredFile
from carreau_server.errors import NotFoundError
from carreau_server.http.context import RequestContext
from carreau_server.http.ranges import if_range_matches, parse
from carreau_server.http.responses import file_content_response
from carreau_server.openapi import content_response, problems, volatile_response
from carreau_server.query_params import Context, State, run_in_thread

router = APIRouter(tags=["files"])

IMMUTABLE = "public, max-age=31536000, immutable"
_MAX_CACHED_BYTES = 256 * 1024
"""Larger files are not cached in memory: the kernel does that."""
_NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{1,12})")
# Octet stream stands first for generators of clients, which know what to do with it and nothing of `*/*`.
_BINARY = ("application/octet-stream", "*/*")
_RESPONSES = {
    **content_response(dict.fromkeys(_BINARY, "the bytes of the file")),
    206: {
        "description": "The requested range; several come as multipart/byteranges.",
        "content": volatile_response(dict.fromkeys(_BINARY, "some bytes of the file"))[200]["content"],
        "headers": {"Content-Range": {"schema": {"type": "string"}, "example": "bytes 0-99/2097152"}},
    },
    **problems(404, 416),
}


@router.get(f"/{FILES}/{{sha256}}.{{ext}}", response_class=Response, responses=_RESPONSES)
async def get_file(sha256: str, ext: str, context: Context, state: State) -> Response:
    """Return a file of this release or of a kept one. Files never change; ranges are of the uncompressed file."""
    name = _NAME.fullmatch(f"{sha256}.{ext}")
    stored = context.bundle.file(name[1], name[2]) if name else None
    if stored is None and name:
        stored = await state.releases.kept_file(name[1], name[2])
    if stored is None:
        raise NotFoundError
    range_header = "" if context.is_head else context.header(b"range")
    if (
        range_header
        and not context.matches(stored.etag())
        and if_range_matches(context.header(b"if-range"), stored.etag())
    ):
        ranges = parse(range_header, stored.bytes)
        if ranges:
            return await _ranges(context, stored, ranges)
    return await _whole(context, stored)


async def _whole(context: RequestContext, file: StoredFile) -> Response:
    coding = context.coding(file.codings)
    if file.size(coding) <= _MAX_CACHED_BYTES:
        response = file_content_response(context, file, "", ())
        response.headers.update({"Cache-Control": IMMUTABLE, **({} if coding else {"Accept-Ranges": "bytes"})})
        return response
    headers = {**_headers(file, coding), "Content-Type": file.media_type}
    if context.matches(file.etag(coding)) or context.is_head:
        # The outermost middleware makes this a 304 where the client has this version.
        return Response(None, 200, {**headers, "Content-Length": str(file.size(coding))})
    return FileResponse(await _opened(context.bundle, file, coding), [(0, file.size(coding))], 200, headers)


async def _ranges(context: RequestContext, file: StoredFile, ranges: tuple[tuple[int, int], ...]) -> Response:
    headers = _headers(file, "")
    descriptor = await _opened(context.bundle, file)
    if len(ranges) == 1:
        ((start, end),) = ranges
        headers |= {"Content-Type": file.media_type, "Content-Range": f"bytes {start}-{end - 1}/{file.bytes}"}
        return FileResponse(descriptor, [(start, end)], 206, headers)
    boundary = file.sha256[:24]
    parts: list[Part] = []
    for start, end in ranges:
        head = f"--{boundary}\r\nContent-Type: {file.media_type}\r\n"
        head += f"Content-Range: bytes {start}-{end - 1}/{file.bytes}\r\n\r\n"
        parts += [head.encode(), (start, end), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    return FileResponse(descriptor, parts, 206, headers)


async def _opened(bundle: Bundle, file: StoredFile, coding: str = "") -> int:
    """Return a descriptor of a file whose content was checked, in a thread where it was not yet; CorruptBundleError."""
    descriptor, is_checked = bundle.open_unchecked(file, coding)
    try:
        if not is_checked:
            await run_in_thread(lambda: bundle.check(descriptor, file, coding))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _headers(file: StoredFile, coding: str) -> dict[str, str]:
    headers = {"ETag": file.etag(coding), "Cache-Control": IMMUTABLE}
    headers |= {"Vary": "Accept-Encoding"} if file.codings else {}
    return headers | ({"Content-Encoding": coding} if coding else {"Accept-Ranges": "bytes"})


_CHUNK_BYTES = 128 * 1024
"""Memory that a slow client may hold: 128 MB for a thousand of them. 256 kB are no faster."""

Part = bytes | tuple[int, int]


class FileResponse(Response):
    """A response from an open file, which it closes.

    parts : of the body, bytes as they are or (first, behind the last) of the file
    """

    def __init__(self, descriptor: int, parts: Sequence[Part], status: int, headers: Mapping[str, str]) -> None:
        """Set the headers."""
        length = sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in parts)
        super().__init__(None, status, {**headers, "Content-Length": str(length)})
        self._descriptor, self._parts = descriptor, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as in ASGI
        """Send it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for part in self._parts:
                if isinstance(part, bytes):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                else:
                    await self._send_range(*part, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            os.close(self._descriptor)

    async def _send_range(self, start: int, end: int, send: Send) -> None:
        while start < end:
            chunk = os.pread(self._descriptor, min(_CHUNK_BYTES, end - start), start)
            if not chunk:
                raise OSError("the file became shorter while it was sent")
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            start += len(chunk)
