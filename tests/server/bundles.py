"""Make small honest bundles of invented sites, as `carreau build` makes large ones."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import brotli

from carreau.base.languages import path_words
from carreau.base.schema import bundle
from carreau.base.schema.bundle import SCHEMA_VERSION, Answer, Manifest, plain, unfold_words
from carreau.base.schema.itineraries import Chapter, Route, RouteCard, Stop, Trail, TrailCard
from carreau.base.schema.lists import (
    PAGE_SIZE,
    Pack,
    PackFile,
    RouteList,
    SiteList,
    TableCommune,
    TablePlace,
    TableView,
    Terms,
    Territory,
    TrailList,
    make_cursor,
)
from carreau.base.schema.parts import File, FrozenModel, Link, Picture, Place, Term, Text
from carreau.base.schema.site import Camera, Card, Level, Site, State
from carreau.site.content_store import gzip
from carreau.site.pages.addresses import page_path
from carreau.site.pages.list_pages import search_page
from carreau.site.pages.rendering import Renderer
from tests.pipeline.site.pages.made import edition

LANGUAGES = ("fr", "en", "nl", "de", "pl")
BASE_URL = "https://carreau.example"
WORDS = {
    "fr": ("sites", "parcours"),
    "en": ("sites", "routes"),
    "nl": ("sites", "routes"),
    "de": ("orte", "routen"),
    "pl": ("miejsca", "trasy"),
}
STYLE = "sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0="
MODIFIED = "2026-11-26T08:00:00Z"
BINARY = bytes(range(256)) * 8192
"""2 MB, no two neighbouring bytes alike, so that a wrong range is seen."""


@dataclass(frozen=True)
class Made:
    """An invented site."""

    slug: str
    names: dict[str, str]
    kind: str
    commune: tuple[str, str]
    lon: float | None
    lat: float | None
    body: dict[str, str] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    modified: str = MODIFIED


SITES = (
    Made(
        *("fosse-mathilde", {"fr": "Fosse Mathilde", "en": "Mathilde pit", "pl": "Szyb Matylda"}, "fosse"),
        *(("Denain", "59172"), 3.395, 50.329),
        {"fr": "Le chevalement de l’église fut élevé sur l’Œuvre de Wałbrzych.", "en": "Its headframe is invented."},
        ("model", "ar"),
    ),
    Made(
        *("terril-renard", {"fr": "Terril Renard <b>", "de": "Halde Renard"}, "terril"),
        *(("Raismes", "59491"), 3.48, 50.39),
        {"fr": "Un terril inventé, avec le chevalement au loin.", "de": "Eine erfundene Halde an der Straße."},
    ),
)


def text(words: str, lang: str = "fr") -> Text:
    return Text(text=words, lang=lang, standing="source" if lang == "fr" else "reviewed")


def said(names: dict[str, str], lang: str) -> Text:
    spoken = lang if lang in names else "fr"
    return text(names[spoken], spoken)


def dumped(part: FrozenModel | Sequence[object] | dict[str, Any]) -> bytes:
    value = part.model_dump(mode="json") if isinstance(part, FrozenModel) else part
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Making:
    """A bundle that is being made in a folder; nothing names it before `finish`."""

    def __init__(self, folder: Path, sites: Sequence[Made] = SITES, note: str = "") -> None:
        self.folder, self.sites, self.note = folder, sites, note
        self.files: dict[tuple[str, str], File] = {}
        self.answers: list[Answer] = []
        (folder / "a").mkdir(parents=True, exist_ok=True)
        path = folder / ".catalogue.sqlite"
        path.unlink(missing_ok=True)
        self.db, self._path = sqlite3.connect(path), path
        bundle.create(self.db)

    def file(self, content: bytes, ext: str, media_type: str, is_packed: bool = True) -> File:
        digest = hashlib.sha256(content).hexdigest()
        if (digest, ext) not in self.files:
            packed = {"br": brotli.compress(content, quality=1)} if is_packed else {}
            if is_packed and ext != "glb":
                packed["gz"] = gzip(content)
            made = File(
                sha256=digest,
                ext=ext,
                media_type=media_type,
                bytes=len(content),
                brotli_bytes=len(packed["br"]) if "br" in packed else None,
                gzip_bytes=len(packed["gz"]) if "gz" in packed else None,
            )
            self._write(made.path, content)
            for ending, copy in packed.items():
                self._write(f"{made.path}.{ending}", copy)
            self.files[digest, ext] = made
        return self.files[digest, ext]

    def former(self, content: bytes) -> str:
        """Keep a document of a former release, which is no file of this one; returns its digest."""
        digest = hashlib.sha256(content).hexdigest()
        self._write(f"a/{digest}.json", content)
        return digest

    def link(self, content: bytes, ext: str, media_type: str, is_packed: bool = True) -> Link:
        made = self.file(content, ext, media_type, is_packed)
        return Link(**made.model_dump(), url=f"/{made.path}")

    def answer(self, path: str, lang: str, content: bytes, ext: str = "json", kind: str = "application/json") -> File:
        made = self.file(content, ext, kind)
        self.answers.append(Answer(path=path, lang=lang, sha256=made.sha256))
        row = made.sha256, ext, kind, made.bytes, made.brotli_bytes, made.gzip_bytes
        self.db.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (path, lang, *row))
        return made

    def finish(self) -> str:
        """Write the database and last the manifest; return the name of the release."""
        about = {
            "schema_version": str(SCHEMA_VERSION),
            "languages": json.dumps(LANGUAGES),
            "base_url": BASE_URL,
            "generator": "tests",
        }
        about[bundle.STYLES] = json.dumps([STYLE, "*; script-src *", f"{STYLE}; script-src *"])
        self.db.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
        for each in self.files.values():
            row = each.sha256, each.ext, each.media_type, each.bytes, each.brotli_bytes, each.gzip_bytes
            self.db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
        bundle.index_words(self.db)
        self.db.commit()
        self.db.execute("VACUUM")
        self.db.close()
        content = self._path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        self._path.replace(self.folder / "a" / f"{digest}.sqlite")
        manifest = Manifest(
            release="",
            generator="tests",
            languages=LANGUAGES,
            base_url=BASE_URL,
            database=digest,
            sites=len(self.sites),
            routes=1,
            files=tuple(self.files.values()),
            answers=tuple(self.answers),
        )
        body = manifest.model_dump(mode="json", exclude={"release"})
        release = hashlib.sha256(dumped(body)).hexdigest()[:16]
        self._write("manifest.json", dumped({**body, "release": release}))
        return release

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / f"{name}.part"
        path.write_bytes(content)
        path.replace(self.folder / name)


def build(folder: Path, sites: Sequence[Made] = SITES, note: str = "", is_documented: bool = False) -> str:
    """Publish a bundle of some sites into a folder; return its release.

    is_documented : whether it has the pages about the API
    """
    making = Making(folder, sites, note)
    fill(making)
    for lang in LANGUAGES if is_documented else ():
        for name in ("api", "problems"):
            page = f"<!doctype html><html lang={lang}><title>{name}</title>".encode()
            making.answer(page_path(name, lang), lang, page, "html", "text/html")
    return making.finish()


def fill(making: Making) -> None:
    """Add the sites, a route, a trail, and what every bundle has."""
    _sites(making)
    _route(making)
    _trail(making)
    _whole(making)


def _term(code: str) -> Term:
    return Term(code=code, text=code.capitalize())


def _levels(making: Making, slug: str) -> tuple[Level, ...]:
    found = []
    for level, size, gpu, ext, kind in (
        ("preview", 5_000, 1_400_000, "glb", "model/gltf-binary"),
        ("phone", 300_000, 22_000_000, "glb", "model/gltf-binary"),
        ("desktop-ktx2", 450_000, 10_000_000, "glb", "model/gltf-binary"),
        ("desktop", len(BINARY), 60_000_000, "glb", "model/gltf-binary"),
        ("ar-android", 400_000, 22_000_000, "glb", "model/gltf-binary"),
        ("ar-ios", 350_000, 22_000_000, "usdz", "model/vnd.usdz+zip"),
    ):
        content = BINARY[: size - 64] + f"{slug} {level}".ljust(64).encode()
        made = making.link(content, ext, kind, not level.startswith("ar"))
        found.append(Level(**made.model_dump(), level=level, triangles=size // 16, texture_px=512, gpu_bytes=gpu))
    return tuple(found)


def _card(making: Making, place: Made, lang: str, pictures: tuple[Picture, ...]) -> Card:
    position = None if place.lon is None or place.lat is None else Place(lon=place.lon, lat=place.lat)
    return Card(
        slug=place.slug,
        lang=lang,
        modified=place.modified,
        kind=_term(place.kind),
        theme=_term("extraction"),
        commune=place.commune[0],
        insee=place.commune[1],
        has=place.has,
        is_demonstration=True,
        url=f"/v1/sites/{place.slug}",
        page=f"/{lang}/{WORDS[lang][0]}/{place.slug}",
        name=said(place.names, lang),
        summary=text(f"Résumé de {place.names['fr']}. {making.note}"),
        position=position,
        picture=pictures[-1],
        pictures=pictures,
    )


def _sites(making: Making) -> None:
    db = making.db
    pictures = tuple(
        Picture(
            **making.link(b"RIFF" + b"picture" * size, "webp", "image/webp", False).model_dump(),
            width=80 * size,
            height=60 * size,
        )
        for size in (4, 8)
    )
    cards: dict[str, list[Card]] = {lang: [] for lang in LANGUAGES}
    features: dict[str, list[dict[str, Any]]] = {lang: [] for lang in LANGUAGES}
    for number, place in enumerate(sorted(making.sites, key=lambda each: each.slug), 1):
        levels = _levels(making, place.slug) if "model" in place.has else ()
        site = number, place.slug, place.kind, "extraction", *place.commune, place.lon, place.lat, place.slug
        db.execute("INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*site, place.modified))
        for name in {plain(place.commune[0]), place.commune[1]}:
            db.execute("INSERT INTO commune VALUES (?, ?)", (number, name))
        db.executemany("INSERT INTO has VALUES (?, ?)", [(number, what) for what in place.has])
        if place.lon is not None:
            db.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?)", (number, place.lon, place.lon, place.lat, place.lat))
        db.execute("INSERT INTO state VALUES (?, 'today')", (number,))
        if levels:
            db.execute("INSERT INTO state VALUES (?, '1930')", (number,))
        for each in levels:
            row = (each.sha256, each.ext, each.bytes, each.brotli_bytes, each.gpu_bytes, each.triangles)
            db.execute("INSERT INTO level VALUES (?, '1930', ?, ?, ?, ?, ?, ?, ?)", (number, each.level, *row))
        for lang in LANGUAGES:
            card = _card(making, place, lang, pictures)
            feature = {
                "type": "Feature",
                "id": place.slug,
                "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]} if place.lon is not None else None,
                "properties": {"name": card.name.text, "kind": place.kind},
            }
            cards[lang].append(card)
            features[lang].append(feature)
            db.execute("INSERT INTO card VALUES (?, ?, ?, ?)", (number, lang, dumped(card), dumped(feature)))
            making.answer(f"/v1/sites/{place.slug}.geojson", lang, dumped(feature), "geojson", "application/geo+json")
            _site(making, place, lang, card, levels)
        making.answer(
            f"/v1/sites/{place.slug}.jsonld", "", b'{"@context":"https://schema.org"}', "jsonld", "application/ld+json"
        )
        making.answer(f"/v1/sites/{place.slug}.edm.xml", "", b"<rdf/>", "xml", "application/rdf+xml")
        iiif = 'application/ld+json;profile="http://iiif.io/api/presentation/4/context.json"'
        making.answer(f"/iiif/{place.slug}/manifest.json", "", b'{"type":"Manifest"}', "json", iiif)
    for lang in LANGUAGES:
        first = tuple(cards[lang][:PAGE_SIZE])
        more = f"/v1/sites?cursor={make_cursor(first[-1].slug)}" if len(cards[lang]) > len(first) else None
        page = SiteList(lang=lang, matched=len(cards[lang]), next=more, sites=first)
        making.answer("/v1/sites", lang, dumped(page))
        collection = {"type": "FeatureCollection", "features": features[lang]}
        making.answer("/v1/sites.geojson", lang, dumped(collection), "geojson", "application/geo+json")


def _site(making: Making, place: Made, lang: str, card: Card, levels: tuple[Level, ...]) -> None:
    shared = (
        "slug",
        "lang",
        "modified",
        "name",
        "summary",
        "kind",
        "theme",
        "commune",
        "insee",
        "position",
        "is_demonstration",
    )
    states = [State(id="today", title=text("Aujourd’hui"), kind=_term("survey"), evidence=_term("attested"))]
    if levels:
        more = {"title": text("En 1930"), "kind": _term("reconstruction"), "evidence": _term("deduced")}
        states.append(State(id="1930", levels=levels, is_simulated=True, **more))  # type: ignore[arg-type]
    pages = {each: f"/{each}/{WORDS[each][0]}/{place.slug}" for each in LANGUAGES}
    site = Site(**{name: getattr(card, name) for name in shared}, states=tuple(states), pages=pages)
    making.answer(f"/v1/sites/{place.slug}", lang, dumped(site))
    page = f"<!doctype html><html lang={lang}><title>{place.slug}</title><p>{making.note}" + "<p>texte" * 200
    making.answer(card.page, lang, page.encode(), "html", "text/html")
    making.answer(f"/embed/{place.slug}", lang, page.encode() + b"<p>embed", "html", "text/html")
    if lang in place.names:
        body, title = place.body.get(lang, ""), place.names[lang]
        number = making.db.execute("SELECT id FROM site WHERE slug = ?", (place.slug,)).fetchone()[0]
        summary = card.summary.text if lang == "fr" else ""
        words = unfold_words(" ".join((title, summary, body)))
        row = ("site", place.slug, lang, card.page, number, title, "", summary, body, words)
        making.db.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _route(making: Making) -> None:
    slug, db = "autour-de-mathilde", making.db
    db.execute("INSERT INTO route VALUES (1, ?, ?)", (slug, MODIFIED))
    for lang in LANGUAGES:
        page = f"/{lang}/{WORDS[lang][1]}/{slug}"
        own: dict[str, Any] = {
            "slug": slug,
            "lang": lang,
            "modified": MODIFIED,
            "standing": _term("proposed"),
            "mode": _term("walk"),
        }
        card = RouteCard(
            **own,
            name=text("Autour de Mathilde"),
            summary=text("Un parcours inventé."),
            stops=1,
            url=f"/v1/routes/{slug}",
            page=page,
        )
        stop = Stop(number=1, site="fosse-mathilde", name=text("Fosse Mathilde"))
        measures: dict[str, Any] = {"path_measure": _term("indicative"), "length_measure": _term("estimated")}
        pages = {each: f"/{each}/{WORDS[each][1]}/{slug}" for each in LANGUAGES}
        route = Route(**own, **measures, name=card.name, summary=card.summary, stops=(stop,), pages=pages)
        making.answer("/v1/routes", lang, dumped(RouteList(lang=lang, routes=(card,))))
        document = making.answer(f"/v1/routes/{slug}", lang, dumped(route))
        gpx = f'<gpx version="1.1"><name>{lang}</name></gpx>'.encode()
        making.answer(f"/v1/routes/{slug}.gpx", lang, gpx, "gpx", "application/gpx+xml")
        making.answer(page, lang, f"<!doctype html><html lang={lang}><p>route".encode(), "html", "text/html")
        _pack(making, "route", slug, lang, document)
    row = ("route", slug, "fr", f"/fr/parcours/{slug}", None, "Autour de Mathilde", "", "Un parcours inventé.", "", "")
    db.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _trail(making: Making) -> None:
    slug = "la-greve-de-mathilde"
    making.db.execute("INSERT INTO trail VALUES (1, ?, ?)", (slug, MODIFIED))
    row = ("trail", slug, "fr", f"/fr/recits/{slug}", None, "La grève", "", "Un récit.", "", "")
    making.db.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    pages = {lang: f"/{lang}/{word}/{slug}" for lang, word in path_words("trails").items()}
    chapter = Chapter(id="debut", number=1, title=text("Début"), text=text("Un récit."), evidence=_term("hypothetical"))
    for lang in LANGUAGES:
        own: dict[str, Any] = {"slug": slug, "lang": lang, "modified": MODIFIED, "standing": _term("proposal")}
        own |= {"name": text("La grève"), "summary": text("Un récit.")}
        card = TrailCard(**own, chapters=1, url=f"/v1/trails/{slug}", page=pages[lang])
        trail = Trail(**own, chapters=(chapter,), pages=pages)
        making.answer("/v1/trails", lang, dumped(TrailList(lang=lang, trails=(card,))))
        _pack(making, "trail", slug, lang, making.answer(f"/v1/trails/{slug}", lang, dumped(trail)))
        features = dumped({"type": "FeatureCollection", "features": []})
        making.answer(f"/v1/trails/{slug}.geojson", lang, features, "geojson", "application/geo+json")
        making.answer(pages[lang], lang, f"<!doctype html><html lang={lang}><p>trail".encode(), "html", "text/html")


def _pack(making: Making, kind: Literal["route", "trail"], slug: str, lang: str, document: File) -> None:
    """Prepare the pack of now, and remember one from before whose page was another."""
    data = PackFile(**document.model_dump(), url=f"/v1/{kind}s/{slug}", role="data")
    model = PackFile(**making.link(b"glTF" + b"pack" * 500, "glb", "model/gltf-binary").model_dump(), role="model")
    gone = PackFile(**making.link(b"gone" * 9, "txt", "text/plain", False).model_dump(), role="document")
    was = data.model_copy(update={"sha256": "0" * 64})
    for files, is_old in (((was, model, gone), True), ((data, model), False)):
        number = hashlib.sha256(dumped([lang, *(each.model_dump() for each in files)])).hexdigest()[:16]
        size = sum(each.bytes if each.brotli_bytes is None else each.brotli_bytes for each in files)
        pack = Pack(route=slug, kind=kind, lang=lang, level="phone", id=number, bytes=size, files=files)
        if is_old:
            digest = making.former(dumped(pack))
        else:
            digest = making.answer(f"/v1/{kind}s/{slug}/pack/phone", lang, dumped(pack)).sha256
        making.db.execute("INSERT INTO pack VALUES (?, ?, ?, 'phone', ?)", (number, slug, lang, digest))


def _territory(making: Making, lang: str) -> Territory:
    camera = Camera(position=(0.1, 0.4, 0.6), target=(0.0, 0.0, 0.0))
    place = TablePlace(
        slug="fosse-mathilde",
        name=text("Fosse Mathilde"),
        kind=_term("fosse"),
        theme=_term("extraction"),
        commune="Denain",
        page=f"/{lang}/{WORDS[lang][0]}/fosse-mathilde",
        point=(0.0, 0.01, 0.0),
        camera=camera,
        height_m=30.0,
        height=_term("hypothetical"),
    )
    view = TableView(camera=camera, width=1800, height=1000)
    return Territory(
        lang=lang,
        title=text("La Porte du Hainaut en maquette"),
        state=State(id="table", title=text("Maquette"), kind=_term("model"), evidence=_term("hypothetical")),
        reduction=50_000.0,
        exaggeration=3.0,
        wide=view,
        tall=view,
        places=(place,),
        communes=(TableCommune(insee="59172", name="Denain", point=(0.0, 0.0, 0.0), places=1),),
        pages={each: f"/{each}/" for each in LANGUAGES},
    )


def _whole(making: Making) -> None:
    for lang in LANGUAGES:
        terms = Terms(lang=lang, lists={"kind": (_term("fosse"), _term("terril")), "theme": (_term("extraction"),)})
        making.answer("/v1/terms", lang, dumped(terms))
        making.answer("/v1/territory", lang, dumped(_territory(making, lang)))
        for path in ("/", f"/{lang}/", "/404", page_path("legal", lang)):
            page = f"<!doctype html><html lang={lang}><p>{path} {lang} {making.note}".encode()
            making.answer(path, lang, page, "html", "text/html")
        making.answer(page_path("search", lang), lang, search_page(Renderer(edition(), lang)), "html", "text/html")
    making.answer("/v1/catalogue.csv", "", b"slug\nfosse-mathilde\n", "csv", "text/csv")
    making.answer("/sw.js", "", b"self.addEventListener('fetch', () => {});" * 40, "js", "text/javascript")
