"""Small texts: notes and sidecars of scans, translations, the catalogue, manifests, and media of curators."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import soundfile
from pyproj import CRS

from carreau.catalogue.i18n.po import Book, write_book
from carreau.catalogue.i18n.text_exchange import exchange_file
from carreau.catalogue.i18n.translator_files import write_xliff12, write_xliff21
from tests.fuzz.seeds import Seed
from tests.pipeline.captures import looking
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.catalogue.i18n.translated import translated
from tests.pipeline.formats.location.camera_writers import WRITERS
from tests.pipeline.formats.location.test_sidecars import IDENTITY, METADATA, RC_INFO
from tests.pipeline.site.bundle_pages import PAGE, published
from tests.pipeline.site.media_files import jpeg, mp4, pdf, tone, webm

NOTES = """\
name = "Fosse Arenberg"
source = "photographs of June 2026"
licence = "CC-BY-4.0"
credit = "photographer"
unit = "m"
up = "z"
epsg = 2154
offset = [722000.0, 7030000.0, 0.0]
[height]
metres = 38.5
between = [[0, 0, 0], [0, 0, 12.2]]
[crop]
min = [-10.0, -10.0, -1.0]
max = [10.0, 10.0, 40.0]
[ground]
point = [0.0, 0.0, 0.0]
normal = [0.0, 0.0, 1.0]
"""
_SCAN = "mill_geo.obj"
_CENTERS = np.array([[3.0, 1.0, 0.0], [0.0, 1.2, 3.0], [-3.0, 0.9, 0.5], [0.4, 1.1, -3.0]])
_OBJ = {_SCAN: b"v 0 0 0\n"}


def seeds(folder: Path) -> Iterator[Seed]:
    """Yield all of them."""
    for name in ("texts", "catalogue", "bundle"):
        (folder / name).mkdir()
    yield from _locations()
    yield from _texts(folder / "texts")
    yield from _catalogue(folder / "catalogue")
    yield from _bundle(folder / "bundle")
    yield from _media()


def _locations() -> Iterator[Seed]:
    wkt = CRS("EPSG:2154").to_wkt("WKT1_GDAL")
    files = {
        "scan.toml": NOTES,
        "metadata.xml": METADATA.format("EPSG:2154", "722000.5,7030000,-3"),
        "mill_geo.obj.rcInfo": RC_INFO.format("epsg:32631 - WGS 84 / UTM zone 31N", IDENTITY),
        "coords.txt": "WGS84 UTM 31N\n530000 5590000\n1.5 2.5 100\n",
        "proj.txt": "+proj=utm +zone=16 +datum=WGS84 +units=m",
        "mill_offset.xyz": "722000.000 7030000.000 40.000",
        "mill_wkt.prj": wkt,
        "SHIFT.txt": "EPSG::32633 372000 4999000 40",
        "offset.txt": "X axis: 656059\nY axis: 5514553\nZ axis: 1713",
        "mill_geo.prj": CRS("EPSG:2154").to_wkt("WKT2_2019"),
    }
    beside = {"proj.txt": {"coords.txt": b"what\n1 2\n"}, "mill_wkt.prj": {"mill_offset.xyz": b"1 2 3"}}
    for name, text in files.items():
        companions: dict[str, bytes] = {**_OBJ, **beside.get(name, {})}
        yield Seed(f"location-{name}", "location", name, text.encode(), companions, is_text=True, opens=_SCAN)
    axes = looking(_CENTERS, np.zeros((4, 3)), np.array([0.0, 90.0, 2.0, -3.0]))
    for name, write in WRITERS.items():
        is_text = not name.endswith(".bin")
        yield Seed(f"location-{name}", "location", name, write(axes, _CENTERS), _OBJ, is_text=is_text, opens=_SCAN)


def _texts(folder: Path) -> Iterator[Seed]:
    catalogue, locales = translated(folder)
    exported = exchange_file(catalogue, locales, "nl")
    po = write_book(Book(exported.header, tuple(each.unit for each in exported.texts)))
    companions = _files(folder)
    for name, suffix, content in (
        ("po", "po", po), ("xliff12", "xlf", write_xliff12(exported)), ("xliff21", "xlf", write_xliff21(exported)),
    ):  # fmt: skip
        yield Seed(f"texts-{name}", "texts", f"nl.{suffix}", content, companions, is_text=True)


def _catalogue(folder: Path) -> Iterator[Seed]:
    files = _files(written(folder / "assets"))
    for name in ("sites/une/site.toml", "routes/way.toml", "sites/une/outline.geojson", "communes.geojson"):
        others = {other: content for other, content in files.items() if other != name}
        label = name.rpartition("/")[2]
        yield Seed(f"catalogue-{label}", "catalogue", name, files[name], others, is_text=True)


def _bundle(folder: Path) -> Iterator[Seed]:
    published(folder, PAGE)
    published(folder, PAGE, PAGE * 2)
    files = _files(folder)
    former = next(name for name in files if name.startswith("releases/") and name.endswith("manifest.json"))
    for label, name in (("manifest", "manifest.json"), ("former", former), ("order", "releases/order.txt")):
        others = {other: content for other, content in files.items() if other != name}
        yield Seed(f"bundle-{label}", "bundle", name, files[name], others, is_text=True)


def _media() -> Iterator[Seed]:
    captions = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.500\nBonjour\n\n00:03.000 --> 00:04.000 line:0\n<i>Adieu</i>\n"
    contents = {
        "captions.vtt": captions.encode(), "leaf.pdf": pdf(b"/AcroForm 3 0 R", b"<</Type /Page>>"),
        "film.mp4": mp4(), "film.webm": webm(), "facade.jpg": jpeg(64, 48), "voice.flac": _sound("FLAC"),
        "voice.wav": _sound("WAV"), "voice.ogg": _sound("OGG"), "voice.mp3": _sound("MP3"),
    }  # fmt: skip
    for name, content in contents.items():
        yield Seed(f"media-{name}", "media", name, content, is_text=name.endswith("vtt"), prints=name.endswith("mp3"))


def _sound(kind: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, tone(0.05), 48_000, format=kind)
    return stream.getvalue()


def _files(folder: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
