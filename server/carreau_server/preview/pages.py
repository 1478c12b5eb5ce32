"""Pages of the models, readable without scripts, interactive with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from babel.units import format_unit
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from carreau_server.preview.models import Model, all_models, one_model
from carreau_server.preview.settings import SettingsNow

router = APIRouter()

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ORIGIN = {"source": "Source", "credit": "Credit", "licence": "Licence"}


@router.get("/")
def index(settings: SettingsNow) -> HTMLResponse:
    """List the models there are."""
    cards = [_card(model) for model in all_models(settings.models)]
    return HTMLResponse(_PAGES.get_template("index.html").render(cards=cards, folder=settings.models.name))


@router.get("/models/{slug}")
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
