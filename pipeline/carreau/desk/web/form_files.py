"""Read forms that send files (RFC 7578): bit by bit, into a folder of their own, within limits."""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.messages import Message, message
from carreau.desk.incoming import SentFile, incoming_folder, shown_name
from carreau.desk.web.requests import RequestError, desk_of, editor_of
from carreau.desk.web.sessions import LARGEST_BYTES

CSRF_HEADER = "x-csrf-token"
"""Scripts may send the word of the session here; otherwise it is the first field, before any file."""


@dataclass(frozen=True)
class Limits:
    """How much a form may send.

    file_bytes, all_bytes : of one file, and of the whole request
    """

    file_bytes: int
    all_bytes: int
    files: int = 1
    fields: int = 200


@dataclass(frozen=True)
class SentForm:
    """What a form sent.

    files : by the name of their field, in order
    folder : where they are, and where more may be made of them; it is removed with the answer
    """

    fields: dict[str, str]
    files: dict[str, list[SentFile]]
    folder: Path


@dataclass(frozen=True)
class Upload:
    """A form with files, for `Depends(upload.received)`; the guard lets such forms through only where there is one."""

    limits: Limits

    async def received(self, request: Request) -> AsyncIterator[SentForm]:
        """Yield what the form sent; its files are gone afterwards, however it ends.

        Raises RequestError for what no form of ours sends, OptionError where it is too much, StorageError.
        """
        session = editor_of(request)
        length = int(request.headers["content-length"][:20])
        if length > self.limits.all_bytes:
            raise OptionError(_too_large(self.limits.all_bytes))
        _, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary", b"")
        if not re.fullmatch(rb"[\x21-\x7e]{1,70}", boundary):
            raise RequestError(HTTPStatus.BAD_REQUEST)
        with ExitStack() as stack:
            folder = stack.enter_context(incoming_folder(desk_of(request).root, length))
            reader = FormReader(boundary, self.limits, folder, session.csrf, request.headers.get(CSRF_HEADER, ""))
            stack.callback(reader.close)
            try:
                async for part in request.stream():
                    reader.feed(part)
            except (FormParserError, ClientDisconnect) as error:
                raise RequestError(HTTPStatus.BAD_REQUEST) from error
            except OSError as error:
                raise StorageError(cannot_write(folder, error)) from error
            yield reader.form()


def paths_with_files(routers: Iterable[APIRouter]) -> tuple[re.Pattern[str], ...]:
    """Return the paths of the routes that take files."""
    return tuple(
        re.compile(route.path_regex)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        and any(isinstance(getattr(each.call, "__self__", None), Upload) for each in route.dependant.dependencies)
    )


@dataclass
class _Part:
    """A field or a file that is being read."""

    name: str = ""
    file_name: str | None = None
    headers: dict[str, bytes] = field(default_factory=dict)
    header: bytes = b""
    value: bytes = b""
    content: bytearray = field(default_factory=bytearray)
    file: IO[bytes] | None = None
    size_bytes: int = 0


class FormReader:
    """Reads a form that comes in pieces; no file is written before its word was right."""

    def __init__(self, boundary: bytes, limits: Limits, folder: Path, csrf: str, given: str = "") -> None:
        """Begin.

        csrf : the word of the session
        given : the word of the header, empty where the form has it
        """
        self._limits, self._folder, self._csrf = limits, folder, csrf
        self._is_ours = bool(given) and self._is_right(given)
        self._fields: dict[str, str] = {}
        self._files: dict[str, list[SentFile]] = {}
        self._parts = self._count = self._field_bytes = self._bytes = 0
        self._part = _Part()
        self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._whole,
            },
        )

    def feed(self, content: bytes) -> None:
        """Take a piece; raises RequestError, OptionError, FormParserError, or OSError where it cannot be written."""
        self._bytes += len(content)
        if self._bytes > self._limits.all_bytes:
            raise OptionError(_too_large(self._limits.all_bytes))
        if content:
            self._parser.write(content)

    def form(self) -> SentForm:
        """Return what was sent; raises RequestError where the end is missing, or the word of the session."""
        if not self._is_whole:
            raise RequestError(HTTPStatus.BAD_REQUEST)
        if not self._is_ours:
            raise RequestError(HTTPStatus.FORBIDDEN)
        return SentForm(self._fields, self._files, self._folder)

    def close(self) -> None:
        """Close a file that did not come to its end."""
        if self._part.file is not None:
            self._part.file.close()

    def _is_right(self, word: str) -> bool:
        return hmac.compare_digest(word.encode(), self._csrf.encode())

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > self._limits.fields + self._limits.files:
            raise RequestError(HTTPStatus.BAD_REQUEST)
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]

    def _header_end(self) -> None:
        self._part.headers[self._part.header.decode("latin-1").lower()] = self._part.value
        self._part.header = self._part.value = b""

    def _headers_end(self) -> None:
        part = self._part
        kind, options = parse_options_header(part.headers.get("content-disposition", b""))
        if kind != b"form-data" or b"name" not in options:
            raise RequestError(HTTPStatus.BAD_REQUEST)
        part.name = options[b"name"].decode("utf-8", "replace")
        if b"filename" not in options:
            return
        if not self._is_ours:
            raise RequestError(HTTPStatus.FORBIDDEN)
        part.file_name = shown_name(options[b"filename"].decode("utf-8", "replace").replace("%22", '"'))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part, size = self._part, end - start
        if part.file_name is None:
            self._field_bytes += size
            if self._field_bytes > LARGEST_BYTES:
                raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            part.content += data[start:end]
            return
        part.size_bytes += size
        if part.size_bytes > self._limits.file_bytes:
            raise OptionError(_too_large(self._limits.file_bytes, part.file_name))
        self._opened(part).write(data[start:end])

    def _opened(self, part: _Part) -> IO[bytes]:
        """Return the file of a part, which is named by its number."""
        if part.file is None:
            self._count += 1
            if self._count > self._limits.files:
                most = self._limits.files
                raise OptionError(message("at most %(count)s files at once; send the others later", count=most))
            part.file = (self._folder / f"{self._count}").open("xb")
        return part.file

    def _end(self) -> None:
        part = self._part
        if part.file_name is None:
            self._take(part.name, part.content)
        elif part.file_name:  # a field without a chosen file sends one without a name
            file = self._opened(part)
            file.close()
            sent = SentFile(part.file_name, Path(file.name), part.size_bytes)
            self._files.setdefault(part.name, []).append(sent)
        elif part.file is not None:
            raise RequestError(HTTPStatus.BAD_REQUEST)

    def _take(self, name: str, content: bytearray) -> None:
        text = content.decode("utf-8", "replace")
        if name == "csrf":
            self._is_ours = self._is_ours or self._is_right(text)
            if not self._is_ours:
                raise RequestError(HTTPStatus.FORBIDDEN)
        else:
            self._fields[name] = text

    def _whole(self) -> None:
        self._is_whole = True


def _too_large(limit: int, file: str = "") -> Message:
    size = f"{limit / 10**6:g}"
    if file:
        return message("%(file)s is over %(limit)s MB; make it smaller", file=file, limit=size)
    return message("the files are over %(limit)s MB together; send fewer at once", limit=size)
