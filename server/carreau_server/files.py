"""Files of the bundle by their digest, and the best model of a state for a client."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from starlette.types import Receive, Scope, Send

from carreau.base.levels import AR_FILES, DESKTOP, FEWER_BYTES, LESS_MEMORY, LEVELS, PHONE, PREVIEW
from carreau.base.schema.bundle import FILES
from carreau_server.bundle import Bundle, StoredFile
from carreau_server.context import RequestContext, if_range_matches, parse_ranges, parse_weights
from carreau_server.errors import NotFoundError
from carreau_server.openapi import (
    SHA256,
    Context,
    QueryParams,
    State,
    content_response,
    problems,
    redirect,
    run_in_thread,
    volatile_response,
)
from carreau_server.responses import file_content_response
from carreau_server.sites import get_site_id

if TYPE_CHECKING:
    Use = str
else:
    Use = Literal[(*LEVELS, *AR_FILES)]

files_router = APIRouter(tags=["files"])

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


@files_router.get(f"/{FILES}/{{sha256}}.{{ext}}", response_class=Response, responses=_RESPONSES)
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
        ranges = parse_ranges(range_header, stored.bytes)
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
    return FileResponse(await _open(context.bundle, file, coding), [(0, file.size(coding))], 200, headers)


async def _ranges(context: RequestContext, file: StoredFile, ranges: tuple[tuple[int, int], ...]) -> Response:
    headers = _headers(file, "")
    descriptor = await _open(context.bundle, file)
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


async def _open(bundle: Bundle, file: StoredFile, coding: str = "") -> int:
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


models_router = APIRouter(prefix="/v1", tags=["sites"])


class ModelParams(QueryParams):
    """Purpose and limits of the model."""

    use: Use = Field(
        PHONE.name, alias="for", description="Use of the model; client hints can make it smaller, never larger."
    )
    max_bytes: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="Bytes to download; a file with AVIF textures only for a client with image/avif in Accept.",
    )
    max_gpu_bytes: int | None = Field(None, ge=0, le=10**12, description="Bytes of textures in graphics memory.")


@models_router.get(
    "/sites/{slug}/states/{state}/model",
    response_class=Response,
    status_code=307,
    responses={**redirect(307, f"/a/{SHA256}.glb"), **problems(404)},
)
async def get_model(slug: str, state: str, params: Annotated[ModelParams, Query()], context: Context) -> Response:
    """Redirect to the best file of a state for a use, within limits; Save-Data and device memory are respected."""
    site = get_site_id(context, slug)
    if context.bundle.one("SELECT 1 FROM state WHERE site = ? AND state = ?", site, state) is None:
        raise NotFoundError("state-not-found", {"slug": slug, "state": state[:100]})
    levels = candidates(context, site, state)
    level = select_level(context, levels, params.use, params.max_bytes, params.max_gpu_bytes)
    vary = [*(CLIENT_HINTS if params.use in LEVELS else ())]
    vary += ["Accept"] if params.use in LEVELS and (params.max_bytes, params.max_gpu_bytes) != (None, None) else []
    vary += ["Accept-Encoding"] if params.max_bytes is not None else []
    headers = {"Location": f"/a/{level.sha256}.{level.ext}", "Cache-Control": "public, max-age=60"}
    headers |= {"Vary": ", ".join(vary)} if vary else {}
    return Response(status_code=307, headers={**headers, "Accept-CH": ", ".join(CLIENT_HINTS[1:])})


SCREEN_LEVELS = tuple(name for name in reversed(LEVELS) if name not in FEWER_BYTES)
"""Levels for a screen, best first; of two encodings, the one that takes less graphics memory is behind the other."""
CLIENT_HINTS = ("Save-Data", "Sec-CH-Device-Memory", "Device-Memory")

# Textures of 90 MB in graphics memory are little for a device of 8 GB and much for one of 4 GB: phones crash on memory
# before bytes.
_MAX_LEVEL_BY_MEMORY_GB = tuple((LEVELS[name].device_gb, name) for name in reversed(SCREEN_LEVELS))


@dataclass(frozen=True)
class Candidate:
    """A level that was built.

    bytes : that this client would download
    """

    level: str
    sha256: str
    ext: str
    bytes: int
    gpu_bytes: int


def candidates(context: RequestContext, site: int, state: str) -> list[Candidate]:
    """Return the levels of a state."""
    query = "SELECT level, sha256, ext, bytes, brotli_bytes, gpu_bytes FROM level WHERE site = ? AND state = ?"
    takes_brotli = context.coding(("br",)) == "br"
    return [
        Candidate(level, sha256, ext, brotli_size if brotli_size is not None and takes_brotli else size, gpu_bytes)
        for level, sha256, ext, size, brotli_size, gpu_bytes in context.bundle.all(query, site, state)
    ]


def device_limit(context: RequestContext) -> str:
    """Return the best level for the client's device, by its client hints; with Save-Data it is the preview."""
    if context.header(b"save-data").strip().lower() == "on":
        return PREVIEW.name
    hint = context.header(b"sec-ch-device-memory") or context.header(b"device-memory")
    try:
        memory_gb = float(hint)
    except ValueError:
        return DESKTOP.name
    return next((level for limit, level in _MAX_LEVEL_BY_MEMORY_GB if memory_gb <= limit), DESKTOP.name)


