"""Content shared by all languages of an edition: maps and JSON-LD documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TypeVar

from carreau.base.schema.map_scene import MapScene
from carreau.site.pages.maps.basemap import Basemap
from carreau.site.pages.maps.draw import Ground, Map, home_map, route_map, site_map, trail_map
from carreau.site.pages.maps.scene_map import SceneMap, scene_map
from carreau.site.pages.site_content import SiteContent

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
