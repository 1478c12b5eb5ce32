"""Serve models, posters and the viewer's scripts, compressed if the client accepts it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from carreau_server.preview.models import MEDIA_TYPES, one_model
from carreau_server.preview.settings import SettingsNow, UnknownFileError

router = APIRouter()

_ASSETS = Path(__file__).parent / "assets"
_LIBRARIES = frozenset(
    {
        "model-viewer.js",
        "basis/basis_transcoder.js",
        "basis/basis_transcoder.wasm",
        "draco/draco_decoder.js",
        "draco/draco_wasm_wrapper.js",
        "draco/draco_decoder.wasm",
    }
)
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}

# A model may be built again under the same name, so a copy is used only after asking whether it is still the one.
_FRESH = {"Cache-Control": "no-cache"}


@router.get("/files/{slug}/{name}")
def model_file(slug: str, name: str, settings: SettingsNow, request: Request) -> Response:
    """Send a model, poster or report; the Brotli copy to who accepts it."""
    path = one_model(settings.models, slug).file(name)
    packed = path.with_name(f"{path.name}.br")
    headers = {**_FRESH, "Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*"}
    if packed.is_file() and takes_brotli(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "br"
        path = packed
    return _sent(path, MEDIA_TYPES[Path(name).suffix], headers, request)


@router.get("/viewer/{name:path}")
def viewer_file(name: str, settings: SettingsNow, request: Request) -> Response:
    """Send a script, style or decoder of the viewer."""
    path = settings.static / name if name in _LIBRARIES else _ASSETS / Path(name).name
    media_type = _TYPES.get(path.suffix, "")
    if not media_type or ("/" in name and name not in _LIBRARIES) or not path.is_file():
        raise UnknownFileError(f"the viewer has no file {name}; run `make setup` if it should")
    return _sent(path, media_type, _FRESH, request)


def _sent(path: Path, media_type: str, headers: Mapping[str, str], request: Request) -> Response:
    """Send a file, or 304 to who has it (RFC 9110, 13.1.2); Starlette names the version, and does not compare it."""
    status = path.stat()
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    etags = request.headers.get("if-none-match", "")
    headers = {**headers, "ETag": tag}
    if tag in [each.strip().removeprefix("W/") for each in etags.split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers, stat_result=status)


def takes_brotli(accept_encoding: str) -> bool:
    """Say whether an Accept-Encoding header allows Brotli (RFC 9110, 12.5.3).

    >>> takes_brotli("gzip, br"), takes_brotli("br;q=0"), takes_brotli("")
    (True, False, False)
    """
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "br":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
