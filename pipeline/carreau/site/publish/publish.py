"""Publish the catalogue as a bundle, atomically."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from carreau.base.errors import ERROR, OptionError, StorageError
from carreau.base.languages import LANGUAGES, locales_beside
from carreau.base.messages import list_some, message, plural_message
from carreau.base.schema.bundle import CONTACT, FILES, STYLES, Manifest, Origin
from carreau.base.schema.lists import Pack
from carreau.base.tools import require_sounds
from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.check_catalogue import check_catalogue
from carreau.catalogue.i18n.check_translations import Translations, check_texts
from carreau.catalogue.media import SOUND
from carreau.exports.record import Publication
from carreau.runs.cache import Cache
from carreau.runs.progress import Progress
from carreau.site.content_store import ContentStore
from carreau.site.publish.bundle_answers import Contents, PackRow, about, list_packs, make_database
from carreau.site.publish.publication import (
    LISTING,
    READ,
    OnProgress,
    PublishOptions,
    PublishResult,
    digest_inputs,
    find_unchanged,
    prune_releases,
    tell,
)
from carreau.site.publish.responses import BuiltResponses, build_responses
from carreau.site.releases import (
    DraftRelease,
    Pruned,
    discard,
    exclusive_lock,
    is_due,
    older,
    prune,
    read_draft,
    readable,
    refuse_damage,
    remove_draft,
    served_release,
    swap,
    with_release_id,
    write_draft,
    write_note,
)

_MOST_NAMED = 10


@dataclass(frozen=True)
class LoadedCatalogue:
    """A catalogue without errors, and its translations.

    inputs : digest of all inputs, taken before they were read
    """

    catalogue: Catalogue
    translations: Translations
    inputs: str


def publish(
    options: PublishOptions,
    cache: Cache,
    progress: Progress,
    on_progress: OnProgress,
    loaded: LoadedCatalogue | None = None,
) -> PublishResult:
    """Publish a new release; returns at once where nothing changed.

    on_progress : called with what is being done, and the share of all that is done
    loaded : the catalogue, if it was read before; it is read again where an input changed since
    Raises OptionError where `carreau check` finds errors, or a built file is invalid; StorageError where the bundle
    cannot be written. In both cases the former release stays in force.
    """
    with exclusive_lock(options.bundle):
        inputs = digest_inputs(options)
        if (same := find_unchanged(options, inputs)) is not None:
            return prune_releases(options, same) if options.keep is not None or is_due(options.bundle) else same
        if loaded is None or loaded.inputs != inputs:
            tell(on_progress, READ)
            loaded = load_catalogue(options)
        # What will not be kept makes room for what comes.
        before = prune(options.bundle, options.keep) if options.keep is not None else Pruned()
        with _undone_if_it_fails(options.bundle) as store:
            manifest = _built(options, loaded, store, cache, progress, on_progress)
            result = _serve(options, manifest, loaded.inputs, store.written)
        tell(on_progress, LISTING, 1)
        return replace(result, gone=result.gone + before.gone, freed=result.freed + before.freed)


def draft(
    options: PublishOptions,
    cache: Cache,
    progress: Progress,
    on_progress: OnProgress,
    loaded: LoadedCatalogue | None = None,
) -> PublishResult:
    """Build the next release beside the served one, which stays in force; `publish_draft` serves it.

    Parameters and exceptions are those of `publish`.
    """
    with exclusive_lock(options.bundle):
        if loaded is None or loaded.inputs != digest_inputs(options):
            tell(on_progress, READ)
            loaded = load_catalogue(options)
        with _undone_if_it_fails(options.bundle) as store:
            manifest = _built(options, loaded, store, cache, progress, on_progress)
            write_draft(options.bundle, DraftRelease(inputs=loaded.inputs, manifest=manifest))
        served = served_release(options.bundle)
        is_new = served is None or served.release != manifest.release
        tell(on_progress, LISTING, 1)
        return PublishResult(options.bundle, **_summary(manifest), is_new=is_new, written=store.written)


def publish_draft(options: PublishOptions, release: str) -> PublishResult:
    """Serve the draft, exactly as it was looked at.

    release : its id
    Raises OptionError where there is no such draft, where an input changed since, or a file of it is missing.
    """
    with exclusive_lock(options.bundle):
        draft = read_draft(options.bundle)
        if draft is None or draft.manifest.release != release or draft.inputs != digest_inputs(options):
            raise OptionError(message("something has changed since the draft was made; make it again"))
        refuse_damage(options.bundle, draft.manifest)
        result = _serve(options, draft.manifest, draft.inputs, 0)
        remove_draft(options.bundle)
        return result


@contextmanager
def _undone_if_it_fails(bundle: Path) -> Iterator[ContentStore]:
    """Yield the store of a bundle; what was written to it is removed again if no release results.

    Otherwise a publication that fails on a full disk would leave it full. One that is interrupted leaves its files: the
    next goes on from there.
    """
    store = ContentStore(bundle)
    try:
        yield store
    except Exception:
        discard(bundle, store)
        raise


def _built(
    options: PublishOptions, loaded: LoadedCatalogue, store: ContentStore, cache: Cache, progress: Progress,
    on_progress: OnProgress,
) -> Manifest:  # fmt: skip
    """Build a release, all files of which are in the bundle then."""
    responses = build_responses(options, loaded.catalogue, store, loaded.translations, cache, progress, on_progress)
    tell(on_progress, LISTING)
    return _manifest(options, responses, store)


def _serve(options: PublishOptions, manifest: Manifest, inputs: str, written: int) -> PublishResult:
    is_new = swap(options.bundle, manifest)
    summary = _summary(manifest)
    result = prune_releases(options, PublishResult(options.bundle, **summary, is_new=is_new, written=written))
    with suppress(StorageError):  # without it, the next publication checks all files
        write_note(options.bundle, inputs, summary)
    return replace(result, older=len(older(options.bundle)))


def _summary(manifest: Manifest) -> dict[str, Any]:
    """Return the figures of a release, by the fields of `PublishResult`."""
    return {
        "release": manifest.release, "sites": manifest.sites, "routes": manifest.routes,
        "trails": manifest.trails,
        "files": len(manifest.files), "size_bytes": sum(file.bytes for file in manifest.files),
        "answers": len(manifest.answers),
    }  # fmt: skip


def load_catalogue(options: PublishOptions) -> LoadedCatalogue:
    """Read the catalogue; raises OptionError with the names of the files that have errors, PartError for sounds."""
    inputs = digest_inputs(options)  # taken first, so that a change during reading counts
    loaded = LoadedCatalogue(read_catalogue(options.assets), Translations(locales_beside(options.assets)), inputs)
    _refuse_errors(loaded.catalogue, options.assets, loaded.translations)
    media = (medium for entry in loaded.catalogue.entries() for medium in getattr(entry.of, "media", ()))
    if any(medium.kind == SOUND and medium.file for medium in media):
        require_sounds()
    return loaded


def _refuse_errors(catalogue: Catalogue, assets: Path, translations: Translations) -> None:
    check_catalogue(catalogue)
    diagnostics = (*catalogue.findings(), *check_texts(catalogue, translations))
    faulty = [each.file for each in diagnostics if each.level == ERROR]
    files = list(dict.fromkeys(faulty))
    if files:
        raise OptionError(
            plural_message(
                "%(files)s: not published, %(count)s error; fix it (`carreau check --assets %(assets)s` shows it)",
                "%(files)s: not published, %(count)s errors; fix them (`carreau check --assets %(assets)s` shows them)",
                len(faulty),
                files=list_some(files, _MOST_NAMED),
                assets=str(assets),
            )
        )


def _manifest(options: PublishOptions, responses: BuiltResponses, store: ContentStore) -> Manifest:
    base_url, generator = options.base_url.rstrip("/"), f"Carreau {version('carreau')}"
    answers = tuple(answer for _, answer in sorted(responses.answers.rows.items()))
    database = store.add_bytes(
        make_database(
            Contents(
                about={**about(LANGUAGES, base_url, generator), STYLES: responses.styles, **_contact(options.edition)},
                sites=responses.sites,
                routes=responses.routes,
                trails=responses.trails,
                packs=[*_former_packs(options.bundle), *(_row(pack, sha256) for pack, sha256 in responses.packs)],
                answers=answers,
                files=list(store.files.values()),
            )
        ),
        "sqlite",
    )
    return with_release_id(
        Manifest(
            release="",
            generator=generator,
            languages=LANGUAGES,
            base_url=base_url,
            database=database.sha256,
            sites=len(responses.sites),
            routes=len(responses.routes),
            trails=len(responses.trails),
            sources=tuple(_sources(options)),
            files=tuple(file for _, file in sorted(store.files.items())),
            answers=answers,
        )
    )


def _contact(edition: Publication) -> dict[str, str]:
    """Return the publisher's contact as security.txt names it (RFC 9116): a mail address or a page over HTTPS."""
    page = edition.homepage if edition.homepage.startswith("https://") else ""
    contact = f"mailto:{edition.email}" if edition.email else page
    return {CONTACT: contact} if contact else {}


def _row(pack: Pack, sha256: str) -> PackRow:
    return PackRow(pack.id, pack.route, pack.lang, pack.level, sha256)


def _former_packs(bundle: Path) -> Iterator[PackRow]:
    """Yield the packs of former releases, which phones may still have."""
    for release in readable(bundle).values():
        for pack in list_packs(bundle / FILES / f"{release.database}.sqlite"):
            if (bundle / FILES / f"{pack.sha256}.json").is_file():
                yield pack


def _sources(options: PublishOptions) -> Iterator[Origin]:
    folders = {"assets": options.assets, "locales": locales_beside(options.assets)}
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".toml", ".geojson", ".gpx", ".po") and path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield Origin(path=f"{name}/{path.relative_to(folder).as_posix()}", sha256=digest)
