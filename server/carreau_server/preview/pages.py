"""Models of a folder: their pages, readable without scripts, interactive with them, and their files."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from babel.numbers import format_decimal
from babel.units import format_unit
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined


@dataclass(frozen=True)
class PreviewSettings:
    """PreviewSettings of an app.

    models : an output folder of `carreau model`, or a folder of such folders
    static : the viewer's libraries, built by `make setup`
    """

    models: Path
    static: Path = Path(__file__).parents[1] / "static"


class PreviewError(Exception):
    """Any failure the server foresees."""


class UnknownModelError(PreviewError):
    """No model has that name."""


class UnknownFileError(PreviewError):
    """A model, or the viewer, has no file of that name."""


STATUSES: dict[type[PreviewError], int] = {UnknownModelError: 404, UnknownFileError: 404}


def get_settings(request: Request) -> PreviewSettings:
    """Return the settings of the app that answers."""
    settings = request.app.state.settings
    if not isinstance(settings, PreviewSettings):
        raise TypeError("the app was not created by create_app")
    return settings


SettingsNow = Annotated[PreviewSettings, Depends(get_settings)]

REPORT = "report.json"
MEDIA_TYPES = {
    ".glb": "model/gltf-binary",
    ".webp": "image/webp",
    ".png": "image/png",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".usdz": "model/vnd.usdz+zip",
}
"""Media types of the files that are served, by suffix; no other file of a model's folder is."""

PAGES = re.compile(r"report(\.[a-z]{2,3})?\.html")
"""The only pages that are served: any other would appear as ours."""


@dataclass(frozen=True)
class Model:
    """Models of one scan: their folder, slug and report."""

    slug: str
    folder: Path
    report: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return str(self.report.get("name") or self.slug)

    @property
    def levels(self) -> tuple[Mapping[str, Any], ...]:
        """Return the report's rows of the levels whose files exist."""
        rows = self.report.get("levels")
        rows = rows.values() if isinstance(rows, Mapping) else rows or ()
        return tuple(row for row in rows if isinstance(row, Mapping) and self.has(str(row.get("file", ""))))

    @property
    def scan(self) -> Mapping[str, Any]:
        """Return the report's facts about the scan."""
        scan = self.report.get("scan")
        return scan if isinstance(scan, Mapping) else {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the sentences of warning in the report."""
        return tuple(str(sentence) for sentence in self.scan.get("warnings") or ())

    @property
    def is_simulated(self) -> bool:
        """Return whether the report's source, name or scan is marked as simulated; the pages then show it."""
        labels = (self.report.get("source"), self.report.get("name"), self.scan.get("file"))
        return any("simulated" in str(text).lower() for text in labels)

    @property
    def camera_orbit(self) -> str:
        """Return from where the poster was taken, as model-viewer has it; empty when the report does not say.

        Both measure the azimuth from +Z towards +X; model-viewer's second angle is from the top down.
        """
        view = self.report.get("poster_view")
        if not isinstance(view, Mapping):
            return ""
        azimuth, elevation = view.get("azimuth_deg"), view.get("elevation_deg")
        if not (isinstance(azimuth, int | float) and isinstance(elevation, int | float)):
            return ""
        if not math.isfinite(azimuth + elevation):
            return ""
        return f"{azimuth:g}deg {90 - elevation:g}deg auto"

    @property
    def pages(self) -> tuple[str, ...]:
        """Return the names of the build report's pages that are there, the main one first."""
        names = sorted(path.name for path in self.folder.glob("report*.html"))
        return tuple(sorted((name for name in names if self.has(name)), key=len))

    def has(self, name: str) -> bool:
        """Say whether a file of that name may be handed out."""
        plain = Path(name).name == name and not name.startswith(".")
        if name.endswith(".html") and not PAGES.fullmatch(name):
            return False
        return plain and Path(name).suffix in MEDIA_TYPES and (self.folder / name).is_file()

    def file(self, name: str) -> Path:
        """Return a file to hand out; raise UnknownFileError when there is none, or it is not for visitors."""
        if not self.has(name):
            raise UnknownFileError(f"{self.slug} has no file {name}")
        return self.folder / name


def all_models(folder: Path) -> tuple[Model, ...]:
    """Return the models in a folder and in the folders directly below it, by slug."""
    reports = [folder / REPORT, *sorted(folder.glob(f"*/{REPORT}"))]
    models = (_model(report) for report in reports if not report.parent.name.startswith("."))
    return tuple(model for model in models if model is not None)


def one_model(folder: Path, slug: str) -> Model:
    """Return a model by its slug; raise UnknownModelError when there is none."""
    for model in all_models(folder):
        if model.slug == slug:
            return model
    raise UnknownModelError(f"there is no model {slug}")


def _model(path: Path) -> Model | None:
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError):  # a build may be under way, or the file may be somebody else's
        return None
    return Model(path.absolute().parent.name, path.parent, report) if isinstance(report, dict) else None


