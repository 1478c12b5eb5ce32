"""The addresses of what has a form: `/places/SLUG` and the pages below it; so for routes, trails, shows and maps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends
from starlette.convertors import Convertor, register_url_convertor

from carreau.desk.document_file import DocumentFile, document_file
from carreau.desk.web.requests import DeskNow, SessionNow

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


def address_of(kind: str, slug: str) -> str:
    """Return the address of a form.

    >>> address_of("scene", "denain-1712")
    '/maps/denain-1712'
    """
    return f"/{PARTS[kind]}/{slug}"
