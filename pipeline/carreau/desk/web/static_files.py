"""The style sheet, script, fonts and icon of the desk, from the pages' own."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from carreau.base.errors import ToolError
from carreau.base.messages import message
from carreau.base.package_folders import STATIC as VIEWER
from carreau.desk.web.requests import RequestError
from carreau.site.pages.assets import STYLES, font_files

router = APIRouter(prefix="/static")

_FOLDER = Path(__file__).parent / "static"
VIEWER_FILES = ("model-viewer.js", "desk-scene.js", "desk-compare.js")
"""What `server/viewer` builds for the page with the model: too large to be kept in memory."""
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@cache
def _files() -> dict[str, bytes]:
    style = "".join((STYLES / f"{name}.css").read_text("utf-8") for name in ("fonts", "base"))
    own = (_FOLDER / "desk.css").read_text("utf-8")
    return {
        "desk.css": (style + own).encode(),
        **{path.name: path.read_bytes() for path in sorted(_FOLDER.glob("*.js"))},
        "icon.svg": (STYLES.parent / "assets" / "icon.svg").read_bytes(),
        **{path.name: path.read_bytes() for path in font_files()},
    }


def require_viewer(folder: Path = VIEWER) -> None:
    """Raise ToolError where the scripts for models are not built."""
    if not all((folder / name).is_file() for name in VIEWER_FILES):
        raise ToolError(message("%(path)s: the viewer is missing; run `make setup`", path=str(folder)))


@router.get("/{name}")
def static_file(name: str) -> Response:
    """Return a file; it says nothing of the catalogue, and needs no session."""
    if name in VIEWER_FILES and (VIEWER / name).is_file():
        return FileResponse(VIEWER / name, media_type=_TYPES[".js"])
    content = _files().get(name)
    if content is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return Response(content, media_type=_TYPES[Path(name).suffix])
