"""Read what a page of the desk sends: who is signed in and may do it, and the fields of its form."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.convertors import Convertor, register_url_convertor

from carreau.desk.accounts import EDITOR, PUBLISHER, TRANSLATOR, includes
from carreau.desk.document_file import DocumentFile, document_file
from carreau.desk.web.desk import Desk
from carreau.desk.web.publishing import Publishing
from carreau.desk.web.sessions import LARGEST_BYTES, Session

MOST_FIELDS = 20_000


class RequestError(Exception):
    """A request that is refused, with the status of the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        """Set the status."""
        super().__init__(status.phrase)
        self.status = status


class StaleFormError(RequestError):
    """A form of ours whose session has ended, or of before somebody signed in again.

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


def desk_of(request: Request) -> Desk:
    """Return the desk that is asked, at which the person of the request saves."""
    desk: Desk = request.app.state.desk
    session = desk.session_of(request.cookies.get(desk.cookie, ""))
    return replace(desk, editor=session.editor) if session and session.editor else desk


def session_of(request: Request) -> Session:
    """Return the session of a request; raises RequestError where it has none."""
    desk: Desk = request.app.state.desk
    session = desk.session_of(request.cookies.get(desk.cookie, ""))
    if session is None:
        raise RequestError(HTTPStatus.FORBIDDEN)
    return session


def publishing_of(request: Request) -> Publishing:
    """Return the bundle of the desk; raises RequestError where it only edits."""
    publishing = desk_of(request).publishing
    if publishing is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return publishing


def _with_role(role: str) -> Callable[[Request], Session]:
    def session_with_role(request: Request) -> Session:
        session = session_of(request)
        if not includes(session.role, role):
            raise RoleError
        return session

    return session_with_role


translator_of, editor_of, publisher_of = (_with_role(role) for role in (TRANSLATOR, EDITOR, PUBLISHER))

DeskNow = Annotated[Desk, Depends(desk_of)]
SessionNow = Annotated[Session, Depends(session_of)]
"""Of anybody who is signed in: to look, and to leave."""
TranslatorNow = Annotated[Session, Depends(translator_of)]
EditorNow = Annotated[Session, Depends(editor_of)]
PublisherNow = Annotated[Session, Depends(publisher_of)]
PublishingNow = Annotated[Publishing, Depends(publishing_of)]


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


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises RequestError where it is too large, StaleFormError where its word is wrong.

    What was typed is not lost then: see `carreau.desk.web.entrance`.
    """
    session = session_of(request)
    fields = await sent_fields(request)
    if not has_word(fields, session.csrf):
        raise StaleFormError(fields)
    return fields


FormNow = Annotated[dict[str, str], Depends(form_of)]
SentNow = Annotated[dict[str, str], Depends(sent_fields)]


def client_address(request: Request, desk: Desk) -> str:
    """Return the address that a request comes from, of IPv6 the network: behind a server, that which it names last."""
    text = request.client.host if request.client else ""
    if desk.public:
        text = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()[:100]
    try:
        found = ip_address(text)
    except ValueError:
        return text
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else text


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
    """Takes the first part of an address of ours and no other, so that published pages keep theirs."""

    regex = "|".join(KINDS)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("part", _Parts())

OF_ANY = "/{part:part}/{slug}"
"""What the paths of pages begin with that more than one kind has."""


def file_of(_: SessionNow, desk: DeskNow, part: str, slug: str) -> DocumentFile:
    """Return the file that an address is about; raises MissingError where there is none."""
    return document_file(desk.root, KINDS[part], slug)


FileNow = Annotated[DocumentFile, Depends(file_of)]


def form_address(kind: str, slug: str) -> str:
    """Return the address of a form.

    >>> form_address("scene", "denain-1712")
    '/maps/denain-1712'
    """
    return f"/{PARTS[kind]}/{slug}"
