"""Static files of the pages, which publishing copies into the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent / "assets"
_FILES: Mapping[str, str] = MappingProxyType(
    {
        "style": "style.css",
        "icon": "icon.svg",
        "ahead_script": "ahead.js",
        "list_script": "list.js",
        "search_script": "search.js",
        "snippet_script": "snippet.js",
        "directions_script": "directions.js",
        "plates_style": "plates.css",
    }
)


ICON_SIDES, TOUCH_SIDE = (192, 512), 180
"""Pixels of the icons in the manifest of the app, and of the Apple touch icon."""


def icon_file(side: int, purpose: str) -> Path:
    """Return the path of an icon of the app, which `tests/pipeline/pages/app_icons.py` draws.

    purpose : "any", "maskable", or "touch" for iPhones
    """
    return _FOLDER / f"icon-{side}-{purpose}.png"


def own_files() -> dict[str, tuple[bytes, str]]:
    """Return content and extension of each file, by the field of `Assets` for its address."""
    return {name: ((_FOLDER / file).read_bytes(), file.rpartition(".")[2]) for name, file in _FILES.items()}
