"""Read the catalogue: sites, routes, trails, shows and maps that move, each with its file; create new ones."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from carreau.base.document import TomlDocument, open_document
from carreau.base.errors import Diagnostic, OptionError, StorageError, cannot_write, show_value
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import ENTRY_NAME, LONGEST_NAME, read_table
from carreau.catalogue.trail import SCENE_ENDING, Trail
from carreau.catalogue.trail import SHEET as TRAIL
from carreau.formats.geodata import COMMUNES, Commune, OutlineError, read_communes
from carreau.models.builders import sources

SITES, TRAILS = "sites", "trails"
SHEETS = {SITES: "site.toml", TRAILS: TRAIL}
"""Names of the files of sites and trails, each in a folder of its own."""

T = TypeVar("T", Site, Route, Trail, Show, MapScene)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A site, a route, a trail, a show or a map that moves, with its TOML document.

    slug : its name in links; of a show that of its trail or site
    """

    slug: str
    of: T
    document: TomlDocument

    @property
    def folder(self) -> Path:
        """Return the folder of its files."""
        return self.document.path.parent


@dataclass(frozen=True)
class Catalogue:
    """Sites, routes, trails and shows by slug.

    communes : by INSEE code
    loose : documents outside sites, routes and trails
    shows : by the slug of their trail or site
    scenes : maps that move, in the folders of trails and sites
    """

    root: Path
    sites: Mapping[str, Entry[Site]]
    routes: Mapping[str, Entry[Route]]
    communes: Mapping[str, Commune] = field(default_factory=dict)
    loose: tuple[TomlDocument, ...] = ()
    trails: Mapping[str, Entry[Trail]] = field(default_factory=dict)
    shows: Mapping[str, Entry[Show]] = field(default_factory=dict)
    scenes: Mapping[str, Entry[MapScene]] = field(default_factory=dict)

    def entries(self) -> list[Entry[Any]]:
        """Return the sites, then the routes, the trails, the shows, and the maps that move."""
        kinds = (self.sites, self.routes, self.trails, self.shows, self.scenes)
        return [entry for kind in kinds for entry in kind.values()]

    def list_scenes(self, entry: Entry[Any]) -> list[Entry[MapScene]]:
        """Return the maps that move in the folder of a site or trail."""
        return [each for each in self.scenes.values() if each.folder == entry.folder]

    def find_owner(self, scene: Entry[MapScene]) -> Entry[Site] | Entry[Trail] | None:
        """Return the site or trail whose folder a map that moves is in; None where that has no sheet."""
        owners: list[Entry[Site] | Entry[Trail]] = [*self.sites.values(), *self.trails.values()]
        return next((each for each in owners if each.folder == scene.folder), None)

    def findings(self) -> list[Diagnostic]:
        """Return the diagnostics of all documents so far, in the order of files and lines."""
        documents = (*self.loose, *(each.document for each in self.entries()))
        findings = [finding for document in documents for finding in document.findings]
        return sorted(findings, key=lambda each: (each.file, each.line or 0))


def require_catalogue(root: Path) -> None:
    """Raise OptionError for a folder with neither `sites/` nor `routes/`."""
    if not (root / "sites").is_dir() and not (root / "routes").is_dir():
        raise OptionError(
            message("%(folder)s contains neither sites/ nor routes/; name the folder that does", folder=str(root))
        )


def read_catalogue(root: Path) -> Catalogue:
    """Return the catalogue of a folder with `sites/`, `routes/` and `trails/`.

    Raises OptionError where it has neither of the first two.
    """
    require_catalogue(root)
    loose, communes = _communes(root)
    sites = {path.parent.name: _entry(Site, path, path.parent.name, root) for path in _sheets(root, SITES, loose)}
    routes = {path.stem: _entry(Route, path, path.stem, root) for path in sorted((root / "routes").glob("*.toml"))}
    trails = {path.parent.name: _entry(Trail, path, path.parent.name, root) for path in _sheets(root, TRAILS, loose)}
    played = _shows(root, (*sites, *trails), loose)
    shows = {path.parent.name: _entry(Show, path, path.parent.name, root) for path in played}
    scenes = read_scenes(root, loose)
    return Catalogue(root, sites, routes, communes, tuple(loose), trails, shows, scenes)


