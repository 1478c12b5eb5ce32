"""Begin a place, route or trail from its commented template."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from pipeline.catalogue.scaffold import scaffold
from pipeline.desk.web.addresses import KINDS, address_of
from pipeline.desk.web.requests import DeskNow, EditorNow, FormNow, RequestError
from pipeline.desk.writing import writing_in
from pipeline.messages import Message, message

router = APIRouter(prefix="/{part:part}")

_TOLD: Mapping[str, Message] = MappingProxyType(
    {
        "site": message("the place was created"),
        "route": message("the route was created"),
        "trail": message("the trail was created"),
    }
)
"""By kind; shows and maps lie beside a trail or place, and are begun by `carreau new`."""


@router.post("")
def begin(part: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write the template, and go to its form."""
    kind = KINDS[part]
    if kind not in _TOLD:
        raise RequestError(HTTPStatus.NOT_FOUND)
    with writing_in(desk.root):
        path = scaffold(kind, fields.get("name", "").strip(), desk.root)
    slug = path.stem if kind == "route" else path.parent.name
    missing = desk.history.record(path, lambda content: content, desk.editor, f"{slug}: new")
    session.said = (_TOLD[kind], *((missing,) if missing else ()))
    return RedirectResponse(address_of(kind, slug), HTTPStatus.SEE_OTHER)
