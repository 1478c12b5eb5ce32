"""Check the whole catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.diagnostics import ERROR, QUESTION, Diagnostic, KeyPath
from carreau.base.messages import Message, joined, message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry, read_catalogue
from carreau.catalogue.checks.check_files import check_licences, check_media
from carreau.catalogue.checks.check_links import check_elements, check_links
from carreau.catalogue.checks.check_routes import check_route
from carreau.catalogue.checks.check_shows import check_scene, check_shows
from carreau.catalogue.checks.check_sites import (
    check_arrival,
    check_commune,
    check_dates,
    check_demonstration,
    check_facts,
    check_inscription,
    check_open,
    check_outline,
    check_poses,
    check_position,
    check_postcode,
    check_rights,
    check_sources,
    check_twice,
)
from carreau.catalogue.checks.check_states import check_states, check_told
from carreau.catalogue.checks.check_texts import check_audience, check_markup
from carreau.catalogue.checks.check_trails import check_trail
from carreau.catalogue.checks.check_unread import check_unread
from carreau.catalogue.site import STORY, Site
from carreau.formats.geodata import COMMUNES, Commune, has_source


@dataclass(frozen=True)
class CheckResult:
    """The result of a check.

    names : of each site, route, trail and show by its file
    demonstration_count : places that do not exist, counted apart from the sites
    example_count : places elsewhere, counted apart from the sites
    story_count : places of trails that are not on the list of the territory, counted apart from the sites
    """

    findings: tuple[Diagnostic, ...]
    site_count: int
    route_count: int
    names: Mapping[str, str]
    demonstration_count: int = 0
    example_count: int = 0
    trail_count: int = 0
    story_count: int = 0

    def of_level(self, level: str) -> list[Diagnostic]:
        """Return the diagnostics of a level, in the order of files and lines."""
        return [finding for finding in self.findings if finding.level == level]

    @property
    def exit_code(self) -> int:
        """Return 2 where there are errors, else 0."""
        return 2 if self.of_level(ERROR) else 0

    def lines(self) -> list[Message]:
        """Return the diagnostics and their count; open questions first, so that errors stand last, above the count."""
        return [
            *(message("question  %(finding)s", finding=each.message()) for each in self.of_level(QUESTION)),
            *(message("error     %(finding)s", finding=each.message()) for each in self.of_level(ERROR)),
            self.summary(),
        ]

    def summary(self) -> Message:
        """Return how much was checked, and how many diagnostics there are."""
        errors, questions = len(self.of_level(ERROR)), len(self.of_level(QUESTION))
        counts = {
            "errors": plural_message("%(count)s error", "%(count)s errors", errors),
            "questions": plural_message("%(count)s open question", "%(count)s open questions", questions),
        }
        shown, elsewhere, trails = self.demonstration_count, self.example_count, self.trail_count
        entries = [plural_message("%(count)s site", "%(count)s sites", self.site_count)]
        entries += [plural_message("%(count)s demonstration", "%(count)s demonstrations", shown)] if shown else []
        entries += [plural_message("%(count)s example", "%(count)s examples", elsewhere)] if elsewhere else []
        told = self.story_count
        entries += [plural_message("%(count)s place of trails", "%(count)s places of trails", told)] if told else []
        entries += [plural_message("%(count)s route", "%(count)s routes", self.route_count)]
        entries += [plural_message("%(count)s trail", "%(count)s trails", trails)] if trails else []
        return message("%(entries)s: %(errors)s, %(questions)s", entries=joined(entries, ", "), **counts)

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "sites": self.site_count,
            "demonstrations": self.demonstration_count,
            "examples": self.example_count,
            "story_places": self.story_count,
            "routes": self.route_count,
            "trails": self.trail_count,
            "errors": len(self.of_level(ERROR)),
            "questions": len(self.of_level(QUESTION)),
            "names": dict(self.names),
            "findings": [finding.as_json() for finding in self.findings],
        }


def check_folder(root: Path, also: Callable[[Catalogue], Sequence[Diagnostic]] = lambda _: ()) -> CheckResult:
    """Read and check the catalogue of a folder; raises OptionError where there is none.

    also : further checks, such as those of translations
    """
    catalogue = read_catalogue(root)
    check_catalogue(catalogue)
    names = {each.document.name: each.of.name or each.slug for each in catalogue.entries()}
    findings = sorted(
        [*catalogue.findings(), *_communes(catalogue), *check_unread(catalogue), *also(catalogue)],
        key=lambda each: (each.file, each.line or 0),
    )
    shown = sum(each.of.demonstration is True for each in catalogue.sites.values())
    apart = sum(each.of.is_apart for each in catalogue.sites.values())
    sites = len(catalogue.sites) - apart
    told = sum(each.of.kind == STORY for each in catalogue.sites.values())
    counts = shown, apart - shown - told, len(catalogue.trails), told
    return CheckResult(tuple(findings), sites, len(catalogue.routes), names, *counts)


def _communes(catalogue: Catalogue) -> list[Diagnostic]:
    """Return a question where nothing says whose the outlines of the communes are, which maps show."""
    if not catalogue.communes or has_source(catalogue.root / COMMUNES):
        return []
    cause = message("the source of the outlines is missing")
    cure = message('find out whose they are, and write it into the file: "source": "…" beside "features"')
    return [Diagnostic(QUESTION, "missing source", COMMUNES, None, "", cause, cure)]


def check_catalogue(catalogue: Catalogue) -> None:
    """Add diagnostics to the documents of the catalogue; an unreadable file has one already."""
    for site in catalogue.sites.values():
        if site.document.is_read:
            check_site(site, catalogue.communes)
    for route in catalogue.routes.values():
        if route.document.is_read:
            check_route(route, catalogue)
    for trail in catalogue.trails.values():
        if trail.document.is_read:
            check_trail(trail, catalogue)
    check_shows(catalogue)
    for scene in catalogue.scenes.values():
        if scene.document.is_read:
            check_scene(scene, catalogue)
    check_links(catalogue)
    check_elements(catalogue)
    check_copies(catalogue)


def check_site(entry: Entry[Site], communes: Mapping[str, Commune]) -> None:
    """Add the diagnostics of one site to its document, without those of its links to others."""
    site, document = entry.of, entry.document
    check_commune(document, (), site.commune, site.insee, communes)
    check_postcode(document, site.postcode, site.insee, communes)
    check_position(document, ("position",), site.position, site.insee, site.communes, communes)
    check_outline(document, site)
    check_inscription(document, site)
    check_dates(document, site)
    check_facts(document, site)
    check_arrival(document, site)
    check_rights(document, site.rights)
    check_licences(document, site)
    check_sources(document, site.source)
    check_states(document, site)
    check_poses(document, site, communes)
    check_told(document, site)
    check_media(document, site.media, site.demonstration is True)
    for name in ("state", "annotation", "tour", "media"):
        check_twice(document, getattr(site, name), name)
    check_twice(document, site.fact, "fact", "name")
    check_open(document, site)
    check_audience(document, site)
    check_markup(document, site)
    check_demonstration(document, site, communes)


IDENTIFYING = {"name", "position"}
"""What tells two places apart: with one of these and anything else in common, a place is a copy."""


def check_copies(catalogue: Catalogue) -> None:
    """Report places with the name, the position or the texts of another.

    It is an error if they are identified alike, and a question if they share one thing only, or only texts.
    """
    owners: dict[tuple[str, Any], str] = {}
    for slug, entry in catalogue.sites.items():
        shared = dict[str, list[KeyPath]]()
        for key, value in _own(entry.of):
            first = owners.setdefault((str(key[0]), value), slug)
            if first != slug:
                shared.setdefault(first, []).append(key)
        for other, keys in shared.items():
            names = tuple(str(key[0]) for key in keys)
            cause = message("what is written under %(keys)s is also written in '%(site)s'", keys=names, site=other)
            cure = message("write what is true of this place, or remove the copy")
            is_copy = len(keys) > 1 and not IDENTIFYING.isdisjoint(names)
            entry.document.draft(not is_copy, "copied place", keys[0], cause, cure)


def _own(site: Site) -> Iterator[tuple[KeyPath, Any]]:
    """Yield what no two places have in common, with its key."""
    for name in ("name", "summary", "description"):
        if text := getattr(site, name):
            yield (name,), text.casefold()
    if site.position is not None and site.position.point is not None:
        yield ("position", "lon"), site.position.point
