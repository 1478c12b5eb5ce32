"""The files of the catalogue that the desk shows, with digests of what lies beside them: only what changed is read."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS
from carreau.catalogue.show import ENDING
from carreau.catalogue.trail import SCENE_ENDING
from carreau.desk.document_file import KINDS, DocumentFile

_ROUTES = "routes"
_ROUTE_ENDING = ".toml"


@dataclass(frozen=True)
class Listed:
    """A file.

    digest : of the names, times and sizes of all files in its folder
    """

    file: DocumentFile
    digest: int


@dataclass(frozen=True)
class _Folder:
    """A folder with the names of its files."""

    path: str
    names: tuple[str, ...]
    digest: int


def listed(root: Path) -> list[Listed]:
    """Return sites, routes, trails, shows and maps, in the order of the catalogue."""
    sites, trails = (list(_folders(root, kind)) for kind in (SITES, TRAILS))
    routes = _folder(root, _ROUTES)
    found = [_listed(root, "site", _last(each), f"{each.path}/{SHEETS[SITES]}", each) for each in sites]
    for name in routes.names if routes else ():
        if routes and name.endswith(_ROUTE_ENDING):
            found.append(_listed(root, "route", name.removesuffix(_ROUTE_ENDING), f"{_ROUTES}/{name}", routes))
    found += [_listed(root, "trail", _last(each), f"{each.path}/{SHEETS[TRAILS]}", each) for each in trails]
    shows, scenes = dict[str, Listed](), dict[str, Listed]()
    for each in (each for folder in (*sites, *trails) for each in _played(root, folder)):
        if each.file.kind == "show":
            shows[each.file.slug] = each
        else:
            scenes.setdefault(each.file.slug, each)
    return [*found, *shows.values(), *scenes.values()]


def played_beside(file: DocumentFile) -> list[DocumentFile]:
    """Return the show and the maps that lie in the folder of a site or trail."""
    folder = _folder(file.root, file.name.rpartition("/")[0])
    return [each.file for each in _played(file.root, folder)] if folder else []


def _played(root: Path, folder: _Folder) -> Iterator[Listed]:
    """Yield the show of a folder, the first if there are several, and its maps."""
    shows = [name for name in folder.names if name.endswith(ENDING)]
    if shows:
        yield _listed(root, "show", _last(folder), f"{folder.path}/{shows[0]}", folder)
    for name in (name for name in folder.names if name.endswith(SCENE_ENDING)):
        yield _listed(root, "scene", name.removesuffix(SCENE_ENDING), f"{folder.path}/{name}", folder)


def _listed(root: Path, kind: str, slug: str, name: str, folder: _Folder) -> Listed:
    return Listed(DocumentFile(root, name, kind, slug, KINDS[kind][0]), folder.digest)


def _last(folder: _Folder) -> str:
    return folder.path.rpartition("/")[2]


def _folders(root: Path, kind: str) -> Iterator[_Folder]:
    """Yield the folders in `sites` or `trails` that have a sheet, in order."""
    try:
        names = sorted(each.name for each in os.scandir(root / kind) if each.is_dir())
    except OSError:
        return
    for name in names:
        folder = _folder(root, f"{kind}/{name}")
        if folder is not None and SHEETS[kind] in folder.names:
            yield folder


def _folder(root: Path, path: str) -> _Folder | None:
    """Return a folder, None where it cannot be read, or went meanwhile."""
    try:
        stats = [(each.name, each.stat()) for each in sorted(os.scandir(root / path), key=lambda each: each.name)]
    except OSError:
        return None
    words = "\0".join(f"{name} {stat.st_mtime_ns} {stat.st_size} {stat.st_ino}" for name, stat in stats)
    digest = zlib.crc32(words.encode("utf-8", "surrogatepass"))
    return _Folder(path, tuple(name for name, _ in stats), digest)
