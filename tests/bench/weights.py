"""Weigh what browsers fetch for pages of each kind, and for the viewer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.package_folders import STATIC
from carreau.base.schema.bundle import Manifest
from carreau.base.schema.parts import File
from carreau.site.releases import read_current
from tests.bench.checking import held

MOST_PAGE, MOST_VIEWER = 60_000, 300_000
_VIEWER = ("carreau-viewer.js", "model-viewer.js")
_START = "/viewer/fr.json"
_LOADED = re.compile(rb'<(?:script|link)\b[^>]*?\b(?:src|href)="(/[^"?]+)"[^>]*>')
_UNASKED = (b'rel="alternate', b'rel="canonical', b'rel="preload', b'rel="icon', b'rel="apple', b'rel="manifest')


def weigh(bundle: Path) -> list[str]:
    """Return what the heaviest pages and the viewer weigh, in bytes after Brotli as they are sent."""
    manifest = read_current(bundle)
    assert manifest is not None
    files = {file.path: file for file in manifest.files}
    digests = {file.sha256: file for file in manifest.files}
    viewer = set(_viewer(manifest, digests))
    pages = {
        f"{answer.path}?lang={answer.lang}" if answer.lang else answer.path: _page(
            bundle, digests[answer.sha256], files, viewer
        )
        for answer in manifest.answers
        if answer.static.endswith(".html") and not answer.path.startswith("/bench/")
    }
    heaviest, most = max(pages.items(), key=lambda each: each[1])
    script = sum(_sent(digests[sha]) for sha in viewer)
    median = sorted(pages.values())[len(pages) // 2]
    return [
        f"{len(pages)} pages with style and scripts, without the viewer, compressed with Brotli: median "
        f"{median / 1e3:.1f} kB, the heaviest {heaviest} {most / 1e3:.1f} kB "
        f"({held(most, MOST_PAGE)} {MOST_PAGE / 1e3:.0f} kB); "
        f"the viewer with its library, texts and decoder {script / 1e3:.1f} kB "
        f"({held(script, MOST_VIEWER)} {MOST_VIEWER / 1e3:.0f} kB)"
    ]


@dataclass(frozen=True)
class FirstView:
    """Bytes of the home page until the model of the territory is first seen, as they are sent.

    page : with its style and scripts, but for the viewer, which has a limit of its own
    picture : of the model, the larger of those for narrow and wide screens
    model : its smallest level
    """

    page: int
    picture: int
    model: int


def first_view(bundle: Path, language: str) -> FirstView:
    """Return what the home page takes in a language."""
    manifest = read_current(bundle)
    assert manifest is not None
    files = {file.path: file for file in manifest.files}
    digests = {file.sha256: file for file in manifest.files}
    found = {(answer.path, answer.lang): digests[answer.sha256] for answer in manifest.answers}
    page = next(file for (path, _), file in found.items() if path == f"/{language}/")
    told = next(file for (path, lang), file in found.items() if path == "/v1/territory" and lang == language)
    territory = json.loads((bundle / told.path).read_bytes())
    content = (bundle / page.path).read_text("utf-8")
    content = content.partition('<figure slot="poster">')[2].partition("</picture>")[0]
    shown = [files[path[1:]] for path in re.findall(r'<(?:img|source)[^>]*?(?:src|srcset)="(/a/[^"? ]+)', content)]
    model = files[territory["state"]["levels"][0]["url"].lstrip("/")]
    whole = _page(bundle, page, files, set(_viewer(manifest, digests)))
    return FirstView(whole, max(_sent(file) for file in shown), _sent(model))


def _viewer(manifest: Manifest, digests: Mapping[str, File]) -> Iterator[str]:
    """Yield the digests of what opening a model takes; meshopt and WebP are decoded by the library itself."""
    sizes = {(STATIC / name).stat().st_size: name for name in _VIEWER}
    yield from (sha for sha, file in digests.items() if file.ext == "js" and file.bytes in sizes)
    yield from (answer.sha256 for answer in manifest.answers if answer.path == _START)


def _page(bundle: Path, page: File, files: Mapping[str, File], viewer: set[str]) -> int:
    content = (bundle / page.path).read_bytes()
    found = {each[1].decode() for each in _LOADED.finditer(content) if not any(mark in each[0] for mark in _UNASKED)}
    named = [files[path[1:]] for path in found if path[1:] in files]
    return _sent(page) + sum(_sent(file) for file in named if file.sha256 not in viewer)


def _sent(file: File) -> int:
    return file.brotli_bytes or file.bytes
