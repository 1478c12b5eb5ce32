"""Make once what is the same in all languages: the maps, and the documents for search engines."""

from __future__ import annotations

from pipeline.pages.atlas import Atlas
from pipeline.pages.edition import Edition
from pipeline.pages.links import script_data
from pipeline.pages.maps import home_map, route_map, site_map, thumbnail


class Drawings:
    """What the pages of an edition share.

    home : map of all sites; sites, routes : maps by slug; None where there is nothing to draw
    thumbnails : outlines of the sites as small paths
    jsonld, route_jsonld : by slug, safe to put into a script
    """

    def __init__(self, edition: Edition) -> None:
        """Draw everything."""
        atlas, first = Atlas(edition), edition.languages[0]
        sites = {slug: documents[first] for slug, documents in edition.sites.items()}
        self.home = home_map([cards[first] for cards in edition.cards.values()], atlas)
        self.sites = {slug: site_map(site, edition.outlines.get(slug), atlas) for slug, site in sites.items()}
        self.routes = {slug: route_map(documents[first], atlas) for slug, documents in edition.routes.items()}
        self.thumbnails = {slug: thumbnail(edition.outlines.get(slug)) for slug in sites}
        self.jsonld = {slug: script_data(document) for slug, document in edition.jsonld.items()}
        self.route_jsonld = {slug: script_data(document) for slug, document in edition.route_jsonld.items()}
