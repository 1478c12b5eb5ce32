"""Show models on pages that read well without a script, and turn with one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.dependencies import SettingsNow
from server.models import Model, all_models, one_model

router = APIRouter()

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True, undefined=StrictUndefined
)


@router.get("/")
def index(settings: SettingsNow) -> HTMLResponse:
    """List the models there are."""
    cards = [_card(model) for model in all_models(settings.models)]
    return HTMLResponse(_PAGES.get_template("index.html").render(cards=cards, folder=settings.models.name))


@router.get("/models/{slug}")
def model_page(slug: str, settings: SettingsNow) -> HTMLResponse:
    """Show one model with its levels and their numbers."""
    model = one_model(settings.models, slug)
    rows = [_row(level) for level in model.levels]
    card = _card(model)
    return HTMLResponse(_PAGES.get_template("model.html").render(card=card, rows=rows, warnings=model.warnings))


def _card(model: Model) -> dict[str, Any]:
    posters = [name for name in ("poster.webp", "poster.png") if model.has(name)]
    sentences = [str(model.report[key]) for key in ("licence", "credit", "source") if model.report.get(key)]
    return {
        "slug": model.slug,
        "name": model.name,
        "poster": posters[0] if posters else "",
        "levels": [str(level.get("name", level["file"])) for level in model.levels],
        "files": [str(level["file"]) for level in model.levels],
        "origin": sentences,
    }


def _row(level: Mapping[str, Any]) -> dict[str, str]:
    error = level.get("error")
    error = error if isinstance(error, Mapping) else {}
    return {
        "name": str(level.get("name", level["file"])),
        "file": str(level["file"]),
        "size": _megabytes(level.get("bytes")),
        "brotli": _megabytes(level.get("brotli_bytes")),
        "triangles": _count(level.get("triangles")),
        "texture": _texture(level.get("texture")),
        "gpu": _megabytes(level.get("gpu_bytes")),
        "psnr": _decimal(error.get("psnr_db"), " dB"),
        "rms": _decimal(_scaled(error.get("rms_m"), 1000), " mm"),
    }


def _megabytes(value: object) -> str:
    return f"{value / 1e6:.2f} MB" if isinstance(value, int | float) else "–"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def _decimal(value: object, unit: str) -> str:
    return f"{value:.1f}{unit}" if isinstance(value, int | float) else "–"


def _scaled(value: object, factor: float) -> object:
    return value * factor if isinstance(value, int | float) else None


def _texture(value: object) -> str:
    if not isinstance(value, Mapping):
        return "–"
    return f"{value.get('width')} × {value.get('height')} {value.get('format')}"
