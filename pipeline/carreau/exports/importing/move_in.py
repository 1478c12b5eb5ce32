"""Import a place: read a source, and write its site, its files and its translations, all of them or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from carreau.base.document import LARGEST_BYTES, read_document
from carreau.base.errors import FormatError, KeyPath, OptionError, StorageError, cannot_write
from carreau.base.files import write_all
from carreau.base.languages import TRANSLATED, content_file
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, read_limited, write_book
from carreau.catalogue.i18n.source_texts import list_texts, merge, read_or_start_book
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.exports.importing.media_shelf import copy_files
from carreau.exports.importing.record import Outcome, Outcomes, SourcePlace, Texts
from carreau.exports.importing.site_toml import written_site
from carreau.exports.importing.source_files import LARGEST_JSON_BYTES, parse_json
from carreau.exports.importing.texts import place_names, place_slug


@dataclass(frozen=True)
class ImportedPlace:
    """The result of an import.

    file : the new `site.toml`
    translations : files of translators that were changed
    outcomes : what became of each item of the source
    """

    file: Path
    translations: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]

    def lines(self) -> list[Message]:
        """Return a line for each item, what is lost below what is kept, and what to do next."""
        taken = [each.line() for each in self.outcomes if each.is_kept]
        lost = [each.line() for each in self.outcomes if not each.is_kept]
        return [*taken, *lost, self.summary()]

    def summary(self) -> Message:
        """Return how much was kept and lost, and where it is."""
        count = sum(each.is_kept for each in self.outcomes)
        return message(
            "%(file)s: %(kept)s, %(lost)s; `carreau check` lists what the source does not say",
            file=str(self.file),
            kept=plural_message("%(count)s item kept", "%(count)s items kept", count),
            lost=plural_message("%(count)s item lost", "%(count)s items lost", len(self.outcomes) - count),
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program, with English texts."""
        return {
            "file": str(self.file),
            "translations": [str(path) for path in self.translations],
            "kept": [{"item": each.item, "what": each.what} for each in self.outcomes if each.is_kept],
            "lost": [{"item": each.item, "why": each.what} for each in self.outcomes if not each.is_kept],
        }


def import_place(source: Path, assets: Path, locales: Path, slug: str = "") -> ImportedPlace:
    """Import a place as a new site; nothing that is there is overwritten, and nothing is left where something fails.

    source : a scene, a manifest or a page, or the folder of one
    locales : of the translations
    slug : of the site, that of its name where it is empty

    Raises OptionError for a slug that is taken or cannot be made, ScanError and FormatError for a source or
    translations that cannot be read, StorageError where the folder cannot be written.
    """
    outcomes = Outcomes()
    path = source_file(source)
    place = read_source(path, outcomes)
    slug = place_slug(place, slug)
    folder = assets / "sites" / slug
    _refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside `sites/`, where a run that was killed leaves no place of the catalogue.
        with tempfile.TemporaryDirectory(prefix=f".import-{slug}-", dir=assets) as staging:
            return _moved_in(path, place, Path(staging) / slug, folder, locales, outcomes)
    except OSError as error:
        raise StorageError(cannot_write(folder, error)) from error


