"""What the served release has around one entry: the cards, routes, outlines and relief that its page refers to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.i18n.languages import LANGUAGES
from carreau.base.schema.bundle import NAME
from carreau.base.schema.route import Route, RouteCard
from carreau.base.schema.site import Card, Site
from carreau.base.schema.territory import Territory
from carreau.site.bundle.release_answers import ReleaseAnswers
from carreau.site.bundle.releases import read_manifest
from carreau.site.publish.route_document import route_card
from carreau.site.publish.site_document import card
from carreau.site.publish.territory_document import PATH as TERRITORY

_DOCUMENT = re.compile(r"/v1/(sites|routes)/([a-z0-9-]+)")
_MAP = re.compile(r"/v1/sites/([a-z0-9-]+)\.geojson")


@dataclass(frozen=True)
class Around:
    """What the served release has in one language, by slug and that language."""

    sites: Mapping[str, Mapping[str, Site]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    route_cards: Mapping[str, Mapping[str, RouteCard]] = field(default_factory=dict)
    territory: Territory | None = None

    def routes_through(self, slug: str, language: str) -> tuple[str, ...]:
        """Return the slugs of the routes that stop at a site."""
        stops = {name: by_language[language].stops for name, by_language in self.routes.items()}
        return tuple(name for name, each in stops.items() if any(stop.site == slug for stop in each))


class ServedContent:
    """The served release of a bundle, read again when another is served."""

    def __init__(self, bundle: Path) -> None:
        """Read nothing yet."""
        self._bundle = bundle
        self._release: tuple[object, ReleaseAnswers | None] = (None, None)
        self._around: dict[str, Around] = {}
        self._outlines: dict[str, dict[str, Any]] | None = None

    def release(self) -> ReleaseAnswers | None:
        """Return the served release, None before the first and where its manifest cannot be read."""
        path = self._bundle / NAME
        try:
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
            if stamp != self._release[0]:
                self._release = stamp, ReleaseAnswers(self._bundle, read_manifest(path))
                self._around, self._outlines = {}, None
        except (OSError, OptionError):
            self._release, self._around, self._outlines = (None, None), {}, None
        return self._release[1]

    def around(self, language: str) -> Around:
        """Return what it has in a language; nothing before the first release."""
        release = self.release()
        if release is None:
            return Around()
        if language not in self._around:
            self._around[language] = _read_around(release, language)
        return self._around[language]

    def outlines(self) -> Mapping[str, dict[str, Any]]:
        """Return the outlines of all sites, as in their GeoJSON documents."""
        release = self.release()
        if self._outlines is None:
            self._outlines = _read_outlines(release) if release else {}
        return self._outlines


def _read_around(release: ReleaseAnswers, language: str) -> Around:
    sites, routes = dict[str, Site](), dict[str, Route]()
    for path in release.paths():
        found = _DOCUMENT.fullmatch(path)
        if found and found[1] == "sites":
            sites[found[2]] = Site.model_validate_json(release.content(path, language))
        elif found:
            routes[found[2]] = Route.model_validate_json(release.content(path, language))
    has_territory = release.find(TERRITORY, language) is not None
    territory = Territory.model_validate_json(release.content(TERRITORY, language)) if has_territory else None
    return Around(
        {slug: {language: site} for slug, site in sites.items()},
        {slug: {language: card(site)} for slug, site in sites.items()},
        {slug: {language: route} for slug, route in routes.items()},
        {slug: {language: route_card(route)} for slug, route in routes.items()},
        territory,
    )


def _read_outlines(release: ReleaseAnswers) -> dict[str, dict[str, Any]]:
    found = dict[str, dict[str, Any]]()
    for path in release.paths():
        document = _MAP.fullmatch(path)
        if document:
            features = json.loads(release.content(path, LANGUAGES[0])).get("features", ())
            shapes = [each["geometry"] for each in features if each["properties"].get("record") == "outline"]
            if shapes:
                found[document[1]] = shapes[0]
    return found
