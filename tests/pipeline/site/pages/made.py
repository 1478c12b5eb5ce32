"""An edition that has everything a page may have to show: a rich site, a bare one, and a route."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Route, RouteCard
from carreau.base.schema.lists import Territory
from carreau.base.schema.site import Card, Site
from carreau.site.pages.site_content import Assets, SiteContent

BASE = "https://pages.example"
WORDS = {"fr": "sites", "en": "sites", "nl": "sites", "de": "orte", "pl": "miejsca"}
ROUTES = {"fr": "parcours", "en": "routes", "nl": "routes", "de": "routen", "pl": "trasy"}
ASSETS = Assets(
    "/a/style.css", "/a/icon.svg", (), "/a/list.js", "/a/search.js", "/a/viewer.js",
    model_viewer="/viewer/model-viewer.js", basis="/viewer/basis/", draco="/viewer/draco/",
    emblem="/a/emblem.png", places_script="/a/places.js", plates_style="/a/plates.css",
    api_script="/a/api.js", directions_script="/a/directions.js", share_script="/a/share.js",
    later_script="/a/later.js", home_script="/a/home.js",
)  # fmt: skip
MODIFIED = "2026-11-26T08:00:00Z"
RICH, BARE, ROUTE = "fosse-riche", "terril-nu", "boucle"
OUTLINE = {
    "type": "MultiPolygon",
    "coordinates": [[[[3.40, 50.35], [3.41, 50.35], [3.41, 50.36], [3.40, 50.36], [3.40, 50.35]]]],
}
COMMUNE = {"type": "Polygon", "coordinates": [[[3.3, 50.3], [3.5, 50.3], [3.5, 50.4], [3.3, 50.4], [3.3, 50.3]]]}


def text(words: str, lang: str = "fr", standing: str = "source") -> dict[str, str]:
    return {"text": words, "lang": lang, "standing": standing}


def term(code: str, words: str = "") -> dict[str, str]:
    return {"code": code, "text": words or code}


def day(edtf: str) -> dict[str, str]:
    return {"edtf": edtf, "text": edtf}


def link(name: str, ext: str, media_type: str, **more: Any) -> dict[str, Any]:
    return {
        "sha256": f"{len(name):064x}", "ext": ext, "media_type": media_type, "bytes": 1_200_000,
        "url": f"/a/{name}.{ext}", **more,
    }  # fmt: skip


def level(name: str, ext: str = "glb") -> dict[str, Any]:
    kind = "model/gltf-binary" if ext == "glb" else "model/vnd.usdz+zip"
    return link(name, ext, kind, level=name, triangles=80_000, texture_px=2048, gpu_bytes=22_000_000)


def picture(name: str = "poster") -> dict[str, Any]:
    return link(name, "webp", "image/webp", width=640, height=480)


def state(id_: str, when: str | None, evidence: str) -> dict[str, Any]:
    return {
        "id": id_, "title": text(f"État {id_}"), "date": day(when) if when else None, "kind": term("scan", "relevé"),
        "evidence": term(evidence), "line": f"Relevé simulé, {when}" if when else "Relevé simulé",
        "sources": ["un plan", "une photo"], "author": "A. Teur", "credit": "A. Teur",
        "licence": "CC BY 4.0", "licence_url": "https://creativecommons.org/licenses/by/4.0/", "is_simulated": True,
        "note": text("Une note.\n\nEn deux paragraphes."), "poster": [picture(), picture("small")],
        "poster_view": {"azimuth_deg": 30.0, "elevation_deg": 15.0},
        "parts": [{"name": "toit", "label": text("le toit"), "evidence": term("hypothetical"), "note": text("deviné")}],
        "levels": [level("preview"), level("phone"), level("desktop"), level("ar-ios", "usdz")],
    }  # fmt: skip


def medium(id_: str, kind: str) -> dict[str, Any]:
    forms = {
        "image": [
            link(f"{id_}{width}", ext, f"image/{ext}", width=width, height=width * 3 // 4)
            for ext in ("avif", "webp", "jpeg")
            for width in (1600, 800)
        ],
        "sound": [link(id_, "opus", "audio/ogg", codec="opus")],
        "video": [link(id_, "mp4", "video/mp4", width=1280, height=720)],
        "document": [link(id_, "pdf", "application/pdf")],
    }[kind]
    return {
        "id": id_, "kind": kind, "title": text(f"Titre {id_}"), "alt": text("Un chevalement de brique"),
        "credit": "Archives", "licence": "CC0-1.0", "date": day("1910~"), "sources": ["un fonds"], "duration_s": 62.0,
        "transcript": text("On entend la cloche.") if kind in ("sound", "video") else None, "variants": forms,
        "captions": link(f"{id_}c", "vtt", "text/vtt") if kind == "video" else None, "captions_lang": "fr",
        "tracks": [link(f"{id_}c", "vtt", "text/vtt", lang="fr")] if kind == "video" else [],
    }  # fmt: skip


def rich(lang: str) -> dict[str, Any]:
    """A site in a language, that has its name in it, a summary nobody accepted, and else French alone."""
    return {
        "slug": RICH, "lang": lang, "modified": MODIFIED, "name": text(f"Fosse {lang}", lang),
        "summary": text(f"Résumé {lang}", lang, "source" if lang == "fr" else "unreviewed"),
        "other_names": [text("La Vieille"), text("Die Alte", "de", "stale")], "is_demonstration": True,
        "kind": term("fosse"), "theme": term("exploitation"), "commune": "Denain", "insee": "59172",
        "communes": ["Denain"], "period": day("1831/1862"), "period_note": text("à peu près"),
        "company": text("Compagnie"), "confidence": term("high", "sûr"), "related": [BARE, "unknown"],
        "description": text(f"Près de [l’autre](site:{BARE}) et de [rien](site:unknown).\n\n[Voir](media:photo)."),
        "keywords": [text("mine")],
        "position": {"lon": 3.405, "lat": 50.355, "basis": text("au milieu")},
        "extent": {"area_ha": 12.5, "length_m": 900.0, "basis": text("calculé")},
        "inscription": {"list": 1360, "component": "Fosse", "source": "la liste"},
        "visit": {"see_today": text("Le bâtiment."), "access": None, "safety": text("Ne pas entrer."),
            "parking": text("Devant l'église."), "parking_source": "relevé du 3 mai 2026"},
        "dates": [
            {"event": term("opened"), "when": day("1831"), "label": text("ouverture"), "source": "une notice"},
            {"event": term("closed"), "when": day("1862"), "of": text("le puits"), "is_disputed": True},
        ],
        "architects": [{"name": "B. Âtisseur", "role": text("plans"), "source": "une lettre"}],
        "facts": [
            {"name": "depth", "label": text("profondeur"), "value": 71, "unit": "m", "text": text("71 m", lang),
             "source": "une notice", "note": text("du terrain"), "is_disputed": True},
            {"name": "owner", "label": text("propriétaire"), "value": "la ville"},
        ],
        "sources": [
            {"title": text("Une notice"), "url": "https://example.org/notice"},
            {"title": text("Un piège"), "url": "javascript:alert(1)"},
        ],
        "rights": [
            {"of": text("textes"), "credit": "", "licence": ""},
            {"of": text("contour"), "credit": "Mission", "licence": "Licence Ouverte 2.0", "url": "https://example.org"},
        ],
        "states": [state("today", None, "attested"), state("1930", "1930~", "hypothetical")],
        "annotations": [
            {"id": "puits", "state": "today", "point": [0, 0, 0], "normal": [0, 1, 0], "title": text("Le puits"),
             "text": text("Profond."), "media": ["photo", "unknown"], "sources": ["un plan"]},
        ],
        "tours": [
            {"id": "visite", "state": "today", "title": text("La visite"), "summary": text("En deux vues."), "steps": [
                {"annotation": "puits", "text": text("Voici le puits."), "sound": "voix", "duration_s": 4.0},
                {"annotation": "unknown", "text": text("Et voilà."), "duration_s": 4.0},
            ]},
        ],
        "media": [
            medium("photo", "image"), medium("voix", "sound"), medium("film", "video"), medium("plan", "document"),
        ],
        "routes": [ROUTE, "unknown"],
        "links": {"geojson": f"/v1/sites/{RICH}.geojson", "iiif": f"/iiif/{RICH}/manifest.json"},
        "pages": {code: f"/{code}/{word}/{RICH}" for code, word in WORDS.items()},
    }  # fmt: skip


def bare(lang: str) -> dict[str, Any]:
    """A site with nothing but what it must have."""
    return {
        "slug": BARE, "lang": lang, "modified": MODIFIED, "name": text("Terril nu"),
        "summary": text("Un terril."), "kind": term("terril"),
        "theme": term("exploitation"), "commune": "Denain", "insee": "59172",
        "pages": {code: f"/{code}/{word}/{BARE}" for code, word in WORDS.items()},
        "position": {"lon": 3.42, "lat": 50.36},
    }  # fmt: skip


def route(lang: str) -> dict[str, Any]:
    stops = [
        {"number": 1, "site": RICH, "name": text("Fosse"), "commune": "Denain", "text": text("Au départ."),
         "position": {"lon": 3.405, "lat": 50.355}, "along_m": 0.0, "minutes": 20.0},
        {"number": 2, "site": BARE, "name": text("Terril"), "commune": "Denain", "is_optional": True,
         "position": {"lon": 3.42, "lat": 50.36}, "along_m": 1200.0},
        {"number": 3, "name": text("Une place"), "commune": "Ailleurs"},
    ]  # fmt: skip
    return {
        "slug": ROUTE, "lang": lang, "modified": MODIFIED, "name": text("Une boucle"), "summary": text("Deux lieux."),
        "description": text("À pied."), "standing": term("proposal", "proposition : rien n’a été vérifié"),
        "mode": term("walk", "à pied"), "is_loop": True, "path": [[3.405, 50.355], [3.42, 50.36], [3.405, 50.355]],
        "path_measure": term("computed", "calculé"), "length_km": 2.5, "length_text": "2,5 km",
        "length_measure": term("computed", "calculé"), "length_note": text("à mesurer"), "duration_min": 45.0,
        "duration_formula": "DIN 33466", "stops_min": 20.0, "required_km": 1.2, "required_min": 20.0,
        "profile": [[0, 31], [800, 44.5], [1300, 39], [2500, 31]], "line": {
            "engine": "IGN", "profile": "pedestrian", "day": "2026-11-27", "credit": "IGN – BD TOPO®",
            "heights_credit": "IGN – RGE ALTI®"},
        "climb_m": 14.0, "descent_m": 14.0, "surface": text("pavés"), "transport": text("tramway"),
        "safety": text("une route"),
        "documented": text("Un dépliant."), "proposed": text("L’ordre."),
        "stops": stops, "sources": [{"title": text("Un dépliant"), "url": "https://example.org"}],
        "rights": [{"of": text("textes")}], "media": [medium("vue", "image")],
        "packs": {"phone": f"/v1/routes/{ROUTE}/pack/phone"}, "links": {"gpx": f"/v1/routes/{ROUTE}.gpx"},
        "pages": {code: f"/{code}/{word}/{ROUTE}" for code, word in ROUTES.items()},
    }  # fmt: skip


def table(lang: str) -> dict[str, Any]:
    """A table model with both sites on it: one is higher by a source."""

    def place(told: dict[str, Any], point: list[float], height: str) -> dict[str, Any]:
        own = {key: told[key] for key in ("slug", "name", "kind", "theme", "commune")}
        camera = {"position": [point[0], 0.06, point[2] + 0.08], "target": [point[0], 0, point[2]], "field_deg": 26}
        return {
            **own, "page": told["pages"][lang], "point": point, "camera": camera, "height_m": 30.0,
            "height": term(height), "picture": picture("corner"),
        }  # fmt: skip

    camera = {"position": [0, 0.3, 0.3], "target": [0, 0, 0], "field_deg": 26}
    state = {
        "id": "table", "title": text("La maquette", lang), "kind": term("model"), "evidence": term("hypothetical"),
        "is_size_known": True, "bounds_m": [[-0.07, -0.01, -0.07], [0.07, 0.01, 0.07]],
        "levels": [level("phone") | {"url": "/a/table.glb"}, level("ar-android"), level("ar-ios", "usdz")],
        "poster": [picture("wide")],
    }  # fmt: skip
    return {
        "lang": lang, "title": text("La maquette", lang), "state": state, "reduction": 50_000, "exaggeration": 3,
        "wide": {"camera": camera, "width": 1800, "height": 1000, "pictures": [picture("wide")]},
        "tall": {"camera": camera, "width": 860, "height": 1060, "pictures": [picture("tall")]},
        "places": [
            place(rich(lang), [-0.03, 0.002, 0.02], "deduced"), place(bare(lang), [0.04, 0.002, -0.03], "hypothetical"),
        ],
        "communes": [{"insee": "59172", "name": "Denain", "point": [0, 0, 0], "places": 2}],
        "pages": {code: f"/{code}/" for code in LANGUAGES},
    }  # fmt: skip


def card(site: Site) -> Card:
    return Card(
        slug=site.slug, lang=site.lang, modified=site.modified, name=site.name, summary=site.summary, kind=site.kind,
        theme=site.theme, commune=site.commune, insee=site.insee, position=site.position, url=f"/v1/sites/{site.slug}",
        has=("model", "then-and-now", "tour", "sound") if site.states else (), page=site.pages[site.lang],
        picture=site.states[0].poster[0] if site.states else None, is_demonstration=site.is_demonstration,
    )  # fmt: skip


def route_card(route: Route) -> RouteCard:
    return RouteCard(
        slug=route.slug, lang=route.lang, modified=route.modified, name=route.name, summary=route.summary,
        standing=route.standing, mode=route.mode, length_text=route.length_text, stops=len(route.stops),
        url=f"/v1/routes/{route.slug}", page=route.pages[route.lang],
    )  # fmt: skip


def edition(
    sites: Mapping[str, Any] | None = None,
    routes: Mapping[str, Any] | None = None,
    jsonld: bytes | None = None,
    *,
    has_table: bool = False,
) -> SiteContent:
    """The edition; documents of another kind may be put in, by slug and language.

    has_table : whether the table model of the territory was built
    """
    made = sites or {RICH: {code: rich(code) for code in LANGUAGES}, BARE: {code: bare(code) for code in LANGUAGES}}
    walks = routes or {ROUTE: {code: route(code) for code in LANGUAGES}}
    site_documents = {slug: _read(Site, told) for slug, told in made.items()}
    route_documents = {slug: _read(Route, told) for slug, told in walks.items()}
    document = jsonld or json.dumps({"@context": "https://schema.org", "name": "Fosse"}).encode()
    return SiteContent(
        LANGUAGES, BASE, ASSETS, sites=site_documents, routes=route_documents,
        cards={slug: {code: card(each) for code, each in told.items()} for slug, told in site_documents.items()},
        route_cards={
            slug: {code: route_card(each) for code, each in told.items()} for slug, told in route_documents.items()
        },
        jsonld={RICH: document}, route_jsonld={ROUTE: document}, outlines={RICH: OUTLINE},
        communes={"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"insee": "59172", "nom": "Denain"}, "geometry": COMMUNE},
        ]},
        territory=_read(Territory, {code: table(code) for code in LANGUAGES}) if has_table else {},
    )  # fmt: skip


def _read(of: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    return {code: of.model_validate(document) for code, document in told.items()}
