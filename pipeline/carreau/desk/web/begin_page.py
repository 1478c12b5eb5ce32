"""Begin a place, route, trail, show or map that moves from its commented template."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from carreau.base.messages import Message, message
from carreau.catalogue.scaffold import scaffold
from carreau.catalogue.trail import SCENE_ENDING
from carreau.desk.document_file import writing_in
from carreau.desk.web.requests import KINDS, DeskNow, EditorNow, FormNow, form_address

router = APIRouter(prefix="/{part:part}")

_TOLD: Mapping[str, Message] = MappingProxyType(
    {
        "site": message("the place was created"),
        "route": message("the route was created"),
        "trail": message("the trail was created"),
        "show": message("the show was created"),
        "scene": message("the map was created"),
    }
)


BEGUN_BESIDE = ("show", "scene")
"""Kinds that lie in the folder of a trail or place."""


@router.post("")
def begin(part: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write the template, and go to its form."""
    kind, name = KINDS[part], fields.get("name", "").strip()
    if kind in BEGUN_BESIDE:
        name = f"{fields.get('beside', '')}/{name}"
    with writing_in(desk.root):
        path = scaffold("map" if kind == "scene" else kind, name, desk.root)
    slug = _slug(kind, path)
    missing = desk.history.record(path, lambda content: content, desk.editor, f"{slug}: new")
    session.said = (_TOLD[kind], *((missing,) if missing else ()))
    return RedirectResponse(form_address(kind, slug), HTTPStatus.SEE_OTHER)


def _slug(kind: str, path: Path) -> str:
    if kind == "scene":
        return path.name.removesuffix(SCENE_ENDING)
    return path.stem if kind == "route" else path.parent.name
