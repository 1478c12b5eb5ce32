"""Export the catalogue, or a part of it, to files, with the models that were built for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from carreau.base.errors import ERROR, FormatError, OptionError
from carreau.base.files import write_whole
from carreau.base.languages import SOURCE, locales_beside
from carreau.base.levels import ALTERNATIVES, ARCHIVE
from carreau.base.messages import Message, join_messages, list_some, message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry, read_catalogue
from carreau.catalogue.check_catalogue import check_catalogue
from carreau.catalogue.i18n.check_translations import Translations, check_texts
from carreau.catalogue.site import Site, State, Triple
from carreau.exports.formats import FORMATS, ExportFormat, find_format
from carreau.exports.record import (
    GLB,
    USDZ,
    ModelFile,
    NothingToExportError,
    Publication,
    RouteRecord,
    SiteRecord,
    StateRecord,
    TrailRecord,
    route_record,
    site_record,
    trail_record,
)
from carreau.exports.urls import EXAMPLE, Urls

if TYPE_CHECKING:
    from carreau.exports.formats import Content

_MOST_LISTED = 6


@dataclass(frozen=True)
class ExportResult:
    """The result of an export.

    out : folder of the files
    written : format and path of each file
    skipped : format, slug and reason of each record without a document
    lacking : format, slug, and one of the things that the document lacks though its readers ask for it
    """

    out: Path
    written: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str, Message], ...]
    lacking: tuple[tuple[str, str, Message], ...] = ()

    @property
    def exit_code(self) -> int:
        """Return 0 where anything was written, 1 where there was nothing to write."""
        return 0 if self.written else 1

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "out": str(self.out),
            "written": [{"format": name, "file": path} for name, path in self.written],
            "skipped": [{"format": name, "record": slug, "reason": reason} for name, slug, reason in self.skipped],
            "lacking": [{"format": name, "record": slug, "what": what} for name, slug, what in self.lacking],
        }

    def lines(self) -> list[Message]:
        """Return it for a person: skipped records first, written files last."""
        lines = [
            message(
                "skipped  %(format)s: %(reason)s: %(records)s", format=name, reason=reason, records=_record_names(slugs)
            )
            for (name, reason), slugs in _group(self.skipped).items()
        ]
        lines += [
            message(
                "lacking  %(format)s: %(reason)s: %(records)s", format=name, reason=what, records=_record_names(slugs)
            )
            for (name, what), slugs in _group(self.lacking).items()
        ]
        kinds = dict[tuple[str, str], list[str]]()
        for name, path in self.written:
            kinds.setdefault((name, path.rpartition("/")[0]), []).append(path)
        lines += [
            message("wrote    %(format)s: %(files)s", format=name, files=_files(folder, paths))
            for (name, folder), paths in kinds.items()
        ]
        return [*lines, _count(len(self.written), str(self.out))]


def _group(rows: Iterable[tuple[str, str, Message]]) -> dict[tuple[str, Message], list[str]]:
    """Return the slugs by format and message."""
    groups = dict[tuple[str, Message], list[str]]()
    for name, slug, what in rows:
        groups.setdefault((name, what), []).append(slug)
    return groups


def _record_names(slugs: list[str]) -> Message:
    names = list(dict.fromkeys(slug for slug in slugs if slug))
    return list_some(names, _MOST_LISTED) if names else message("the catalogue")


def _files(folder: str, paths: list[str]) -> Message:
    return list_some(paths, _MOST_LISTED) if len(paths) <= _MOST_LISTED // 2 else _count(len(paths), f"{folder}/")


def _count(files: int, folder: str) -> Message:
    return plural_message("%(count)s file in %(folder)s", "%(count)s files in %(folder)s", files, folder=folder)


ALL = "all"
_MOST_NAMED = 10
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class ExportOptions:
    """What to export, and where to; the translations are beside the catalogue.

    format : a name of `FORMATS`, or "all"
    out : folder of the documents
    assets : folder of the catalogue
    sites, routes, trails : slugs; by default the whole catalogue
    language : of formats with one language
    base_url : where the documents will be published
    models : folder of `carreau model`, or None
    """

    format: str
    out: Path
    assets: Path
    sites: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    language: str = SOURCE
    base_url: str = EXAMPLE
    models: Path | None = None
    edition: Publication = field(default=Publication())
    trails: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Return whether the whole catalogue is exported."""
        return not self.sites and not self.routes and not self.trails


