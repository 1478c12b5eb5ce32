"""Read the catalogue: every site and every route, each with its TOML document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pipeline.catalogue.diagnostics import Diagnostic, shown
from pipeline.catalogue.document import TomlDocument, open_document
from pipeline.catalogue.geodata import COMMUNES, Commune, OutlineError, read_communes
from pipeline.catalogue.route import Route
from pipeline.catalogue.site import Site
from pipeline.catalogue.table_reader import NAME, read_table
from pipeline.errors import OptionError
from pipeline.messages import message

T = TypeVar("T", Site, Route)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A site or a route with its TOML document.

    slug : its name in links
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
    """Sites and routes by slug.

    communes : by INSEE code
    loose : documents outside sites and routes
    """

    root: Path
    sites: Mapping[str, Entry[Site]]
    routes: Mapping[str, Entry[Route]]
    communes: Mapping[str, Commune] = field(default_factory=dict)
    loose: tuple[TomlDocument, ...] = ()

    def entries(self) -> list[Entry[Any]]:
        """Return the sites, then the routes."""
        return [*self.sites.values(), *self.routes.values()]

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
    """Return the catalogue of a folder with `sites/` and `routes/`; raises OptionError where it has neither."""
    require_catalogue(root)
    loose, communes = _communes(root)
    sites = {path.parent.name: _entry(Site, path, path.parent.name, root) for path in _site_files(root, loose)}
    routes = {path.stem: _entry(Route, path, path.stem, root) for path in sorted((root / "routes").glob("*.toml"))}
    return Catalogue(root, sites, routes, communes, tuple(loose))


def _entry(of: type[T], path: Path, slug: str, root: Path) -> Entry[T]:
    document = open_document(path, path.relative_to(root).as_posix())
    if not NAME.fullmatch(slug):
        cause = message("%(value)s is not a valid name for links", value=shown(slug))
        cure = message("use lower-case letters, digits and hyphens, as in fosse-1")
        document.error("wrong value", (), cause, cure)
    return Entry(slug, read_table(of, document.data, document) if document.is_read else of(), document)


def _site_files(root: Path, loose: list[TomlDocument]) -> Iterator[Path]:
    for folder in sorted(path for path in (root / "sites").glob("*") if path.is_dir()):
        if (folder / "site.toml").is_file():
            yield folder / "site.toml"
        else:
            document = TomlDocument(folder, folder.relative_to(root).as_posix())
            cause, cure = message("the folder has no site.toml"), message("write it, or remove the folder")
            document.error("missing file", (), cause, cure)
            loose.append(document)


def _communes(root: Path) -> tuple[list[TomlDocument], Mapping[str, Commune]]:
    document = TomlDocument(root / COMMUNES, COMMUNES)
    try:
        return [], read_communes(root / COMMUNES)
    except OutlineError as error:
        document.error("missing file", (), error.cause, error.cure)
        return [document], {}
