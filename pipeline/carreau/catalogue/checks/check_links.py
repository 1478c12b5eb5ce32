"""Check the links between sites, routes, trails and their parts."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.route import Route
from carreau.catalogue.site import Site
from carreau.catalogue.trail import Trail

_LINK = re.compile(r"\]\(\s*(site|route|trail|media):([^)\s]*)\s*\)")
_OTHER = re.compile(r"\]\((?!\s*(?:(?:site|route|trail|media):[^)\s]*|https?://[^)\s]+)\s*\))([^)]*)")
"""What is written as a link and leads nowhere: pages would show its brackets."""
_MOST_CHOICES = 8


def check_links(catalogue: Catalogue) -> None:
    """Report dead links: `[text](site:slug)` and the like in texts, `related` and stops; the web is not asked."""
    sites, routes = set(catalogue.sites), set(catalogue.routes)
    trails = {name for trail in catalogue.trails.values() for name in trail_targets(trail)}
    for kind in (catalogue.sites, catalogue.trails, catalogue.shows, catalogue.scenes, catalogue.routes):
        for entry in kind.values():
            check_links_of(entry, sites, routes, trails)


def trail_targets(trail: Entry[Trail]) -> Iterator[str]:
    """Yield what a text can link to: the trail, and each of its chapters as `slug#chapter`."""
    yield trail.slug
    yield from (f"{trail.slug}#{chapter.id}" for chapter in trail.of.chapter)


def check_links_of(entry: Entry[Any], sites: Container[str], routes: Container[str], trails: Container[str]) -> None:
    """Report the dead links of one site, route, trail, show or map.

    sites, routes : slugs of all there are
    trails : their slugs, and their chapters as in `trail_targets`
    """
    media = {each.id for each in getattr(entry.of, "media", ())}
    _check_texts(entry.document, entry, {"site": sites, "route": routes, "trail": trails, "media": media})
    if isinstance(entry.of, Site):
        for slug in entry.of.related:
            if slug not in sites:
                _dead(entry.document, ("related",), "site", slug)
    if isinstance(entry.of, Route):
        for place, stop in enumerate(entry.of.stop):
            if stop.site and stop.site not in sites:
                _dead(entry.document, ("stop", place, "site"), "site", stop.site)


def check_elements(catalogue: Catalogue) -> None:
    """Report elements of the inscription that two sites have."""
    owners: dict[tuple[int | None, str], str] = {}
    for slug, site in catalogue.sites.items():
        inscription = site.of.inscription
        if inscription and inscription.element:
            first = owners.setdefault((inscription.list, inscription.element), slug)
            if first != slug:
                cause = message(
                    "element %(element)s is also that of '%(site)s'", element=inscription.element, site=first
                )
                cure = message("correct one of them from the official list")
                site.document.error("wrong value", ("inscription", "element"), cause, cure)


def _check_texts(document: TomlDocument, entry: Entry[Any], names: dict[str, Container[str]]) -> None:
    if "](" not in document.text:
        return
    for key, text in _texts(entry.of, ()):
        for kind, name in _LINK.findall(text):
            if name not in names[kind]:
                _dead(document, key, kind, name)
        for address in _OTHER.findall(text):
            cause = message("'%(address)s' is no address that a text can link to", address=address.strip())
            cure = message("begin it with site:, route:, trail:, media: or https://, without spaces")
            document.error("dead link", key, cause, cure)


def _texts(value: Any, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from _texts(each, key if isinstance(each, str) else (*key, place))
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(getattr(value, each.name), (*key, each.name))


def _dead(document: TomlDocument, key: KeyPath, kind: str, name: str) -> None:
    document.error("dead link", key, _no_such(kind, name), message("correct the name, or add it"))


def check_link(document: TomlDocument, key: KeyPath, kind: str, name: str, names: set[str]) -> None:
    """Report a name that does not exist."""
    if name and name not in names:
        cure = (
            message("use one of: %(choices)s", choices=tuple(sorted(names)))
            if 0 < len(names) <= _MOST_CHOICES
            else message("correct the name, or add it")
        )
        document.error("dead link", key, _no_such(kind, name), cure)


def _no_such(kind: str, name: str) -> Message:
    """Return the message for a missing entry, or part of one."""
    match kind:
        case "site":
            return message("there is no site '%(name)s'", name=name)
        case "route":
            return message("there is no route '%(name)s'", name=name)
        case "trail" if "#" in name:
            return message("there is no chapter '%(name)s'", name=name)
        case "trail":
            return message("there is no trail '%(name)s'", name=name)
        case "event":
            return message("there is no event '%(name)s'", name=name)
        case "chapter":
            return message("there is no chapter '%(name)s'", name=name)
        case "source":
            return message("there is no source '%(name)s'", name=name)
        case "state":
            return message("there is no state '%(name)s'", name=name)
        case "annotation":
            return message("there is no annotation '%(name)s'", name=name)
    return message("there is no medium '%(name)s'", name=name)