def export(options: ExportOptions, on_progress: Tell | None = None) -> ExportResult:
    """Export records, each file atomically.

    on_progress : called with the number of documents that are done, and their total
    Raises OptionError for unknown records, and for those in which `carreau check` finds errors, before anything is
    written; FormatError for unreadable models or translations, and StorageError where a file cannot be written.
    """
    formats = FORMATS if options.format == ALL else (find_format(options.format),)
    sites, routes, trails = _records(options)
    documents = [each for of in formats for each in _documents(of, options, sites, routes, trails)]
    written = list[tuple[str, str]]()
    skipped, lacking = list[tuple[str, str, Message]](), list[tuple[str, str, Message]]()
    for done, document in enumerate(documents):
        for path, content in document.files().items():
            if isinstance(content, NothingToExportError):
                skipped.append((document.format, document.name, join_messages([content.cause, content.cure])))
            else:
                write_whole(options.out / path, content)
                written.append((document.format, path))
                lacks = find_format(document.format).lacking(content)
                lacking += [(document.format, document.name, what) for what in lacks]
        if on_progress is not None:
            on_progress(done + 1, len(documents))
    return ExportResult(options.out, tuple(written), tuple(skipped), tuple(lacking))


@dataclass(frozen=True)
class _Document:
    """A document to be made.

    name : of its record, or empty for the whole catalogue
    path : relative, without suffix
    make : makes its content
    """

    format: str
    name: str
    path: str
    ending: str
    make: Callable[[], Content | None]

    def files(self) -> Mapping[str, bytes | NothingToExportError]:
        """Return its files by path, or the reason why there is none."""
        path = f"{self.path}.{self.ending}"
        try:
            content = self.make()
        except NothingToExportError as nothing:
            return {path: nothing}
        if isinstance(content, bytes):
            return {path: content}
        return (
            {} if content is None else {f"{self.path}.{state}.{self.ending}": each for state, each in content.items()}
        )


def _documents(
    of: ExportFormat,
    options: ExportOptions,
    sites: Sequence[SiteRecord],
    routes: Sequence[RouteRecord],
    trails: Sequence[TrailRecord],
) -> Iterator[_Document]:
    if of.catalogue and (options.is_everything or of.is_catalogue_only):
        make = partial(of.catalogue_document, sites, routes, options.language)
        yield _Document(of.name, "", "catalogue", of.ending, make)
    records: list[SiteRecord | RouteRecord | TrailRecord] = [*sites, *routes, *trails]
    for record in records:
        if getattr(of, record.kind):
            path = f"{record.kind}s/{record.slug}"
            yield _Document(of.name, record.slug, path, of.ending, partial(of.document, record, options.language))


def _records(options: ExportOptions) -> tuple[list[SiteRecord], list[RouteRecord], list[TrailRecord]]:
    if not (urlsplit(options.base_url).scheme in ("http", "https") and urlsplit(options.base_url).netloc):
        raise OptionError(
            message(
                "--base-url %(url)s is not a URL; give one such as %(example)s", url=options.base_url, example=EXAMPLE
            )
        )
    if options.models is not None and not options.models.is_dir():
        raise OptionError(
            message(
                "--models %(path)s is not a folder; name the one with SITE/STATE/report.json", path=str(options.models)
            )
        )
    catalogue = read_catalogue(options.assets)
    site_slugs = _checked_slugs(options.sites, catalogue.sites, "site") or (
        list(catalogue.sites) if options.is_everything else []
    )
    route_slugs = _checked_slugs(options.routes, catalogue.routes, "route") or (
        list(catalogue.routes) if options.is_everything else []
    )
    trail_slugs = _checked_slugs(options.trails, catalogue.trails, "trail") or (
        list(catalogue.trails) if options.is_everything else []
    )
    _refuse(catalogue, options, site_slugs, route_slugs, trail_slugs)
    urls, translations = Urls(options.base_url), Translations(locales_beside(options.assets))
    sites = [
        site_record(
            entry,
            catalogue,
            translations,
            urls,
            built_models(entry, options.models, urls) if options.models else None,
            options.edition,
        )
        for entry in (catalogue.sites[slug] for slug in site_slugs)
    ]
    routes = [
        route_record(catalogue.routes[slug], catalogue, translations, urls, options.edition) for slug in route_slugs
    ]
    trails = [
        trail_record(catalogue.trails[slug], catalogue, translations, urls, options.edition) for slug in trail_slugs
    ]
    return sites, routes, trails


def _checked_slugs(slugs: Sequence[str], entries: Mapping[str, object], what: str) -> list[str]:
    for slug in slugs:
        if slug not in entries:
            raise OptionError(
                message(
                    "--%(kind)s %(name)s: not in the catalogue; name the folder or file of one", kind=what, name=slug
                )
            )
    return list(dict.fromkeys(slugs))


