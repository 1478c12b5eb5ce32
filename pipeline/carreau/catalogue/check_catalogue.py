"""Check the whole catalogue, and find the files and folders in it that nothing reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from carreau.base.errors import ERROR, QUESTION, Diagnostic, KeyPath
from carreau.base.messages import Message, join_messages, message, plural_message
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Catalogue, Entry, read_catalogue
from carreau.catalogue.check_files import check_licences, check_media
from carreau.catalogue.check_routes_and_trails import check_route, check_trail
from carreau.catalogue.check_shows import check_scene, check_shows
from carreau.catalogue.check_sites import (
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
from carreau.catalogue.check_states import PACKED, check_states, check_told
from carreau.catalogue.check_texts import check_audience, check_elements, check_links, check_markup
from carreau.catalogue.media import TEXTS, captions_beside
from carreau.catalogue.show import ENDING, MapScene
from carreau.catalogue.site import STORY, Site, State, sample_name
from carreau.formats.geodata import COMMUNES, Commune, has_source
from carreau.models.builders import sources


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
        stories = self.story_count
        entries += (
            [plural_message("%(count)s place of trails", "%(count)s places of trails", stories)] if stories else []
        )
        entries += [plural_message("%(count)s route", "%(count)s routes", self.route_count)]
        entries += [plural_message("%(count)s trail", "%(count)s trails", trails)] if trails else []
        return message("%(entries)s: %(errors)s, %(questions)s", entries=join_messages(entries, ", "), **counts)

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
        [*catalogue.findings(), *_communes(catalogue), *_types(catalogue), *check_unread(catalogue), *also(catalogue)],
        key=lambda each: (each.file, each.line or 0),
    )
    shown = sum(each.of.demonstration is True for each in catalogue.sites.values())
    apart = sum(each.of.is_apart for each in catalogue.sites.values())
    sites = len(catalogue.sites) - apart
    stories = sum(each.of.kind == STORY for each in catalogue.sites.values())
    counts = shown, apart - shown - stories, len(catalogue.trails), stories
    return CheckResult(tuple(findings), sites, len(catalogue.routes), names, *counts)


def _communes(catalogue: Catalogue) -> list[Diagnostic]:
    """Return a question where nothing says whose the outlines of the communes are, which maps show."""
    if not catalogue.communes or has_source(catalogue.root / COMMUNES):
        return []
    cause = message("the source of the outlines is missing")
    cure = message('find out whose they are, and write it into the file: "source": "…" beside "features"')
    return [Diagnostic(QUESTION, "missing source", COMMUNES, None, "", cause, cure)]


def _types(catalogue: Catalogue) -> list[Diagnostic]:
    """Return an error for each type that cannot be used, such as one without a source."""
    return [
        Diagnostic(
            ERROR, "unusable", path.relative_to(catalogue.root).as_posix(), None, "",
            join_messages([error.place, error.cause], ": ") if error.place else error.cause, error.cure,
        )
        for path, error in sources.type_errors(catalogue.root / sources.TYPES)
    ]  # fmt: skip


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
"""Keys by which two places differ: a place that shares one of these and anything else with another is a copy."""


def check_copies(catalogue: Catalogue) -> None:
    """Report places with the name, the position or the texts of another.

    It is an error if they are identified alike, and a question if they share one thing only, or only texts.
    """
    owners: dict[tuple[str, Any], str] = {}
    for slug, entry in catalogue.sites.items():
        shared = dict[str, list[KeyPath]]()
        for key, value in _own_values(entry.of):
            first = owners.setdefault((str(key[0]), value), slug)
            if first != slug:
                shared.setdefault(first, []).append(key)
        for other, keys in shared.items():
            names = tuple(str(key[0]) for key in keys)
            cause = message("what is written under %(keys)s is also written in '%(site)s'", keys=names, site=other)
            cure = message("write what is true of this place, or remove the copy")
            is_copy = len(keys) > 1 and not IDENTIFYING.isdisjoint(names)
            entry.document.draft(not is_copy, "copied place", keys[0], cause, cure)


def _own_values(site: Site) -> Iterator[tuple[KeyPath, Any]]:
    """Yield what no two places have in common, with its key."""
    for name in ("name", "summary", "description"):
        if text := getattr(site, name):
            yield (name,), text.casefold()
    if site.position is not None and site.position.point is not None:
        yield ("position", "lon"), site.position.point


READ = ("sites", "routes", "trails", sources.TYPES, COMMUNES, "territory")
"""What is read at the top of a catalogue; `carreau survey --territory` writes the last; types are those of parts."""

_FOR_PEOPLE = ("readme", "license", "licence", "copying", "notes")
_PLAIN = ("", ".md", ".rst", ".txt")
_LITTER = frozenset({"desktop.ini", "thumbs.db", "__macosx"})
_MATERIALS = ".mtl"
"""Suffix of files that a scan may name, and that name pictures."""
_READ_BYTES = 1_000_000
"""Part of a scan that is looked through for the names of further files; they stand at its beginning."""
_BESIDE_SCANS = frozenset({".bin", ".csv", ".json", ".out", ".prj", ".toml", ".txt", ".xml", ".xyz"})
"""Suffixes of files that locate a scan; those that are read have names that only the readers know."""


@dataclass(frozen=True)
class _Named:
    """What the sheets of a folder name.

    names, scans : files and folders relative to `top`; the scans and models among them
    sheet : where to name something, for messages
    """

    names: Collection[str]
    scans: Collection[str]
    top: Path
    sheet: str

    @cached_property
    def paths(self) -> frozenset[PurePosixPath]:
        """Return the files and folders."""
        return frozenset(map(PurePosixPath, self.names))

    @cached_property
    def scan_texts(self) -> tuple[bytes, ...]:
        """Return the beginnings of the scans, and of their materials: they name further files, such as pictures."""
        paths = [self.top / scan for scan in self.scans if scan]
        paths += [each for path in paths for each in _list_folder(path.parent) if each.suffix.lower() == _MATERIALS]
        return tuple(_beginning(path) for path in dict.fromkeys(paths))

    def is_mentioned(self, path: PurePosixPath) -> bool:
        """Return whether a scan names a file or folder."""
        names = {path.name.encode(), quote(path.name).encode()}
        return any(name in text for text in self.scan_texts for name in names)

    def has(self, path: PurePosixPath) -> bool:
        """Return whether a file belongs to a scan: has its stem, is named by it, or locates it."""
        suffix = path.suffix.lower()
        if any(path.name.startswith(f"{PurePosixPath(scan).stem}.") for scan in self.scans if scan):
            return suffix not in PACKED
        return (any(self.scans) and suffix in _BESIDE_SCANS) or self.is_mentioned(path)


def check_unread(catalogue: Catalogue) -> list[Diagnostic]:
    """Return a question for each file and folder that nothing reads, with what is expected there."""
    return [_diagnostic(catalogue.root, *each) for each in _unread(catalogue)]


def _unread(catalogue: Catalogue) -> Iterator[tuple[Path, Message]]:
    root = catalogue.root
    expected = message("here are read: %(names)s", names=READ)
    yield from ((path, expected) for path in _list_folder(root) if path.name not in READ and not _is_package(path))
    yield from _in_folders(catalogue, root / SITES, catalogue.sites, SHEETS[SITES])
    yield from _in_folders(catalogue, root / TRAILS, catalogue.trails, SHEETS[TRAILS])
    routes = catalogue.routes.values()
    if all(route.document.is_read for route in routes):
        names = {name for route in routes for name in (route.document.path.name, *_list_named(route))}
        yield from _beside(_Named(names, frozenset(), root / "routes", "routes/….toml"), root / "routes")


def _in_folders(
    catalogue: Catalogue, folder: Path, entries: Mapping[str, Entry[Any]], sheet: str
) -> Iterator[tuple[Path, Message]]:
    """Yield what nothing reads among the folders of sites or trails, which have a sheet, perhaps a show and maps."""
    cure = message("an entry is a folder with %(sheet)s; put the file into one, or remove it", sheet=sheet)
    yield from ((path, cure) for path in _list_folder(folder) if not path.is_dir())
    for own in (path for path in _list_folder(folder) if path.is_dir()):
        entry = entries.get(own.name)
        if entry is None:
            yield from _find_misnamed(own, sheet)
        elif entry.document.is_read:
            show = catalogue.shows.get(own.name)
            played = {path.name for path in own.glob(f"*{ENDING}")} | set(_list_named(show) if show else ())
            maps = {name for scene in catalogue.list_scenes(entry) for name in _of_map(scene)}
            yield from _beside(_Named({sheet, *_list_named(entry), *played, *maps}, _scans(entry), own, sheet), own)


def _of_map(scene: Entry[MapScene]) -> Iterator[str]:
    """Yield the file of a map that moves, and those of its ground: the picture, its record, and its residuals."""
    yield scene.document.path.name
    if ground := scene.of.ground:
        stem = PurePosixPath(ground).stem
        yield from (ground, f"{stem}.json", f"{stem}-residuals.png")


def _find_misnamed(folder: Path, sheet: str) -> Iterator[tuple[Path, Message]]:
    """Yield what was meant as a sheet, as "Site.toml" and "site.toml.txt"."""
    begins = f"{PurePosixPath(sheet).stem}.t"
    for path in _list_folder(folder):
        if path.is_file() and path.name.lower().startswith(begins) and path.name != sheet:
            yield path, message("rename it to %(name)s", name=sheet)


def _beside(named: _Named, folder: Path) -> Iterator[tuple[Path, Message]]:
    """Yield what is in a folder without being named, or belonging to something that is."""
    for path in _list_folder(folder):
        own = PurePosixPath(path.relative_to(named.top).as_posix())
        if own in named.paths or any(each in own.parents for each in named.paths):
            continue
        if path.is_dir() and any(own in each.parents for each in named.paths):
            yield from _beside(named, path)
        elif path.is_dir():
            if not named.is_mentioned(own):
                yield path, _cure(path, named.sheet)
        elif not named.has(own):
            yield path, _cure(path, named.sheet)


def _cure(path: Path, sheet: str) -> Message:
    if path.suffix.lower() in PACKED:
        return message("unpack it, and name in %(sheet)s what was in it; or remove it", sheet=sheet)
    return message("name it in %(sheet)s, or remove it", sheet=sheet)


def _beginning(path: Path) -> bytes:
    """Return the first bytes of a file; none of a folder, or of a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_READ_BYTES)
    except OSError:
        return b""


