"""Hand out the files of the bundle by their content: whole, in part, or compressed."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request, Response

from server.asked import Asked, asked_in
from server.described import plain_answer, refusals
from server.errors import NotThereError
from server.held import Held
from server.ranges import parse, still_holds
from server.sending import prepared
from server.stream import Stream

router = APIRouter(tags=["files"])

FOR_EVER = "public, max-age=31536000, immutable"
_SMALL_BYTES = 256 * 1024
_NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{1,12})")
_ANSWERS = {
    **plain_answer({"*/*": "the bytes of the file"}),
    206: {
        "description": "The part that was asked for; several parts come as multipart/byteranges.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}, "example": "some bytes of the file"}},
        "headers": {"Content-Range": {"schema": {"type": "string"}, "example": "bytes 0-99/2097152"}},
    },
    **refusals(404, 416),
}


@router.get("/a/{sha256}.{ext}", response_class=Response, responses=_ANSWERS)
async def file(sha256: str, ext: str, request: Request) -> Response:
    """Send a file of the bundle. It never changes, so that a copy may be kept for ever; ranges are of plain bytes."""
    asked = asked_in(request.scope)
    name = _NAME.fullmatch(f"{sha256}.{ext}")
    held = asked.bundle.held(name[1], name[2]) if name else None
    if held is None:
        raise NotThereError("address")
    wanted = "" if asked.is_head else asked.header(b"range")
    if wanted and not asked.knows(held.tag(False)) and still_holds(asked.header(b"if-range"), held.tag(False)):
        ranges = parse(wanted, held.bytes)
        if ranges:
            return _parts(asked, held, ranges)
    return _whole(asked, held)


def _whole(asked: Asked, held: Held) -> Response:
    is_brotli = held.brotli_bytes is not None and asked.takes_brotli
    if held.length(is_brotli) <= _SMALL_BYTES:
        answer = prepared(asked, held, "", ())
        answer.headers.update({"Cache-Control": FOR_EVER, **({} if is_brotli else {"Accept-Ranges": "bytes"})})
        return answer
    headers = {**_headers(held, is_brotli), "Content-Type": held.media_type}
    if asked.knows(held.tag(is_brotli)):
        return Response(status_code=304, headers=headers)
    if asked.is_head:
        return Response(None, 200, {**headers, "Content-Length": str(held.length(is_brotli))})
    asked.file = held, is_brotli
    return Stream(asked.bundle.opened(held, is_brotli), [(0, held.length(is_brotli))], 200, headers)


def _parts(asked: Asked, held: Held, ranges: tuple[tuple[int, int], ...]) -> Response:
    headers = _headers(held, False)
    descriptor = asked.bundle.opened(held, False)
    if len(ranges) == 1:
        ((begin, behind),) = ranges
        headers |= {"Content-Type": held.media_type, "Content-Range": f"bytes {begin}-{behind - 1}/{held.bytes}"}
        return Stream(descriptor, [(begin, behind)], 206, headers)
    boundary = held.sha256[:24]
    pieces: list[bytes | tuple[int, int]] = []
    for begin, behind in ranges:
        head = f"--{boundary}\r\nContent-Type: {held.media_type}\r\n"
        head += f"Content-Range: bytes {begin}-{behind - 1}/{held.bytes}\r\n\r\n"
        pieces += [head.encode(), (begin, behind), b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    return Stream(descriptor, pieces, 206, headers)


def _headers(held: Held, is_brotli: bool) -> dict[str, str]:
    headers = {"ETag": held.tag(is_brotli), "Cache-Control": FOR_EVER}
    headers |= {"Vary": "Accept-Encoding"} if held.brotli_bytes is not None else {}
    return headers | ({"Content-Encoding": "br"} if is_brotli else {"Accept-Ranges": "bytes"})
