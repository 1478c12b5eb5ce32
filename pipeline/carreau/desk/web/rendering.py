"""Render the templates of the desk in the language of a session, and serve its style sheet, scripts, fonts and icon."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from carreau.base.errors import ToolError
from carreau.base.languages import LANGUAGES, OWN_NAMES
from carreau.base.messages import message
from carreau.base.package_folders import STATIC as VIEWER
from carreau.base.terms import TERMS, translate_term
from carreau.base.translator import Translator
from carreau.desk.accounts import Session, includes
from carreau.desk.web.requests import RequestError
from carreau.site.pages.addresses import STYLES, font_files

CONTEXT = "desk"
"""Of its texts in `interface.po`."""

_FOLDER = Path(__file__).parent / "templates"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def translator(language: str) -> Translator:
    """Return the translator of a language, which is opened once."""
    return Translator(language)


def render_page(template: str, language: str, session: Session | None = None, **values: Any) -> str:
    """Return a page.

    session : whose forms it has, None before signing in
    """
    wording = translator(language)

    def text(message: str, **places: Any) -> str:
        return wording.within(CONTEXT, message, **places) if places else wording.within(CONTEXT, message)

    def plural(one: str, many: str, count: int) -> str:
        return wording.plural_within(CONTEXT, one, many, count, number=wording.count(count))

    names = {
        "_": text,
        "ngettext": plural,
        "say": wording.message,
        "term": lambda terms, word: translate_term(terms, word, wording) if word in TERMS[terms] else word,
        "size": wording.size,
        "count": wording.count,
        "number": wording.number,
        "language": wording.language,
        "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        "csrf": session.csrf if session else "",
        "is_signed_in": session is not None,
        "may": lambda role: session is not None and includes(session.role, role),
        "json": lambda value: json.dumps(value, ensure_ascii=False),
    }
    return _templates().get_template(template).render(**names, **values)


static_router = APIRouter(prefix="/static")

_STATIC_FOLDER = Path(__file__).parent / "static"
VIEWER_FILES = ("model-viewer.js", "desk-scene.js", "desk-compare.js")
"""What `server/viewer` builds for the page with the model: too large to be kept in memory."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@cache
def _files() -> dict[str, bytes]:
    style = "".join((STYLES / f"{name}.css").read_text("utf-8") for name in ("fonts", "base"))
    own = (_STATIC_FOLDER / "desk.css").read_text("utf-8")
    return {
        "desk.css": (style + own).encode(),
        **{path.name: path.read_bytes() for path in sorted(_STATIC_FOLDER.glob("*.js"))},
        "icon.svg": (STYLES.parent / "assets" / "icon.svg").read_bytes(),
        **{path.name: path.read_bytes() for path in font_files()},
    }


def require_viewer(folder: Path = VIEWER) -> None:
    """Raise ToolError where the scripts for models are not built."""
    if not all((folder / name).is_file() for name in VIEWER_FILES):
        raise ToolError(message("%(path)s: the viewer is missing; run `make setup`", path=str(folder)))


@static_router.get("/{name}")
def static_file(name: str) -> Response:
    """Return a file; it says nothing of the catalogue, and needs no session."""
    if name in VIEWER_FILES and (VIEWER / name).is_file():
        return FileResponse(VIEWER / name, media_type=_TYPES[".js"])
    content = _files().get(name)
    if content is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return Response(content, media_type=_TYPES[Path(name).suffix])
