"""Input and output of the page generator: an edition of the catalogue, and its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

from carreau.base.schema.itineraries import Route, RouteCard, Show, Trail, TrailCard
from carreau.base.schema.lists import TablePlace, Territory
from carreau.base.schema.parts import MapScene
from carreau.base.schema.site import Card, Site
from carreau.site.pages.basemap import Basemap, Geometry
from carreau.site.pages.map_drawing import Ground, Map, home_map, route_map, site_map, trail_map
from carreau.site.pages.scene_map import SceneMap, scene_map


@dataclass(frozen=True)
class Assets:
    """Addresses of the static files of pages, on the same origin; empty for none.

    style, icon, fonts : of every page
    home_script, list_script, search_script : small modules, named after their page; see `assets.own_files`
    viewer_script : the module of <carreau-viewer>, which loads its texts and libraries itself
    model_viewer : the <model-viewer> library, a module; without it pages show posters and link to files
    app_script : of every page: registers the service worker
    walk_script : of pages with offline packs; its texts are at `walk_words`, by language
    app_manifests : web app manifests by language; touch_icon : the Apple touch icon
    emblem : the largest icon, a square of `assets.ICON_SIDES[-1]`: the preview image of pages without a picture
    later_script : of pages whose model waits until it is asked for: loads the viewer once the page is idle
    ahead_script : of pages with a model: preloads the library while the viewer loads
    basis, draco : folders of its decoders, with a slash at the end
    snippet_script : of the page that generates embed code
    api_script : of the API documentation: sends its examples, and lists all operations
    places_script : of pages with a map: IGN background, places nearby, arrival at a stop
    trail_script : of pages of trails: one chapter at a time, questions, progress
    scene_script : of pages with a map that moves
    directions_script : of pages that say how to go there: chooses the map of the device, copies coordinates
    share_script : of pages with a button that shares them
    plates_style : of the printable QR plates
    show_script : of pages with a show: plays it
    embed_script : of pages in frames of other sites, loaded before the viewer
    share_pictures : pictures of the emblems by name, for link previews of places without a picture
    """

    style: str
    icon: str = ""
    fonts: tuple[str, ...] = ()
    list_script: str = ""
    search_script: str = ""
    viewer_script: str = ""
    ahead_script: str = ""
    later_script: str = ""
    model_viewer: str = ""
    basis: str = ""
    draco: str = ""
    app_script: str = ""
    walk_script: str = ""
    walk_words: Mapping[str, str] = field(default_factory=dict)
    app_manifests: Mapping[str, str] = field(default_factory=dict)
    touch_icon: str = ""
    emblem: str = ""
    snippet_script: str = ""
    embed_script: str = ""
    home_script: str = ""
    share_pictures: Mapping[str, str] = field(default_factory=dict)
    api_script: str = ""
    places_script: str = ""
    trail_script: str = ""
    scene_script: str = ""
    directions_script: str = ""
    share_script: str = ""
    plates_style: str = ""
    show_script: str = ""


@dataclass(frozen=True)
class Publisher:
    """The publisher of the content; pages show empty fields as placeholders to be filled in."""

    name: str = ""
    homepage: str = ""
    email: str = ""
    director: str = ""
    host: str = ""


@dataclass(frozen=True)
class SiteContent:
    """Everything that the pages are generated from.

    languages : the language of curators first
    base_url : origin of absolute addresses, without a slash at the end
    sites, cards, routes, route_cards, trails, trail_cards : by slug and language
    shows : by slug of their trail or site, and language
    jsonld, route_jsonld, trail_jsonld : schema.org documents by slug
    outlines : by slug of the site
    communes : GeoJSON features with `insee` and `nom`
    territory : its table model, by language; empty where it is not built
    """

    languages: tuple[str, ...]
    base_url: str
    assets: Assets
    sites: Mapping[str, Mapping[str, Site]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    route_cards: Mapping[str, Mapping[str, RouteCard]] = field(default_factory=dict)
    trails: Mapping[str, Mapping[str, Trail]] = field(default_factory=dict)
    trail_cards: Mapping[str, Mapping[str, TrailCard]] = field(default_factory=dict)
    shows: Mapping[str, Mapping[str, Show]] = field(default_factory=dict)
    jsonld: Mapping[str, bytes] = field(default_factory=dict)
    route_jsonld: Mapping[str, bytes] = field(default_factory=dict)
    trail_jsonld: Mapping[str, bytes] = field(default_factory=dict)
    outlines: Mapping[str, Geometry] = field(default_factory=dict)
    communes: Mapping[str, Any] = field(default_factory=dict)
    territory: Mapping[str, Territory] = field(default_factory=dict)
    publisher: Publisher = field(default_factory=Publisher)

    def corner(self, slug: str, language: str) -> TablePlace | None:
        """Return the place on the table model, with the picture of its corner; None where there is none."""
        territory = self.territory.get(language)
        places = territory.places if territory else ()
        return next((place for place in places if place.slug == slug and place.picture), None)


class Page(NamedTuple):
    """A generated file and its address.

    language : of the page, empty for files without one
    ext : file extension
    part : name of those about one site, route or trail in one language, as `part_name` gives it; empty for all others
    """

    address: str
    language: str
    content: bytes
    ext: str
    part: str = ""


def part_name(kind: str, slug: str, language: str) -> str:
    """Return the name of the pages about one entry in one language, which are made again together.

    kind : "site", "route" or "trail"
    """
    return f"pages.{kind}.{slug}.{language}"


Value = TypeVar("Value")


class LazyMapping(Mapping[str, Value]):
    """A mapping whose values are computed on first use: most pages are not generated again."""

    def __init__(self, keys: Iterable[str], compute: Callable[[str], Value]) -> None:
        """Compute nothing yet."""
        self._keys, self._compute = tuple(keys), cache(compute)

    def __getitem__(self, key: str) -> Value:
        """Return a value; raises KeyError for an unknown key."""
        if key not in self._keys:
            raise KeyError(key)
        return self._compute(key)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._keys)


class SharedContent:
    """Maps of an edition.

    sites, routes, trails : maps by slug; None without a position
    """

    def __init__(self, edition: SiteContent) -> None:
        """Measure the basemap; everything else is drawn on first use."""
        self._edition = edition
        self._basemap, first = Basemap(edition.communes, edition.outlines), edition.languages[0]
        under = self._basemap, self._ground
        sites, routes, outlines = edition.sites, edition.routes, edition.outlines
        self.sites = LazyMapping(sites, lambda slug: site_map(sites[slug][first], outlines.get(slug), *under))
        self.routes = LazyMapping(routes, lambda slug: route_map(routes[slug][first], *under))
        trails = edition.trails
        self.trails = LazyMapping(trails, lambda slug: trail_map(trails[slug][first], *under))
        self._moving: dict[str, SceneMap | None] = {}

    def moving_map(self, scene: MapScene) -> SceneMap | None:
        """Return the pictures of a map that moves, for all languages; None where nothing on it has a position."""
        if scene.slug not in self._moving:
            self._moving[scene.slug] = scene_map(scene, self._basemap, self._ground)
        return self._moving[scene.slug]

    @cached_property
    def home(self) -> Map | None:
        """Return the map of all sites and routes."""
        first = self._edition.languages[0]
        routes = [documents[first] for documents in self._edition.routes.values()]
        return home_map([cards[first] for cards in self._edition.cards.values()], self._basemap, routes, self._ground)

    @cached_property
    def _ground(self) -> Ground | None:
        """Return the relief under all maps; None before it is gathered."""
        territory = self._edition.territory.get(self._edition.languages[0])
        relief = territory.relief if territory else None
        return Ground(relief.ground.url, relief.bounds) if relief else None
