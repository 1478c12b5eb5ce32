"""URL paths of the pages that do not belong to a site or route, and the static files beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from carreau.base.languages import LANGUAGES, path_words
from carreau.exports.formats import FORMATS

_PAGES = (
    "places", "search", "about", "embed", "offline", "credits", "data", "api", "problems", "legal",
    "accessibility", "trails",
)  # fmt: skip

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"home": dict.fromkeys(LANGUAGES, "")} | {page: path_words(page) for page in _PAGES}
)
"""Last part of their paths, by page and language."""

PLATES: Mapping[str, str] = MappingProxyType(path_words("plates"))
"""Last part of the path of the plates of a route, by language."""

SHEETS: Mapping[str, str] = MappingProxyType(path_words("sheets"))
"""Last part of the path of the sheets of a trail, by language."""

NOT_FOUND = "/404"
FIRST = "/"
"""Paths without a language, which the server answers in the language of the request."""


def page_path(name: str, language: str) -> str:
    """Return the path of a page.

    >>> page_path("home", "de"), page_path("legal", "de")
    ('/de/', '/de/impressum')
    """
    return f"/{language}/{WORDS[name][language]}"


def page_paths(name: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return the path of a page in each language."""
    return {language: page_path(name, language) for language in languages}


def embed(slug: str) -> str:
    """Return the path of the page of a site for frames; `?lang=` selects its language."""
    return f"/embed/{slug}"


_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\s\\]*")
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_NAMES = {"json": "JSON"}
for _format in reversed(FORMATS):
    _NAMES |= {_format.ending.partition(".")[0]: _format.label, _format.name: _format.label}


def safe_url(address: str) -> str:
    """Return an address if it is safe to link to, else an empty string.

    >>> safe_url("https://example.org/a"), safe_url("/fr/"), safe_url("javascript:alert(1)"), safe_url("//example.org")
    ('https://example.org/a', '/fr/', '', '')
    """
    if _OWN.fullmatch(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"[\x00-\x20\s\\]", address)
    return address if is_web else ""


def oembed_url(base_url: str, address: str, form: str) -> str:
    """Return the oEmbed URL of a page."""
    return f"{base_url}/oembed?{urlencode({'url': base_url + address, 'format': form})}"


def script_json(document: bytes | None) -> Markup:
    r"""Return a JSON document escaped so that it cannot end a `<script>` element; empty for none.

    >>> script_json(b'{"name": "</script>"}')
    Markup('{"name":"\\u003c/script\\u003e"}')
    """
    if not document:
        return Markup("")
    compact = json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":"))
    for character, escaped in _IN_SCRIPT.items():
        compact = compact.replace(character, escaped)
    return Markup(compact)  # noqa: S704 - what could end the element is written otherwise


def format_links(links: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return label and address of each format; a format without a label keeps its name.

    >>> format_links({"iiif": "/iiif/a/manifest.json", "new": "/v1/a", "bad": "javascript:1"})
    [('IIIF 4', '/iiif/a/manifest.json'), ('new', '/v1/a')]
    """
    return [(_NAMES.get(name, name), address) for name, address in links.items() if safe_url(address)]


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