pages_router = APIRouter()

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ORIGIN = {"source": "Source", "credit": "Credit", "licence": "Licence"}


@pages_router.get("/")
def index(settings: SettingsNow) -> HTMLResponse:
    """List the models there are."""
    cards = [_card(model) for model in all_models(settings.models)]
    return HTMLResponse(_PAGES.get_template("index.html").render(cards=cards, folder=settings.models.name))


@pages_router.get("/models/{slug}")
def model_page(slug: str, settings: SettingsNow) -> HTMLResponse:
    """Show one model with its levels, their numbers, and why each is as it is."""
    model = one_model(settings.models, slug)
    text = _PAGES.get_template("model.html").render(
        card=_card(model),
        rows=[_row(level) for level in model.levels],
        scan=_scan_facts(model.scan),
        warnings=model.warnings,
        decisions=_strings(model.scan.get("decisions")),
    )
    return HTMLResponse(text)


def not_found(reason: str, status: int) -> HTMLResponse:
    """Return the page for an unknown address."""
    return HTMLResponse(_PAGES.get_template("not_found.html").render(reason=reason), status)


def _card(model: Model) -> dict[str, Any]:
    posters = [name for name in ("poster.webp", "poster.png") if model.has(name)]
    return {
        "slug": model.slug,
        "name": model.name,
        "is_simulated": model.is_simulated,
        "poster": posters[0] if posters else "",
        "camera_orbit": model.camera_orbit,
        "page": model.pages[0] if model.pages else "",
        "levels": [f"{level.get('name')} {size(level.get('brotli_bytes'))}" for level in model.levels],
        "files": [str(level["file"]) for level in model.levels],
        "origin": {label: str(model.report[key]) for key, label in _ORIGIN.items() if model.report.get(key)},
    }


def _scan_facts(scan: Mapping[str, Any]) -> str:
    """Return a description of the scan in one line, empty if the report has none."""
    sides = scan.get("size_m")
    extent = " × ".join(length(side) for side in sides) if isinstance(sides, list | tuple) else ""
    kind = " ".join(str(scan[key]) for key in ("format", "detail") if scan.get(key))
    counts = [f"{count(scan[what])} {what}" for what in ("points", "triangles") if what in scan]
    return ", ".join(part for part in (str(scan.get("file", "")), kind, *counts, extent) if part)


def _row(level: Mapping[str, Any]) -> dict[str, Any]:
    error = _mapping(level.get("error"))
    likeness = "identical" if error.get("psnr_db", 0.0) is None else decibels(error.get("psnr_db"))
    return {
        "name": str(level.get("name", level["file"])),
        "file": str(level["file"]),
        "size": size(level.get("bytes")),
        "brotli": size(level.get("brotli_bytes")),
        "triangles": count(level.get("triangles")),
        "texture": texture(level.get("texture")),
        "is_one_color": is_one_color(level.get("texture")),
        "maps": [str(each.get("slot")) for each in level.get("textures") or () if each.get("slot") != "base"],
        "gpu": size(level.get("gpu_bytes")),
        "psnr": likeness,
        "rms": length(_mapping(error.get("to_scan")).get("rms")),
        "largest": length(_farthest(error)),
        "decisions": _strings(level.get("decisions")),
    }


