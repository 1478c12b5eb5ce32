"""Check one trail alone, as it is on disk or with values that are not saved yet."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import Any

from pipeline.catalogue.catalogue import SITES, TRAILS, Catalogue, Entry, read_scenes
from pipeline.catalogue.checks.check_links import check_links_of_trail
from pipeline.catalogue.checks.check_trails import check_trail
from pipeline.catalogue.document import read_document
from pipeline.catalogue.lazy_entries import LazyEntries
from pipeline.catalogue.site import Site
from pipeline.catalogue.table_reader import read_table
from pipeline.catalogue.trail import Trail
from pipeline.desk.place_check import Surroundings
from pipeline.i18n.check_translations import check_lengths


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
