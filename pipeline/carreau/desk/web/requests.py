"""Read what a page of the desk sends: who is signed in and may do it, the fields, and files, bit by bit."""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import IO, Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect

from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.messages import Message, message
from carreau.desk.accounts import EDITOR, LARGEST_BYTES, PUBLISHER, TRANSLATOR, Session, includes
from carreau.desk.document_file import DocumentFile, document_file
from carreau.desk.incoming import SentFile, incoming_folder, shown_name
from carreau.desk.web.desk import Desk, Publishing

MOST_FIELDS = 20_000


class RequestError(Exception):
    """A request that is refused, with the status of the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        """Set the status."""
        super().__init__(status.phrase)
        self.status = status


class StaleFormError(RequestError):
    """A form of the desk whose session has ended, or that was loaded before the person signed in again.

    fields : what was typed
    """

    def __init__(self, fields: dict[str, str]) -> None:
        """Set the fields."""
        super().__init__(HTTPStatus.FORBIDDEN)
        self.fields = fields


class RoleError(RequestError):
    """Somebody is signed in who may not do this."""

    def __init__(self) -> None:
        """Set the status."""
        super().__init__(HTTPStatus.FORBIDDEN)


def get_desk(request: Request) -> Desk:
    """Return the desk that is asked, at which the person of the request saves."""
    desk: Desk = request.app.state.desk
    session = desk.find_session(request.cookies.get(desk.cookie, ""))
    return replace(desk, editor=session.editor) if session and session.editor else desk


def get_session(request: Request) -> Session:
    """Return the session of a request; raises RequestError where it has none."""
    desk: Desk = request.app.state.desk
    session = desk.find_session(request.cookies.get(desk.cookie, ""))
    if session is None:
        raise RequestError(HTTPStatus.FORBIDDEN)
    return session


def get_publishing(request: Request) -> Publishing:
    """Return the bundle of the desk; raises RequestError where it only edits."""
    publishing = get_desk(request).publishing
    if publishing is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return publishing


def _with_role(role: str) -> Callable[[Request], Session]:
    def session_with_role(request: Request) -> Session:
        session = get_session(request)
        if not includes(session.role, role):
            raise RoleError
        return session

    return session_with_role


translator_of, editor_of, publisher_of = (_with_role(role) for role in (TRANSLATOR, EDITOR, PUBLISHER))

DeskNow = Annotated[Desk, Depends(get_desk)]
SessionNow = Annotated[Session, Depends(get_session)]
"""Of anybody who is signed in: to look, and to leave."""
TranslatorNow = Annotated[Session, Depends(translator_of)]
EditorNow = Annotated[Session, Depends(editor_of)]
PublisherNow = Annotated[Session, Depends(publisher_of)]
PublishingNow = Annotated[Publishing, Depends(get_publishing)]


async def sent_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises RequestError where it is too large or none."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_BYTES:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return dict(parse_qsl(content.decode("ascii"), True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST) from error


def has_word(fields: dict[str, str], word: str) -> bool:
    """Take the word that each form carries out of its fields; return whether it is the right one."""
    return hmac.compare_digest(fields.pop("csrf", "").encode(), word.encode())


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises RequestError where it is too large, StaleFormError where its word is wrong.

    What was typed is not lost then: see `carreau.desk.web.entrance`.
    """
    session = get_session(request)
    fields = await sent_fields(request)
    if not has_word(fields, session.csrf):
        raise StaleFormError(fields)
    return fields


FormNow = Annotated[dict[str, str], Depends(read_form)]
SentNow = Annotated[dict[str, str], Depends(sent_fields)]


def client_address(request: Request, desk: Desk) -> str:
    """Return the client's address (for IPv6 its network); behind a proxy, the last address that the proxy names."""
    text = request.client.host if request.client else ""
    if desk.public:
        text = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()[:100]
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else text


PARTS: Mapping[str, str] = MappingProxyType(
    {"site": "places", "route": "routes", "trail": "trails", "show": "shows", "scene": "maps"}
)
"""First part of an address by the kind of its document."""

FORM, MEDIA, SCENE, TEXTS = "", "media", "scene", "translate"
PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "site": (FORM, MEDIA, SCENE, TEXTS),
        "route": (FORM, MEDIA, TEXTS),
        "trail": (FORM, MEDIA, TEXTS),
        "show": (FORM, MEDIA, TEXTS),
        "scene": (FORM, TEXTS),
    }
)
"""Last part of the address of each page, by kind."""

KINDS = {part: kind for kind, part in PARTS.items()}


class _Parts(Convertor[str]):
    """Matches the first part of the desk's own addresses only, so that published pages keep theirs."""

    regex = "|".join(KINDS)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("part", _Parts())

OF_ANY = "/{part:part}/{slug}"
"""What the paths of pages begin with that more than one kind has."""


def find_file(_: SessionNow, desk: DeskNow, part: str, slug: str) -> DocumentFile:
    """Return the file that an address is about; raises MissingError where there is none."""
    return document_file(desk.root, KINDS[part], slug)


FileNow = Annotated[DocumentFile, Depends(find_file)]


def form_address(kind: str, slug: str) -> str:
    """Return the address of a form.

    >>> form_address("scene", "denain-1712")
    '/maps/denain-1712'
    """
    return f"/{PARTS[kind]}/{slug}"


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

        Raises RequestError for what no form of the desk sends, OptionError where it is too much, StorageError.
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
            folder = stack.enter_context(incoming_folder(get_desk(request).root, length))
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
        self._open(part).write(data[start:end])

    def _open(self, part: _Part) -> IO[bytes]:
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
            file = self._open(part)
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
