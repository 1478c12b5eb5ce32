"""Publish the catalogue: everything it says and shows becomes a bundle, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.bundle.content_store import ContentStore
from pipeline.bundle.inputs_note import write_note
from pipeline.bundle.leaving import is_due
from pipeline.bundle.releases import exclusive_lock, named, older, readable, swap
from pipeline.cache.cache import Cache
from pipeline.catalogue.catalogue import Catalogue, read_catalogue
from pipeline.catalogue.checks.check_catalogue import check_catalogue
from pipeline.catalogue.diagnostics import ERROR
from pipeline.console.progress import Progress
from pipeline.errors import OptionError
from pipeline.i18n.check_translations import check_texts
from pipeline.i18n.languages import LANGUAGES, locales_beside
from pipeline.i18n.translations import Translations
from pipeline.messages import plural_message, shortened
from pipeline.publish.database import Contents, PackRow, about, make_database, packs_of
from pipeline.publish.responses import BuiltResponses, build_responses
from pipeline.publish.types import PublishOptions, PublishResult
from pipeline.publish.unchanged import inputs_of, prune_releases, unchanged
from pipeline.schema.bundle import FILES, Manifest, Origin
from pipeline.schema.database import STYLES
from pipeline.schema.pack import Pack

_MOST_NAMED = 10


@dataclass(frozen=True)
class Read:
    """What was read of a catalogue without errors.

    inputs : digest of all that a bundle is made from, before it was read
    """

    catalogue: Catalogue
    translations: Translations
    inputs: str


def publish(
    asked: PublishOptions,
    cache: Cache,
    progress: Progress,
    told: Callable[[int, int], None],
    found: Read | None = None,
) -> PublishResult:
    """Make a bundle of everything and let it be served; where nothing changed, nothing is read or made.

    found : what was read before; it is read again where anything changed since
    told : hears how many sites and routes are done, of how many
    Raises OptionError where `carreau check` finds errors, or what was built cannot be used; StorageError where the
    bundle cannot be written. What was served until then still is.
    """
    with exclusive_lock(asked.bundle):
        inputs = inputs_of(asked)
        if (same := unchanged(asked, inputs)) is not None:
            return prune_releases(asked, same) if asked.keep is not None or is_due(asked.bundle) else same
        if found is None or found.inputs != inputs:
            found = read(asked)
        store = ContentStore(asked.bundle)
        spoken = build_responses(asked, found.catalogue, store, found.translations, cache, progress, told)
        manifest = _manifest(asked, spoken, store)
        is_new = swap(asked.bundle, manifest)
        said = _said(manifest)
        write_note(asked.bundle, found.inputs, said)
        made = prune_releases(asked, PublishResult(asked.bundle, **said, is_new=is_new, written=store.written))
        return replace(made, older=len(older(asked.bundle)))


def _said(manifest: Manifest) -> dict[str, Any]:
    """Return what is said of a release, by the fields of `Published`."""
    return {
        "release": manifest.release, "sites": manifest.sites, "routes": manifest.routes,
        "files": len(manifest.files), "size_bytes": sum(file.bytes for file in manifest.files),
        "answers": len(manifest.answers),
    }  # fmt: skip


def read(asked: PublishOptions) -> Read:
    """Read the catalogue; raises OptionError where something of it is wrong, naming the files."""
    inputs = inputs_of(asked)  # taken first, so that what changes while it is read counts as changed
    found = Read(read_catalogue(asked.assets), Translations(locales_beside(asked.assets)), inputs)
    _refuse_errors(found.catalogue, asked.assets, found.translations)
    return found


def _refuse_errors(catalogue: Catalogue, assets: Path, translations: Translations) -> None:
    check_catalogue(catalogue)
    found = (*catalogue.findings(), *check_texts(catalogue, translations))
    wrong = [each.file for each in found if each.level == ERROR]
    files = list(dict.fromkeys(wrong))
    if files:
        raise OptionError(
            plural_message(
                "%(files)s: not published, %(count)s error; fix it (`carreau check %(assets)s` shows it)",
                "%(files)s: not published, %(count)s errors; fix them (`carreau check %(assets)s` shows them)",
                len(wrong),
                files=shortened(files, _MOST_NAMED),
                assets=str(assets),
            )
        )


def _manifest(asked: PublishOptions, spoken: BuiltResponses, store: ContentStore) -> Manifest:
    base_url, generator = asked.base_url.rstrip("/"), f"Carreau {version('carreau')}"
    answers = tuple(answer for _, answer in sorted(spoken.answers.found.items()))
    database = store.add_bytes(
        make_database(
            Contents(
                about={**about(LANGUAGES, base_url, generator), STYLES: spoken.styles},
                sites=spoken.sites,
                routes=spoken.routes,
                packs=[*_former_packs(asked.bundle), *(_row(pack, sha256) for pack, sha256 in spoken.packs)],
                answers=answers,
                files=list(store.files.values()),
            )
        ),
        "sqlite",
    )
    return named(
        Manifest(
            release="",
            generator=generator,
            languages=LANGUAGES,
            base_url=base_url,
            database=database.sha256,
            sites=len(spoken.sites),
            routes=len(spoken.routes),
            sources=tuple(_sources(asked)),
            files=tuple(file for _, file in sorted(store.files.items())),
            answers=answers,
        )
    )


def _row(pack: Pack, sha256: str) -> PackRow:
    return PackRow(pack.id, pack.route, pack.lang, pack.level, sha256)


def _former_packs(bundle: Path) -> Iterator[PackRow]:
    """Yield the packs of the releases that are kept, which phones may hold."""
    for release in readable(bundle).values():
        for pack in packs_of(bundle / FILES / f"{release.database}.sqlite"):
            if (bundle / FILES / f"{pack.sha256}.json").is_file():
                yield pack


def _sources(asked: PublishOptions) -> Iterator[Origin]:
    folders = {"assets": asked.assets, "locales": locales_beside(asked.assets)}
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".toml", ".geojson", ".gpx", ".po") and path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield Origin(path=f"{name}/{path.relative_to(folder).as_posix()}", sha256=digest)