def read_scenes(root: Path, loose: list[TomlDocument], slug: str = "*") -> dict[str, Entry[MapScene]]:
    """Return the maps that move by name; of two with the same name the second has a diagnostic in `loose`.

    slug : of the site or trail that they belong to, as a pattern; else those of all
    """
    scenes = dict[str, Entry[MapScene]]()
    pattern = f"{slug}/*{SCENE_ENDING}"
    for path in (path for kind in (SITES, TRAILS) for path in sorted((root / kind).glob(pattern))):
        name = path.name.removesuffix(SCENE_ENDING)
        entry = _entry(MapScene, path, name, root)
        if name in scenes:
            cause = message("'%(name)s' is also the name of %(file)s", name=name, file=scenes[name].document.name)
            entry.document.error("wrong value", (), cause, message("rename the file: translations go by its name"))
            loose.append(entry.document)
        else:
            scenes[name] = entry
    return scenes


def _entry(of: type[T], path: Path, slug: str, root: Path) -> Entry[T]:
    document = open_document(path, path.relative_to(root).as_posix())
    if not ENTRY_NAME.fullmatch(slug):
        cause = message("%(value)s is not a valid name for links", value=show_value(slug))
        cure = message("use at most 100 lower-case letters, digits and hyphens, as in fosse-1")
        document.error("wrong value", (), cause, cure)
    return Entry(slug, read_table(of, document.data, document) if document.is_read else of(), document)


def _sheets(root: Path, kind: str, loose: list[TomlDocument]) -> Iterator[Path]:
    """Yield the sheets of the folders in `sites` or `trails`; a folder without one has a diagnostic."""
    sheet = SHEETS[kind]
    for folder in sorted(path for path in (root / kind).glob("*") if path.is_dir()):
        if (folder / sheet).is_file():
            yield folder / sheet
        else:
            document = TomlDocument(folder, folder.relative_to(root).as_posix())
            cause = message("the folder has no %(sheet)s", sheet=sheet)
            cure = message("write it, or remove the folder")
            document.error("missing file", (), cause, cure)
            loose.append(document)


def _shows(root: Path, slugs: Collection[str], loose: list[TomlDocument]) -> Iterator[Path]:
    """Yield the file of the show of each site and trail that has one; a second one beside it has a diagnostic."""
    for kind in (SITES, TRAILS):
        for folder in sorted(path for path in (root / kind).glob("*") if path.name in slugs):
            paths = sorted(folder.glob(f"*{ENDING}"))
            yield from paths[:1]
            for path in paths[1:]:
                document = TomlDocument(path, path.relative_to(root).as_posix())
                cause = message("the folder already has a show, %(file)s", file=paths[0].name)
                document.error("wrong value", (), cause, message("keep one of them"))
                loose.append(document)


def _communes(root: Path) -> tuple[list[TomlDocument], Mapping[str, Commune]]:
    document = TomlDocument(root / COMMUNES, COMMUNES)
    try:
        return [], read_communes(root / COMMUNES)
    except OutlineError as error:
        document.error("missing file", (), error.cause, error.cure)
        return [document], {}


E = TypeVar("E", Site, Trail)


class LazyEntries(Mapping[str, Entry[E]], Generic[E]):
    """Entries by slug; which ones there are is read once.

    kind : `SITES` or `TRAILS`
    of : class of what is read
    """

    def __init__(self, root: Path, kind: str, of: type[E]) -> None:
        """List the folder."""
        self._root, self._kind = root, kind
        self._of: type[E] = of
        self._slugs = sorted(path.parent.name for path in (root / kind).glob(f"*/{SHEETS[kind]}"))
        self._read: dict[str, Entry[E]] = {}

    def __getitem__(self, slug: str) -> Entry[E]:
        """Return an entry; one that cannot be read is empty."""
        if slug not in self:
            raise KeyError(slug)
        if slug not in self._read:
            name = f"{self._kind}/{slug}/{SHEETS[self._kind]}"
            document = open_document(self._root / name, name)
            value = read_table(self._of, document.data, document) if document.is_read else self._of()
            self._read[slug] = Entry(slug, value, document)
        return self._read[slug]

    def __contains__(self, slug: object) -> bool:
        """Return whether there is such an entry, without reading it."""
        return slug in self._slugs

    def __iter__(self) -> Iterator[str]:
        """Yield the slugs in order."""
        return iter(self._slugs)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._slugs)