def _refuse(
    catalogue: Catalogue,
    options: ExportOptions,
    sites: Sequence[str],
    routes: Sequence[str],
    trails: Sequence[str],
) -> None:
    """Raise OptionError for errors in exported records, including translations, stops of routes, places of trails."""
    check_catalogue(catalogue)
    stops = {stop.site for slug in routes for stop in catalogue.routes[slug].of.stop}
    stops |= {chapter.site for slug in trails for chapter in catalogue.trails[slug].of.chapter}
    exported = {catalogue.sites[slug].document.name for slug in (*sites, *stops) if slug in catalogue.sites}
    exported |= {catalogue.routes[slug].document.name for slug in routes}
    exported |= {catalogue.trails[slug].document.name for slug in trails}
    owners: list[Entry[Any]] = [
        *(catalogue.sites[slug] for slug in sites),
        *(catalogue.trails[slug] for slug in trails),
    ]
    exported |= {scene.document.name for owner in owners for scene in catalogue.list_scenes(owner)}
    others = {each.document.name for each in catalogue.entries()} - exported
    diagnostics = [*catalogue.findings(), *check_texts(catalogue)]
    faulty = [each.file for each in diagnostics if each.level == ERROR and each.file not in others]
    files = list(dict.fromkeys(faulty))
    if files:
        raise OptionError(
            plural_message(
                "%(files)s: not exported, %(count)s error; fix it (`carreau check --assets %(assets)s` shows it)",
                "%(files)s: not exported, %(count)s errors; fix them (`carreau check --assets %(assets)s` shows them)",
                len(faulty),
                files=list_some(files, _MOST_NAMED),
                assets=str(options.assets),
            )
        )


REPORT, POSTER = "report.json", "poster.webp"
_CURE = message("build the model again")


def built_models(entry: Entry[Site], folder: Path, urls: Urls) -> dict[str, StateRecord]:
    """Return the built states of a site, by id.

    folder : of all models; a site with a single state may have its files in `DIR/SITE` itself
    Raises FormatError for an invalid report, or one that does not match its files.
    """
    home, states = folder / entry.slug, {state.id: state for state in entry.of.state}
    folders = {path.parent.name: path.parent for path in sorted(home.glob(f"*/{REPORT}"))}
    if len(states) == 1 and (home / REPORT).is_file():
        folders[next(iter(states))] = home
    return {name: _state_record(states.get(name, State(id=name)), at, entry.slug, urls) for name, at in folders.items()}


def _state_record(state: State, folder: Path, slug: str, urls: Urls) -> StateRecord:
    path = folder / REPORT
    try:
        report = json.loads(path.read_bytes())
        files = tuple(_model_files(report, lambda name: urls.model_file(slug, state.id, name)))
        bounds = _bounds(report["scan"].get("bounds_m"))
    except (OSError, RecursionError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(path, "", message("it is not a valid model report"), _CURE) from error
    for file in files:
        _look(folder / file.name, file.bytes, path)
    poster = folder / POSTER
    poster_url = (urls.poster(slug, state.id), _pixels(poster)) if poster.is_file() else ("", (0, 0))
    return StateRecord(state, files, *poster_url, bounds)


def _bounds(corners: Any) -> tuple[Triple, Triple] | None:
    """Return the corners of a model, None in a report that was written before they were."""
    if corners is None:
        return None
    (left, low, back), (right, high, front) = corners
    return (float(left), float(low), float(back)), (float(right), float(high), float(front))


def _model_files(report: dict[str, Any], address: Callable[[str], str]) -> Iterator[ModelFile]:
    for level in report["levels"]:
        if level["name"] in ALTERNATIVES:
            continue  # other formats do not say what a program must decode
        figures = level["triangles"], level["texture_px"] or None, level["error"]["to_scan"]["rms"]
        yield _file(level["name"], level, GLB, address, *figures)
        if "usdz" in level:
            yield _file(level["name"], level["usdz"], USDZ, address, *figures)
    if ARCHIVE in report:
        yield _file(ARCHIVE, report[ARCHIVE], GLB, address, report[ARCHIVE]["triangles"])


def _file(
    level: str, values: dict[str, Any], kind: str, address: Callable[[str], str], triangles: int,
    texture_px: int | None = None, error_m: float | None = None,
) -> ModelFile:  # fmt: skip
    name = str(values["file"])
    if Path(name).name != name:
        raise ValueError("a file of a model lies beside its report")
    return ModelFile(
        level, name, kind, int(values["bytes"]), str(values["sha256"]), address(name), triangles, texture_px, error_m
    )


def _look(path: Path, size_bytes: int, report: Path) -> None:
    """Check a file against the report by its size; the digest is not recomputed."""
    if not path.is_file():
        raise FormatError(report, "", message("%(file)s is not beside it", file=path.name), _CURE)
    if path.stat().st_size != size_bytes:
        raise FormatError(
            path,
            "",
            message("it does not have the %(size)s bytes that %(report)s states", size=size_bytes, report=REPORT),
            _CURE,
        )


def _pixels(path: Path) -> tuple[int, int]:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.size
    except OSError as error:
        raise FormatError(path, "", message("it is not an image"), _CURE) from error
