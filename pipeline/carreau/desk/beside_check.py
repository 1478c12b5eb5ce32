"""Check what lies beside a trail or place alone, on disk or not saved yet: its show, and a map that moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carreau.base.document import open_document, read_document
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Catalogue, Entry
from carreau.catalogue.checks.check_links import check_links_beside
from carreau.catalogue.checks.check_scenes import check_scene
from carreau.catalogue.checks.check_shows import check_show
from carreau.catalogue.i18n.check_translations import check_lengths
from carreau.catalogue.lazy_entries import LazyEntries
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.show import Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import SCENE_ENDING, Trail
from carreau.desk.place_check import Surroundings


def checked_show(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Show]:
    """Return a show with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places that the show names are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name
    document = read_document(path, name, content)
    show = read_table(Show, document.data, document) if document.is_read else Show()
    entry = Entry(path.parent.name, show, document)
    if document.is_read:
        check_show(entry, LazyEntries(root, SITES, Site))
        _check_texts(entry, around)
    return entry


def checked_map(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[MapScene]:
    """Return a map that moves with its diagnostics; parameters as of `checked_show`."""
    path = root / name
    document = read_document(path, name, content)
    scene = read_table(MapScene, document.data, document) if document.is_read else MapScene()
    entry = Entry(path.name.removesuffix(SCENE_ENDING), scene, document)
    if document.is_read:
        sites = _owner(root, path.parent, SITES, Site)
        trails = _owner(root, path.parent, TRAILS, Trail)
        check_scene(entry, Catalogue(root, sites, {}, around.communes, trails=trails))
        _check_texts(entry, around)
    return entry


def _owner(root: Path, folder: Path, kind: str, of: type[Any]) -> dict[str, Entry[Any]]:
    """Return the site or trail whose folder it is; nothing where it is none of that kind."""
    path = folder / SHEETS[kind]
    if folder.parent.name != kind or not path.is_file():
        return {}
    document = open_document(path, path.relative_to(root).as_posix())
    value = read_table(of, document.data, document) if document.is_read else of()
    return {folder.name: Entry(folder.name, value, document)}


def _check_texts(entry: Entry[Any], around: Surroundings) -> None:
    check_links_beside(entry, around.sites, around.routes, around.trails)
    entry.document.findings.extend(check_lengths(entry))
    entry.document.findings.sort(key=lambda each: each.line or 0)
