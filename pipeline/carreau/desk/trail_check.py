"""Check one trail alone, as it is on disk or with values that are not saved yet."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import Any

from carreau.base.document import read_document
from carreau.catalogue.catalogue import SITES, TRAILS, Catalogue, Entry, read_scenes
from carreau.catalogue.checks.check_links import check_links_of_trail
from carreau.catalogue.checks.check_trails import check_trail
from carreau.catalogue.i18n.check_translations import check_lengths
from carreau.catalogue.lazy_entries import LazyEntries
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import Trail
from carreau.desk.place_check import Surroundings


def checked_trail(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Trail]:
    """Return a trail with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places and trails that it names are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name
    document = read_document(path, name, content)
    trail = read_table(Trail, document.data, document) if document.is_read else Trail()
    entry = Entry(path.parent.name, trail, document)
    if document.is_read:
        sites, trails = LazyEntries(root, SITES, Site), LazyEntries(root, TRAILS, Trail)
        routes: dict[str, Any] = {each.stem: None for each in (root / "routes").glob("*.toml")}
        scenes = read_scenes(root, [], escape(entry.slug))
        check_trail(entry, Catalogue(root, sites, routes, around.communes, (), trails, scenes=scenes))
        check_links_of_trail(entry, around.sites, around.routes, around.trails)
        document.findings.extend(check_lengths(entry))
        document.findings.sort(key=lambda each: each.line or 0)
    return entry
