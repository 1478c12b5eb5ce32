"""Check one place alone, as it is on disk or with values that are not saved yet."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carreau.base.document import open_document, read_document
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.checks.check_catalogue import check_site
from carreau.catalogue.checks.check_links import check_links_of_site
from carreau.catalogue.i18n.check_translations import check_lengths
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import NAME, read_table
from carreau.catalogue.trail import SHEET as TRAIL
from carreau.formats.geodata import COMMUNES, Commune, OutlineError, read_communes


@dataclass(frozen=True)
class Surroundings:
    """What the check of a place asks of the rest of the catalogue.

    communes : by INSEE code
    sites, routes : slugs of all there are
    trails : the same, and chapters as `slug#chapter`
    """

    communes: Mapping[str, Commune] = field(default_factory=dict)
    sites: Container[str] = frozenset()
    routes: Container[str] = frozenset()
    trails: Container[str] = frozenset()


class _Files(Container[str]):
    """The slugs in a folder, which are looked for one by one: to list 5,000 takes longer than a key press."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def __contains__(self, slug: object) -> bool:
        """Return whether there is a file of that name."""
        is_name = isinstance(slug, str) and NAME.fullmatch(slug) is not None
        return is_name and (self._folder / self._name.format(slug)).is_file()


class _Chapters(Container[str]):
    """The trails of a folder and their chapters, of which only the trail that is asked for is read."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, _Files(folder, f"{{}}/{TRAIL}")

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a trail, or such a chapter of it."""
        slug, _, chapter = name.partition("#") if isinstance(name, str) else ("", "", "")
        if slug not in self._files:
            return False
        if not chapter:
            return True
        data = open_document(self._folder / slug / TRAIL, slug).data
        chapters = data.get("chapter")
        listed = chapters if isinstance(chapters, list) else []
        return any(isinstance(each, dict) and each.get("id") == chapter for each in listed)


class CatalogueAround:
    """The surroundings of all places of a folder; the communes are read again when their file changes."""

    def __init__(self, root: Path) -> None:
        """Set the folder."""
        self._root = root
        self._sites = _Files(root / "sites", "{}/site.toml")
        self._routes = _Files(root / "routes", "{}.toml")
        self._trails = _Chapters(root / "trails")
        self._communes: tuple[Any, Mapping[str, Commune]] = (None, {})

    def now(self) -> Surroundings:
        """Return what there is."""
        return Surroundings(self.communes(), self._sites, self._routes, self._trails)

    def communes(self) -> Mapping[str, Commune]:
        """Return the communes, none where their file cannot be read, which `carreau check` reports."""
        path = self._root / COMMUNES
        try:
            found = path.stat()
            stamp = found.st_mtime_ns, found.st_size, found.st_ino
            if self._communes[0] != stamp:
                self._communes = stamp, read_communes(path)
        except (OSError, OutlineError):
            self._communes = None, {}
        return self._communes[1]


def checked_site(path: Path, name: str, content: bytes, around: Surroundings) -> Entry[Site]:
    """Return a place with the diagnostics of its readers and checks, those of its translations left out.

    path : its `site.toml`, beside which its files are looked for
    content : of the file, or what is to be written there
    An element that another place claims too is not told: that takes all places.
    """
    document = read_document(path, name, content)
    site = read_table(Site, document.data, document) if document.is_read else Site()
    entry = Entry(path.parent.name, site, document)
    if document.is_read:
        check_site(entry, around.communes)
        check_links_of_site(entry, around.sites, around.routes, around.trails)
        document.findings.extend(check_lengths(entry))
        document.findings.sort(key=lambda each: each.line or 0)
    return entry
