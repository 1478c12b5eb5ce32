"""Pages of the models, readable without scripts, interactive with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from carreau_server.preview import wording
from carreau_server.preview.dependencies import SettingsNow
from carreau_server.preview.models import Model, all_models, one_model

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
        "levels": [f"{level.get('name')} {wording.size(level.get('brotli_bytes'))}" for level in model.levels],
        "files": [str(level["file"]) for level in model.levels],
        "origin": {label: str(model.report[key]) for key, label in _ORIGIN.items() if model.report.get(key)},
    }


def _scan_facts(scan: Mapping[str, Any]) -> str:
    """Return a description of the scan in one line, empty if the report has none."""
    sides = scan.get("size_m")
    extent = " × ".join(wording.length(side) for side in sides) if isinstance(sides, list | tuple) else ""
    kind = " ".join(str(scan[key]) for key in ("format", "detail") if scan.get(key))
    counts = [f"{wording.count(scan[what])} {what}" for what in ("points", "triangles") if what in scan]
    return ", ".join(part for part in (str(scan.get("file", "")), kind, *counts, extent) if part)


def _row(level: Mapping[str, Any]) -> dict[str, Any]:
    error = _mapping(level.get("error"))
    likeness = "identical" if error.get("psnr_db", 0.0) is None else wording.decibels(error.get("psnr_db"))
    return {
        "name": str(level.get("name", level["file"])),
        "file": str(level["file"]),
        "size": wording.size(level.get("bytes")),
        "brotli": wording.size(level.get("brotli_bytes")),
        "triangles": wording.count(level.get("triangles")),
        "texture": wording.texture(level.get("texture")),
        "is_one_color": wording.is_one_color(level.get("texture")),
        "maps": [str(each.get("slot")) for each in level.get("textures") or () if each.get("slot") != "base"],
        "gpu": wording.size(level.get("gpu_bytes")),
        "psnr": likeness,
        "rms": wording.length(_mapping(error.get("to_scan")).get("rms")),
        "largest": wording.length(_farthest(error)),
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