def _scans(entry: Entry[Any]) -> frozenset[str]:
    """Return the files of states that may refer to others beside them."""
    states: Iterable[State] = getattr(entry.of, "state", ())
    alone = (sample_name(state.file) or state.is_survey or state.is_massing for state in states)
    return frozenset(state.file for state, is_alone in zip(states, alone, strict=True) if not is_alone)


def _list_named(entry: Entry[Any]) -> Iterator[str]:
    """Yield the files and folders that a site, route or trail names, relative to its own folder."""
    of = entry.of
    names = [getattr(of, "outline", ""), getattr(of, "path", "")]
    names += [state.path for state in getattr(of, "state", ())]
    names += [chapter.scene.file for chapter in getattr(of, "chapter", ()) if chapter.scene]
    for medium in of.media:
        names += [medium.file, medium.captions, *captions_beside(entry.folder, medium.captions).values()]
        if medium.transcript.endswith(TEXTS) and "\n" not in medium.transcript:
            names.append(medium.transcript)
    yield from (PurePosixPath(name).as_posix() for name in names if name and not sample_name(name))


def _list_folder(folder: Path) -> list[Path]:
    """Return what is in a folder, but hidden files, files for people, and what systems leave behind."""
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []
    return [
        path
        for path in paths
        if not path.name.startswith((".", "~"))
        and path.name.lower() not in _LITTER
        and not (path.name.lower().startswith(_FOR_PEOPLE) and path.suffix.lower() in _PLAIN)
    ]


def _is_package(path: Path) -> bool:
    """Return whether a folder holds a program, as the one that makes the samples."""
    return (path / "__init__.py").is_file()


def _diagnostic(root: Path, path: Path, cure: Message) -> Diagnostic:
    cause = message("nothing reads this folder") if path.is_dir() else message("nothing reads this file")
    return Diagnostic(QUESTION, "ignored", path.relative_to(root).as_posix(), None, "", cause, cure)
