"""Find files and folders of the catalogue that nothing reads: misplaced, misnamed, or not named by any entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from carreau.base.diagnostics import QUESTION, Diagnostic
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Catalogue, Entry
from carreau.catalogue.checks.check_states import PACKED
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.media import TEXTS, captions_beside
from carreau.catalogue.samples import sample_of
from carreau.catalogue.show import ENDING
from carreau.catalogue.state import State
from carreau.formats.geodata import COMMUNES

READ = ("sites", "routes", "trails", COMMUNES, "territory")
"""What is read at the top of a catalogue; `carreau survey --territory` writes the last."""

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
        paths += [each for path in paths for each in _listed(path.parent) if each.suffix.lower() == _MATERIALS]
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
    return [_diagnostic(catalogue.root, *found) for found in _unread(catalogue)]


def _unread(catalogue: Catalogue) -> Iterator[tuple[Path, Message]]:
    root = catalogue.root
    expected = message("here are read: %(names)s", names=READ)
    yield from ((path, expected) for path in _listed(root) if path.name not in READ and not _is_package(path))
    yield from _in_folders(catalogue, root / SITES, catalogue.sites, SHEETS[SITES])
    yield from _in_folders(catalogue, root / TRAILS, catalogue.trails, SHEETS[TRAILS])
    routes = catalogue.routes.values()
    if all(route.document.is_read for route in routes):
        names = {name for route in routes for name in (route.document.path.name, *_named(route))}
        yield from _beside(_Named(names, frozenset(), root / "routes", "routes/….toml"), root / "routes")


def _in_folders(
    catalogue: Catalogue, folder: Path, entries: Mapping[str, Entry[Any]], sheet: str
) -> Iterator[tuple[Path, Message]]:
    """Yield what nothing reads among the folders of sites or trails, which have a sheet, perhaps a show and maps."""
    cure = message("an entry is a folder with %(sheet)s; put the file into one, or remove it", sheet=sheet)
    yield from ((path, cure) for path in _listed(folder) if not path.is_dir())
    for own in (path for path in _listed(folder) if path.is_dir()):
        entry = entries.get(own.name)
        if entry is None:
            yield from _misnamed(own, sheet)
        elif entry.document.is_read:
            show = catalogue.shows.get(own.name)
            played = {path.name for path in own.glob(f"*{ENDING}")} | set(_named(show) if show else ())
            maps = {name for scene in catalogue.scenes_of(entry) for name in _of_map(scene)}
            yield from _beside(_Named({sheet, *_named(entry), *played, *maps}, _scans(entry), own, sheet), own)


def _of_map(scene: Entry[MapScene]) -> Iterator[str]:
    """Yield the file of a map that moves, and those of its ground: the picture, its record, and its residuals."""
    yield scene.document.path.name
    if ground := scene.of.ground:
        stem = PurePosixPath(ground).stem
        yield from (ground, f"{stem}.json", f"{stem}-residuals.png")


def _misnamed(folder: Path, sheet: str) -> Iterator[tuple[Path, Message]]:
    """Yield what was meant as a sheet, as "Site.toml" and "site.toml.txt"."""
    begins = f"{PurePosixPath(sheet).stem}.t"
    for path in _listed(folder):
        if path.is_file() and path.name.lower().startswith(begins) and path.name != sheet:
            yield path, message("rename it to %(name)s", name=sheet)


def _beside(named: _Named, folder: Path) -> Iterator[tuple[Path, Message]]:
    """Yield what is in a folder without being named, or belonging to something that is."""
    for path in _listed(folder):
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
    alone = (sample_of(state.file) or state.is_survey or state.is_massing for state in states)
    return frozenset(state.file for state, is_alone in zip(states, alone, strict=True) if not is_alone)


def _named(entry: Entry[Any]) -> Iterator[str]:
    """Yield the files and folders that a site, route or trail names, relative to its own folder."""
    of = entry.of
    names = [getattr(of, "outline", ""), getattr(of, "path", "")]
    names += [state.path for state in getattr(of, "state", ())]
    names += [chapter.scene.file for chapter in getattr(of, "chapter", ()) if chapter.scene]
    for medium in of.media:
        names += [medium.file, medium.captions, *captions_beside(entry.folder, medium.captions).values()]
        if medium.transcript.endswith(TEXTS) and "\n" not in medium.transcript:
            names.append(medium.transcript)
    yield from (PurePosixPath(name).as_posix() for name in names if name and not sample_of(name))


def _listed(folder: Path) -> list[Path]:
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
