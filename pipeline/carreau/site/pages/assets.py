"""Static files of the pages, which publishing copies into the bundle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent / "assets"
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_FILES: Mapping[str, str] = MappingProxyType(
    {
        "icon": "icon.svg",
        "ahead_script": "ahead.js",
        "later_script": "later.js",
        "home_script": "home.js",
        "list_script": "list.js",
        "search_script": "search.js",
        "snippet_script": "snippet.js",
        "directions_script": "directions.js",
        "share_script": "share.js",
        "plates_style": "plates.css",
    }
)
STYLES = Path(__file__).parent / "styles"
_STYLES = (
    "base", "common", "shell", "viewer", "card", "list", "home", "timeline", "place", "map", "route", "pack", "trail",
    "moving", "show", "embed", "docs",
)  # fmt: skip
"""In this order; `fonts` comes before them where there are addresses of the fonts."""

FONTS = Path(__file__).parent / "fonts"
"""WOFF2 cut by `tests/pipeline/site/pages/web_fonts.py`, with their licences."""

ICON_SIDES, TOUCH_SIDE = (192, 512), 180
"""Pixels of the icons in the manifest of the app, and of the Apple touch icon."""


def icon_file(side: int, purpose: str) -> Path:
    """Return the path of an icon of the app, which `tests/pipeline/site/pages/app_icons.py` draws.

    purpose : "any", "maskable", or "touch" for iPhones
    """
    return _FOLDER / f"icon-{side}-{purpose}.png"


SHARE_SIZE = 1200, 630
"""Width and height of the pictures of emblems, in pixels, as Open Graph recommends."""
SHARES = _FOLDER / "share"
"""Pictures of the emblems, which `tests/pipeline/site/pages/share_emblems.py` draws."""


def share_files() -> dict[str, Path]:
    """Return the pictures of emblems by their names."""
    return {path.stem: path for path in sorted(SHARES.glob("*.png"))}


def font_files() -> list[Path]:
    """Return the fonts."""
    return sorted(FONTS.glob("*.woff2"))


def style_sheet(fonts: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Return the style sheet of all pages, without the comments of its files.

    fonts : addresses by file name; without them pages are set in fonts of the device
    """
    names = ("fonts", *_STYLES) if fonts else _STYLES
    text = _COMMENT.sub("", "".join((STYLES / f"{name}.css").read_text("utf-8") for name in names))
    for name, address in fonts.items():
        text = text.replace(f'url("{name}")', f'url("{address}")')
    return text.encode()


def own_files(fonts: Mapping[str, str] = MappingProxyType({})) -> dict[str, tuple[bytes, str]]:
    """Return content and extension of each file, by the field of `Assets` for its address."""
    files = {name: ((_FOLDER / file).read_bytes(), file.rpartition(".")[2]) for name, file in _FILES.items()}
    return {"style": (style_sheet(fonts), "css"), **files}