def _moved_in(
    source: Path, place: SourcePlace, staged: Path, folder: Path, locales: Path, outcomes: Outcomes
) -> ImportedPlace:
    staged.mkdir(mode=0o755)
    names = place_names(place)
    files = copy_files(place, names, staged, outcomes)
    site = written_site(place, names, files, outcomes)
    content = site.text.encode()
    if len(content) > LARGEST_BYTES:
        cause = message("its texts have over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise FormatError(source, "", cause, message("divide the scene into several"))
    document = read_document(folder / "site.toml", f"sites/{folder.name}/site.toml", content)
    entry = Entry(folder.name, read_table(Site, document.data, document), document)
    translations = translation_files(entry, site.texts, locales)
    (staged / "site.toml").write_bytes(content)
    _refuse_taken(folder)
    before = {path: path.read_bytes() if path.is_file() else None for path in translations}
    write_all(translations)
    try:
        staged.rename(folder)
    except OSError:
        write_all({path: old for path, old in before.items() if old is not None})
        for path in (path for path, old in before.items() if old is None):
            path.unlink()
        raise
    return ImportedPlace(folder / "site.toml", tuple(translations), tuple(outcomes.found))


def _refuse_taken(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise OptionError(message("%(folder)s already exists; choose another name with --slug", folder=str(folder)))


USUAL_NAMES = ("scene.svx.json", "manifest.json", "index.html")
"""Of the file in a folder that is given."""


@dataclass(frozen=True)
class SourceFormat:
    """A format.

    name : for people
    read : return what a file says, or None where it is of another format; raises FormatError
    """

    name: str
    read: Callable[[Path, bytes, Outcomes], SourcePlace | None]


def _voyager(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import voyager

    document = parse_json(content, path) if _is_json(content) else {}
    return voyager.read(path, document, outcomes) if voyager.is_scene(document) else None


def _iiif(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import iiif

    document = parse_json(content, path) if _is_json(content) else {}
    return iiif.read(path, document, outcomes) if iiif.is_manifest(document) else None


def _model_viewer(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import model_viewer

    return model_viewer.read(path, content, outcomes) if model_viewer.is_page(content) else None


def _is_json(content: bytes) -> bool:
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


FORMATS: tuple[SourceFormat, ...] = (
    SourceFormat("Voyager (scene.svx.json)", _voyager),
    SourceFormat("IIIF (manifest.json)", _iiif),
    SourceFormat("<model-viewer> (HTML)", _model_viewer),
)


def source_file(source: Path) -> Path:
    """Return the file of a source: itself, or in a folder the one with a usual name; raises OptionError."""
    if not source.is_dir():
        return source
    files = [source / name for name in USUAL_NAMES if (source / name).is_file()]
    if len(files) != 1:
        raise OptionError(
            message(
                "%(folder)s: name the file to import; only exactly one of %(names)s in a folder is found by itself",
                folder=str(source), names=USUAL_NAMES,
            )
        )  # fmt: skip
    return files[0]


def read_source(path: Path, outcomes: Outcomes) -> SourcePlace:
    """Return the record of a place that a file holds.

    Raises ScanError where it cannot be read, FormatError where it is of none of the formats, or is damaged.
    """
    content = read_limited(path, LARGEST_JSON_BYTES)
    for each in FORMATS:
        place = each.read(path, content, outcomes)
        if place is not None:
            return place
    known = tuple(each.name for each in FORMATS)
    if content.startswith(b"PK\x03\x04"):
        raise FormatError(
            path, "", message("it is a ZIP"), message("unpack it, and name the scene, manifest or page in it")
        )
    raise FormatError(
        path,
        "",
        message("it is none of the formats that are imported"),
        message("use one of: %(choices)s", choices=known),
    )


def translation_files(entry: Entry[Site], texts: Mapping[KeyPath, Texts], locales: Path) -> dict[Path, bytes]:
    """Return the files of translators with the texts of a new place; those of other places do not change.

    texts : of the place by key, in all languages of the source

    They are marked as unreviewed. What is translated already stays. Raises FormatError and ScanError for a file that
    cannot be read.
    """
    files = dict[Path, bytes]()
    for language in TRANSLATED:
        units = [
            Unit(each.context, each.text, texts[each.key][language], (FUZZY,))
            for each in list_texts(entry)
            if language in texts.get(each.key, {})
        ]
        if units:
            added = merge(list_texts(entry), Book(Unit("", ""), tuple(units))).book.units
            files[content_file(locales, language)] = write_book(
                with_units(read_or_start_book(locales, language), added)
            )
    return files


def with_units(book: Book, added: tuple[Unit, ...]) -> Book:
    """Return a file with further texts in the order of the catalogue: sites by name, then routes."""
    own = {unit.key: unit for unit in book.units}
    new = tuple(unit for unit in added if not own.get(unit.key, unit).target or unit.key not in own)
    keys = {unit.key for unit in new}
    rest = tuple(unit for unit in book.units if unit.key not in keys)
    place = _order(added[0])
    before = tuple(unit for unit in rest if _order(unit) <= place)
    after = tuple(unit for unit in rest if _order(unit) > place)
    return replace(book, units=(*before, *new, *after))


def _order(unit: Unit) -> tuple[bool, str]:
    kind, _, rest = unit.context.partition(".")
    return kind != "site", rest.partition(".")[0]
