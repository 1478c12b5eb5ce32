"""Import a place: read a source, and write its site, its files and its translations, all of them or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.atomic_write import write_all
from carreau.base.document import LARGEST_BYTES, read_document
from carreau.base.errors import FormatError, OptionError, StorageError, cannot_write
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.exports.importing.copied_files import copy_files
from carreau.exports.importing.formats import read_source, source_file
from carreau.exports.importing.naming import place_names, place_slug
from carreau.exports.importing.record import Outcome, Outcomes, SourcePlace
from carreau.exports.importing.site_toml import written_site
from carreau.exports.importing.translated import translation_files


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
        kept = [each.line() for each in self.outcomes if each.is_kept]
        lost = [each.line() for each in self.outcomes if not each.is_kept]
        return [*kept, *lost, self.summary()]

    def summary(self) -> Message:
        """Return how much was kept and lost, and where it is."""
        kept = sum(each.is_kept for each in self.outcomes)
        return message(
            "%(file)s: %(kept)s, %(lost)s; `carreau check` lists what the source does not say",
            file=str(self.file),
            kept=plural_message("%(count)s item kept", "%(count)s items kept", kept),
            lost=plural_message("%(count)s item lost", "%(count)s items lost", len(self.outcomes) - kept),
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