_TEMPLATES = Path(__file__).parent / "templates"
"""Commented files with every key, in French."""


def scaffold(kind: str, name: str, root: Path) -> Path:
    """Create an entry of the catalogue, or what belongs to a site, from its commented template; return the file.

    kind : name of a template
    name : of a site, route or trail, or its slug; SITE/NAME for what belongs to a site, TRAIL/NAME or SITE/NAME for a
        show or map, where NAME may be a slug too
    Raises OptionError where the name is invalid or taken; nothing is ever overwritten.
    """
    if kind == "state":
        return _begin_state(name, root)
    if kind == "massing":
        folder, own = _in_site(name, root, "SITE/NAME")
        path = folder / f"{own}.massing.toml"
        _write(path, template(kind))
        return path
    if kind == "reconstruction":
        return _begin_reconstruction(name, root)
    if kind == "show":
        return _begin_show(name, root)
    if kind == "map":
        return _begin_map(name, root)
    slug = _new_slug(name)
    shown = "" if name == slug else name
    path = {
        "site": root / SITES / slug / SHEETS[SITES],
        "route": root / "routes" / f"{slug}.toml",
        "trail": root / TRAILS / slug / SHEETS[TRAILS],
    }[kind]
    _write(path, _template(kind, "name", shown))
    return path


def make_slug(name: str) -> str:
    """Return the slug of a name; raises OptionError where it would be empty.

    >>> make_slug("Cité de l’Église n° 3")
    'cite-de-l-eglise-n-3'
    """
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if not slug:
        raise OptionError(
            message("'%(name)s' contains neither letters nor digits; add some for its links", name=name[:LONGEST_NAME])
        )
    return slug


def _new_slug(name: str) -> str:
    slug = make_slug(name)
    if not ENTRY_NAME.fullmatch(slug):
        raise OptionError(
            message("'%(name)s' is too long for links; give at most 100 letters and digits", name=name[:LONGEST_NAME])
        )
    return slug


def _in_site(name: str, root: Path, form: str) -> tuple[Path, str]:
    """Return the folder of a site, and the name of what belongs to it; raises OptionError where there is no site."""
    site, _, own = name.partition("/")
    if not ENTRY_NAME.fullmatch(site) or not ENTRY_NAME.fullmatch(own):
        raise OptionError(
            message("'%(name)s' is not %(form)s; write it as in fosse-mathilde/1930", name=name, form=form)
        )
    path = root / "sites" / site / "site.toml"
    if not path.is_file():
        command = f"carreau new site {site}"
        raise OptionError(
            message("%(file)s does not exist; create the site first: %(command)s", file=str(path), command=command)
        )
    return path.parent, own


def _beside(name: str, root: Path) -> tuple[Path, str, str]:
    """Return the folder of a trail or site, and slug and name of what lies in it; raises OptionError for neither.

    The name is empty where it is the slug.
    """
    owner, _, own = name.partition("/")
    if not ENTRY_NAME.fullmatch(owner) or not own:
        cause = message("'%(name)s' is not TRAIL/NAME or SITE/NAME; write it as in jules-mousseron/mots", name=name)
        raise OptionError(cause)
    folders = [root / kind / owner for kind in (TRAILS, SITES) if (root / kind / owner / SHEETS[kind]).is_file()]
    if not folders:
        raise OptionError(message("there is no trail or site '%(name)s'; create it first", name=owner))
    slug = _new_slug(own)
    return folders[0], slug, "" if own == slug else own


