"""Say what the pages of an edition are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline.schema.route import Route, RouteCard
from pipeline.schema.site import Card, Site

Geometry = Mapping[str, Any]
"""A GeoJSON Polygon or MultiPolygon, longitudes and latitudes in WGS 84."""


@dataclass(frozen=True)
class Assets:
    """Addresses of the files that pages ask for, each from our origin; empty where there is none.

    style, icon : of every page
    list_script, search_script : small modules, by the page they are for; see `assets.own_files`
    viewer_script : the module of <carreau-viewer>, which finds its words and libraries by itself
    model_viewer : the library that turns models, a module; without it pages show posters and link to the files
    app_script : of every page: what keeps copies of them on phones
    walk_script : of pages with offline packs; it finds its words where `walk_words` says, by language
    app_manifests : of the pages as an app, by language; touch_icon is its icon on iPhones
    emblem : its largest icon, a square of `assets.ICON_SIDES[-1]`: the picture that others show of pages without one
    ahead_script : of pages with a model: begins to fetch the library while the viewer comes
    basis, draco : folders of its decoders, with a stroke at the end
    snippet_script : of the page that writes what others put into theirs
    api_script : of the documentation of the API: sends its examples, and lists all operations
    places_script : of pages with a map: a picture of IGN under it, what is near, arrival at a stop
    plates_style : of the plates to print
    embed_script : what pages in frames of others load besides the viewer, and before it
    meshopt : an empty script: the library has that decoder in it, and only wants an address
    """

    style: str
    icon: str = ""
    list_script: str = ""
    search_script: str = ""
    viewer_script: str = ""
    ahead_script: str = ""
    model_viewer: str = ""
    basis: str = ""
    draco: str = ""
    meshopt: str = ""
    app_script: str = ""
    walk_script: str = ""
    walk_words: Mapping[str, str] = field(default_factory=dict)
    app_manifests: Mapping[str, str] = field(default_factory=dict)
    touch_icon: str = ""
    emblem: str = ""
    snippet_script: str = ""
    embed_script: str = ""
    api_script: str = ""
    places_script: str = ""
    plates_style: str = ""


@dataclass(frozen=True)
class Publisher:
    """Who answers for the content; what is empty is left on the pages to be filled in, where everybody sees it."""

    name: str = ""
    homepage: str = ""
    email: str = ""
    director: str = ""
    host: str = ""


@dataclass(frozen=True)
class Edition:
    """All that the pages are made of.

    languages : first the one that curators write
    base_url : origin that absolute addresses begin with, without a stroke at the end
    sites, cards, routes, route_cards : by slug and language
    jsonld, route_jsonld : schema.org documents by slug
    outlines : by slug of the site
    communes : GeoJSON features with `insee` and `nom`
    """

    languages: tuple[str, ...]
    base_url: str
    assets: Assets
    sites: Mapping[str, Mapping[str, Site]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    route_cards: Mapping[str, Mapping[str, RouteCard]] = field(default_factory=dict)
    jsonld: Mapping[str, bytes] = field(default_factory=dict)
    route_jsonld: Mapping[str, bytes] = field(default_factory=dict)
    outlines: Mapping[str, Geometry] = field(default_factory=dict)
    communes: Mapping[str, Any] = field(default_factory=dict)
    publisher: Publisher = field(default_factory=Publisher)


class Page(NamedTuple):
    """What is answered at an address.

    language : that was asked for, empty where the answer has none
    ext : of the file
    of : what it is about, "pages.site.SLUG" or "pages.route.SLUG"; empty for all others
    """

    address: str
    language: str
    content: bytes
    ext: str
    of: str = ""