def _farthest(error: Mapping[str, Any]) -> float | None:
    """Return the largest distance of the scan to the level or of the level to the scan."""
    both = [_mapping(error.get(way)).get("largest") for way in ("to_level", "to_scan")]
    return max((value for value in both if isinstance(value, int | float)), default=None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


LOCALE = "en"
"""Of the pages that there are."""

NOTHING = "–"
_CODECS = {"webp": "WebP", "uastc": "KTX2, UASTC", "etc1s": "KTX2, ETC1S", "jpeg": "JPEG", "png": "PNG"}
_BYTES = ((1e9, "digital-gigabyte"), (1e6, "digital-megabyte"), (1e3, "digital-kilobyte"))
_METRES = ((1e3, "length-kilometer"), (1, "length-meter"), (1e-2, "length-centimeter"), (1e-3, "length-millimeter"))


def count(value: object, locale: str = LOCALE) -> str:
    """Return a whole number.

    >>> count(80_000), count(80_000, "de"), count(None)
    ('80,000', '80.000', '–')
    """
    return format_decimal(value, locale=locale) if isinstance(value, int) else NOTHING


def size(value: object, locale: str = LOCALE) -> str:
    """Return a number of bytes, with three digits.

    >>> size(134_099), size(7_646_347), size("much")
    ('134 kB', '7.65 MB', '–')
    """
    return _with_unit(value, _BYTES, locale)


def length(value: object, locale: str = LOCALE) -> str:
    """Return a length in metres, with three digits; a length too small to measure is marked as such.

    >>> length(12.3456), length(0.0021), length(6.6e-9)
    ('12.3 m', '2.1 mm', 'under 0.01 mm')
    """
    if isinstance(value, int | float) and 0 <= value < 1e-5:
        return "under " + format_unit(0.01, "length-millimeter", length="short", locale=locale)
    return _with_unit(value, _METRES, locale)


def decibels(value: object, locale: str = LOCALE) -> str:
    """Return a signal-to-noise ratio.

    >>> decibels(35.04)
    '35.0 dB'
    """
    return f"{format_decimal(value, '0.0', locale)} dB" if isinstance(value, int | float) else NOTHING


def texture(value: object) -> str:
    """Return the size and format of a texture, as a report describes it.

    >>> texture({"width": 512, "height": 512, "format": "webp"}), texture({"width": 4, "height": 4})
    ('512 × 512 WebP', 'one colour')
    """
    if not isinstance(value, Mapping):
        return "none"
    if is_one_color(value):
        return "one colour"
    name = str(value.get("format", ""))
    return f"{value.get('width')} × {value.get('height')} {_CODECS.get(name, name)}".strip()


def is_one_color(value: object) -> bool:
    """Say whether a texture, as a report describes it, is the few texels that a scan without colours gets."""
    return isinstance(value, Mapping) and isinstance(value.get("width"), int) and value["width"] <= 4


def _with_unit(value: object, units: tuple[tuple[float, str], ...], locale: str) -> str:
    if not isinstance(value, int | float):
        return NOTHING
    factor, unit = next((pair for pair in units if abs(value) >= pair[0]), units[-1])
    return format_unit(value / factor, unit, length="short", format="@##" if value else "0", locale=locale)


files_router = APIRouter()

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


@files_router.get("/files/{slug}/{name}")
def model_file(slug: str, name: str, settings: SettingsNow, request: Request) -> Response:
    """Send a model, poster or report; the Brotli copy to who accepts it."""
    path = one_model(settings.models, slug).file(name)
    packed = path.with_name(f"{path.name}.br")
    headers = {**_FRESH, "Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*"}
    if packed.is_file() and takes_brotli(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "br"
        path = packed
    return _send(path, MEDIA_TYPES[Path(name).suffix], headers, request)


@files_router.get("/viewer/{name:path}")
def viewer_file(name: str, settings: SettingsNow, request: Request) -> Response:
    """Send a script, style or decoder of the viewer."""
    path = settings.static / name if name in _LIBRARIES else _ASSETS / Path(name).name
    media_type = _TYPES.get(path.suffix, "")
    if not media_type or ("/" in name and name not in _LIBRARIES) or not path.is_file():
        raise UnknownFileError(f"the viewer has no file {name}; run `make setup` if it should")
    return _send(path, media_type, _FRESH, request)


def _send(path: Path, media_type: str, headers: Mapping[str, str], request: Request) -> Response:
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
