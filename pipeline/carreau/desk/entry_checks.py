"""Check one place, route, trail, show or map alone, as it is on disk or with values that are not saved yet."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any, TypeVar

from carreau.base.document import open_document, read_document
from carreau.base.errors import Diagnostic
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Catalogue, Entry, LazyEntries, read_scenes
from carreau.catalogue.check_catalogue import check_site
from carreau.catalogue.check_routes_and_trails import check_route, check_trail
from carreau.catalogue.check_shows import check_scene, check_show
from carreau.catalogue.check_texts import check_links_in
from carreau.catalogue.i18n.check_translations import check_lengths
from carreau.catalogue.route import Route
from carreau.catalogue.show import MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import ENTRY_NAME, read_table
from carreau.catalogue.trail import SCENE_ENDING, Trail
from carreau.catalogue.trail import SHEET as TRAIL
from carreau.desk.document_file import DocumentFile, decode_text
from carreau.desk.form_state import FormState
from carreau.desk.saving import rebase
from carreau.desk.toml_edit import edit_text
from carreau.formats.geodata import COMMUNES, Commune, OutlineError, read_communes

T = TypeVar("T", Site, Route, Trail, Show, MapScene)


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


def _entry(
    of: type[T], path: Path, slug: str, name: str, content: bytes, around: Surroundings,
    check: Callable[[Entry[T]], None],
) -> Entry[T]:  # fmt: skip
    """Return an entry with the diagnostics of its readers, of its own check, and of its links and lengths."""
    document = read_document(path, name, content)
    entry = Entry(slug, read_table(of, document.data, document) if document.is_read else of(), document)
    if document.is_read:
        check(entry)
        check_links_in(entry, around.sites, around.routes, around.trails)
        document.findings.extend(check_lengths(entry))
        document.findings.sort(key=lambda each: each.line or 0)
    return entry


def _owner(root: Path, folder: Path, kind: str, of: type[Any]) -> dict[str, Entry[Any]]:
    """Return the site or trail of a folder by its name; empty if the folder holds no document of that kind."""
    path = folder / SHEETS[kind]
    if folder.parent.name != kind or not path.is_file():
        return {}
    document = open_document(path, path.relative_to(root).as_posix())
    value = read_table(of, document.data, document) if document.is_read else of()
    return {folder.name: Entry(folder.name, value, document)}


def _stops(root: Path, route: Route, around: Surroundings) -> Mapping[str, Entry[Site]]:
    """Return the places of the stops; names that no place has are skipped."""
    entries: dict[str, Entry[Site]] = {}
    for slug in {stop.site for stop in route.stop if stop.site in around.sites}:
        name = f"sites/{slug}/site.toml"
        document = open_document(root / name, name)
        if document.is_read:
            entries[slug] = Entry(slug, read_table(Site, document.data, document), document)
    return entries


def checked_map(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[MapScene]:
    """Return a map that moves with its diagnostics; parameters as of `checked_show`."""
    path = root / name

    def check(entry: Entry[MapScene]) -> None:
        sites = _owner(root, path.parent, SITES, Site)
        trails = _owner(root, path.parent, TRAILS, Trail)
        check_scene(entry, Catalogue(root, sites, {}, around.communes, trails=trails))

    return _entry(MapScene, path, path.name.removesuffix(SCENE_ENDING), name, content, around, check)


def checked_route(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Route]:
    """Return a route with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places that the route stops at are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name
    return _entry(
        Route, path, path.stem, name, content, around,
        lambda entry: check_route(entry, Catalogue(root, _stops(root, entry.of, around), {}, around.communes)),
    )  # fmt: skip


def checked_show(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Show]:
    """Return a show with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places that the show names are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name
    return _entry(
        Show, path, path.parent.name, name, content, around,
        lambda entry: check_show(entry, LazyEntries(root, SITES, Site)),
    )  # fmt: skip


def checked_trail(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Trail]:
    """Return a trail with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places and trails that it names are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name

    def check(entry: Entry[Trail]) -> None:
        sites, trails = LazyEntries(root, SITES, Site), LazyEntries(root, TRAILS, Trail)
        routes: dict[str, Any] = {each.stem: None for each in (root / "routes").glob("*.toml")}
        scenes = read_scenes(root, [], escape(entry.slug))
        check_trail(entry, Catalogue(root, sites, routes, around.communes, (), trails, scenes=scenes))

    return _entry(Trail, path, path.parent.name, name, content, around, check)


_CHECKS = {"route": checked_route, "trail": checked_trail, "show": checked_show, "scene": checked_map}
"""The check of each kind; that of a place also needs its path."""


def checked_draft(
    file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings
) -> list[Diagnostic]:
    """Return the diagnostics of a document as it would be saved; see `draft_entry`."""
    return check_content(file, _saved_content(file, state, read), around)


def draft_entry(file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings) -> Entry[Any]:
    """Return a document as it would be saved, with its diagnostics; nothing is written.

    read : the document that the form was filled from
    Raises RefusedError, ScanError or OptionError where the file cannot be read or edited.
    """
    return read_entry(file, _saved_content(file, state, read), around)


def check_content(file: DocumentFile, content: bytes, around: Surroundings) -> list[Diagnostic]:
    """Return the diagnostics of a document with the content of a file."""
    return read_entry(file, content, around).document.findings


def read_entry(file: DocumentFile, content: bytes, around: Surroundings) -> Entry[Any]:
    """Return what a file holds with the content that is given, with the diagnostics of its readers and checks."""
    if file.kind == "site":
        return checked_site(file.path, file.name, content, around)
    check: Any = _CHECKS[file.kind]
    entry: Entry[Any] = check(file.root, file.name, content, around)
    return entry


def _saved_content(file: DocumentFile, state: FormState, read: Mapping[str, Any]) -> bytes:
    """Return the content of a file as it would be saved."""
    content = file.read()
    document = file.parse(content)
    edits, _ = rebase(state.edits(read, file.of), read, document.data, is_forced=True)
    text, mark = decode_text(content)
    return mark + edit_text(text, edits, file.of).encode()


class _Files(Container[str]):
    """The slugs in a folder, which are looked for one by one: to list 5,000 takes longer than a key press."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def __contains__(self, slug: object) -> bool:
        """Return whether there is a file of that name."""
        is_name = isinstance(slug, str) and ENTRY_NAME.fullmatch(slug) is not None
        return is_name and (self._folder / self._name.format(slug)).is_file()


class _Chapters(Container[str]):
    """The trails of a folder and their chapters; a trail is read when it is looked up."""

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
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
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
    return _entry(Site, path, path.parent.name, name, content, around, lambda entry: check_site(entry, around.communes))
