"""Make once what is the same in all languages: the maps, and the documents for search engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TypeVar

from pipeline.pages.basemap import Atlas
from pipeline.pages.edition import Edition
from pipeline.pages.links import script_data
from pipeline.pages.maps import Map, home_map, route_map, site_map, thumbnail

Drawing = TypeVar("Drawing")


class Each(Mapping[str, Drawing]):
    """A drawing of each, made when it is first asked for: of most, no page is made again."""

    def __init__(self, names: Iterable[str], draw: Callable[[str], Drawing]) -> None:
        """Draw nothing yet."""
        self._names, self._draw = tuple(names), cache(draw)

    def __getitem__(self, name: str) -> Drawing:
        """Return a drawing; raises KeyError for a name that nothing has."""
        if name not in self._names:
            raise KeyError(name)
        return self._draw(name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Count them."""
        return len(self._names)


class Drawings:
    """What the pages of an edition share.

    sites, routes : maps by slug; None where there is nothing to draw
    thumbnails : outlines of the sites as small paths
    jsonld, route_jsonld : by slug, safe to put into a script
    """

    def __init__(self, edition: Edition) -> None:
        """Measure the land."""
        self._edition = edition
        self._atlas, first = Atlas(edition), edition.languages[0]
        sites, routes, outlines = edition.sites, edition.routes, edition.outlines
        self.sites = Each(sites, lambda slug: site_map(sites[slug][first], outlines.get(slug), self._atlas))
        self.routes = Each(routes, lambda slug: route_map(routes[slug][first], self._atlas))
        self.thumbnails = Each(sites, lambda slug: thumbnail(outlines.get(slug)))
        self.jsonld = Each(edition.jsonld, lambda slug: script_data(edition.jsonld[slug]))
        self.route_jsonld = Each(edition.route_jsonld, lambda slug: script_data(edition.route_jsonld[slug]))

    @cached_property
    def home(self) -> Map | None:
        """Return the map of all sites and routes."""
        first = self._edition.languages[0]
        routes = [documents[first] for documents in self._edition.routes.values()]
        return home_map([cards[first] for cards in self._edition.cards.values()], self._atlas, routes)