def select_level(
    context: RequestContext, levels: list[Candidate], use: str, max_bytes: int | None, max_gpu_bytes: int | None
) -> Candidate:
    """Return the best level; raises NotFoundError when none is for this use, or all are over the limits."""
    order = _screen_order(context, use) if use in LEVELS else (use,)
    built = {each.level: each for each in levels}
    suitable = [each for level in order if (each := _built_as(level, built)) is not None]
    if not suitable:
        raise NotFoundError("model-not-found")
    for each in suitable:
        if (max_bytes is None or each.bytes <= max_bytes) and (
            max_gpu_bytes is None or each.gpu_bytes <= max_gpu_bytes
        ):
            return each
    smallest = min(suitable, key=lambda each: (each.bytes, each.gpu_bytes))
    values = {"bytes": smallest.bytes, "gpu_bytes": smallest.gpu_bytes}
    raise NotFoundError("no-model-fits", values, headers={"Vary": "Accept-Encoding"})


def _built_as(name: str, built: Mapping[str, Candidate]) -> Candidate | None:
    """Return a level; for one that was left out, the level of which it would be another encoding, if that is as small.

    An encoding for devices with little memory is left out where the usual one takes little too.
    """
    if name in built or name not in LESS_MEMORY:
        return built.get(name)
    other = built.get(LESS_MEMORY[name])
    return other if other is not None and other.gpu_bytes <= LEVELS[name].gpu_bytes else None


def _screen_order(context: RequestContext, use: str) -> tuple[str, ...]:
    """Return the levels for a use on a screen, best first.

    An encoding with fewer bytes comes before its level where it is asked for by its name, and after it, for limits that
    only it is within, where the client names the type of its images in Accept: `*/*` says nothing of what a program
    decodes.
    """
    best = FEWER_BYTES.get(use, use)
    order = SCREEN_LEVELS[max(SCREEN_LEVELS.index(best), SCREEN_LEVELS.index(device_limit(context))) :]
    # A scan smaller than a preview has only larger levels: better one of these than none.
    order = (*order, *(level for level in reversed(SCREEN_LEVELS) if level not in order))
    accepted = {name for name, weight in parse_weights(context.header(b"accept")) if weight > 0}
    others = [name for name in FEWER_BYTES if name == use or f"image/{LEVELS[name].texture_format}" in accepted]
    return tuple(
        name
        for level in order
        for name in sorted(
            (level, *(each for each in others if FEWER_BYTES[each] == level)), key=lambda each: each != use
        )
    )