def _begin_reconstruction(name: str, root: Path) -> Path:
    """Write measured facts from the outline of a site and the types that fit it."""
    folder, own = _in_site(name, root, "SITE/NAME")
    document = open_document(folder / SHEETS[SITES], f"{SITES}/{folder.name}/{SHEETS[SITES]}")
    site = read_table(Site, document.data, document) if document.is_read else Site()
    if site.position is None or site.position.lon is None or site.position.lat is None or not site.outline:
        raise OptionError(
            message("%(file)s has no position or no outline; write both first", file=str(folder / SHEETS[SITES]))
        )
    drafting = import_module("carreau.air.massing.draft_reconstruction")
    typology = site.inscription.typology if site.inscription else ""
    words = tuple(word for word in (typology, site.kind) if word)
    types = drafting.fitting_types(root / sources.TYPES, words)
    if not types:
        cause = message(
            "no type in %(folder)s has fits = with %(words)s; write one, or begin with `carreau new massing`",
            folder=str(root / sources.TYPES), words=", ".join(words),
        )  # fmt: skip
        raise OptionError(cause)
    heights = tuple(
        (float(fact.value), fact.source)
        for fact in site.fact
        if fact.name in _HEIGHTS and isinstance(fact.value, (int, float)) and fact.source
    )
    source = site.inscription.source if site.inscription else ""
    known = drafting.KnownPlace(
        site.name or folder.name, words, drafting.origin(site.position.lon, site.position.lat),
        site.outline, source or site.position.basis or site.outline, heights,
    )  # fmt: skip
    path = folder / f"{own}.massing.toml"
    try:
        text = drafting.draft(known, types, folder)
    except OutlineError as error:
        outline = str(folder / site.outline)
        cause = message("%(file)s: %(cause)s; %(cure)s", file=outline, cause=error.cause, cure=error.cure)
        raise OptionError(cause) from error
    _write(path, text)
    return path


_HEIGHTS = ("height_m", "height_m_site_panels", "headframe_1_height_m")
"""Names of facts that give the height of a tip or a headframe."""


def _begin_show(name: str, root: Path) -> Path:
    folder, slug, shown = _beside(name, root)
    path = folder / f"{slug}{ENDING}"
    others = sorted(each for each in folder.glob(f"*{ENDING}") if each != path)
    if others:
        raise OptionError(message("%(file)s already is the show of this folder; edit it", file=str(others[0])))
    _write(path, _template("show", "name", shown))
    return path


def _begin_map(name: str, root: Path) -> Path:
    folder, slug, shown = _beside(name, root)
    path = folder / f"{slug}{SCENE_ENDING}"
    others = [each for kind in (TRAILS, SITES) for each in root.glob(f"{kind}/*/{path.name}") if each != path]
    if others:  # addresses and translations go by the name
        raise OptionError(message("%(file)s already exists; choose another name", file=str(others[0])))
    _write(path, _template("map", "name", shown))
    return path


def _begin_state(name: str, root: Path) -> Path:
    folder, state = _in_site(name, root, "SITE/STATE")
    path = folder / "site.toml"
    document = open_document(path, str(path))
    if document.findings:
        raise OptionError(document.findings[0].message())
    states = document.data.get("state", [])
    if any(each.get("id") == state for each in states if isinstance(each, dict)):
        raise OptionError(
            message(
                "%(file)s already has a state '%(state)s'; choose another name or edit it", file=str(path), state=state
            )
        )
    text = document.text.rstrip("\n") + "\n\n" + _template("state", "id", state)
    try:
        tomllib.loads(text)
    except ValueError as error:
        raise OptionError(
            message("the states in %(file)s are not [[state]] tables; rewrite them first", file=str(path))
        ) from error
    write_whole(path, text.encode())
    return path


def template(kind: str) -> str:
    """Return a commented template by its name."""
    return (_TEMPLATES / f"{kind}.toml").read_text(encoding="utf-8")


def _template(kind: str, key: str, value: str) -> str:
    return template(kind).replace(f'{key} = ""', f"{key} = {json.dumps(value, ensure_ascii=False)}", 1)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise OptionError(message("%(file)s already exists; choose another name", file=str(path))) from error
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error
