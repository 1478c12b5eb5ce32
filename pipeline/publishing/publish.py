"""Publish the catalogue: everything it says and shows becomes a bundle, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from pipeline.bundle.depot import Depot
from pipeline.bundle.releases import RELEASES, alone, current, kept, named, prune, read_manifest, swap
from pipeline.catalogue.catalogue import Catalogue, read_catalogue
from pipeline.catalogue.check import check_catalogue
from pipeline.catalogue.findings import ERROR
from pipeline.errors import OptionError
from pipeline.kept.cache import Cache
from pipeline.languages.checks import check_texts
from pipeline.languages.languages import LANGUAGES, locales_beside
from pipeline.languages.translations import Translations
from pipeline.manifest.bundle import NAME, Manifest, Origin
from pipeline.manifest.database import STYLES
from pipeline.manifest.pack import Pack
from pipeline.publishing.asked import Publishing
from pipeline.publishing.database import Contents, about, make_database
from pipeline.publishing.inputs import fingerprint, is_known, remember
from pipeline.publishing.published import Published
from pipeline.publishing.speaking import Spoken, speak
from pipeline.shown.progress import Progress

_MOST_NAMED = 10


def unchanged(asked: Publishing) -> Published | None:
    """Return the served release where nothing changed since; reads and writes nothing else."""
    now = current(asked.bundle)
    return Published(asked.bundle, now, is_new=False) if now and is_known(asked.bundle, _inputs(asked)) else None


def publish(
    asked: Publishing,
    cache: Cache,
    progress: Progress,
    told: Callable[[int, int], None],
    catalogue: Catalogue | None = None,
) -> Published:
    """Make a bundle of everything and let it be served; where nothing changed, nothing is read or written.

    catalogue : that was read, and found without errors
    told : hears how many sites and routes are done, of how many
    Raises OptionError where `carreau check` finds errors, or what was built cannot be used; StorageError where the
    bundle cannot be written. What was served until then still is.
    """
    with alone(asked.bundle):
        if (same := unchanged(asked)) is not None:
            return same
        inputs, translations = _inputs(asked), Translations(locales_beside(asked.assets))
        if catalogue is None:
            catalogue = read_catalogue(asked.assets)
            refuse_errors(catalogue, asked.assets, translations)
        depot = Depot(asked.bundle)
        spoken = speak(asked, catalogue, depot, translations, cache, progress, told)
        manifest = _manifest(asked, spoken, depot)
        is_new = swap(asked.bundle, manifest)
        remember(asked.bundle, inputs, manifest.release)
        gone, freed = prune(asked.bundle, asked.keep)
        return Published(asked.bundle, manifest, is_new, depot.written, gone, freed)


def _inputs(asked: Publishing) -> str:
    return fingerprint((asked.assets, locales_beside(asked.assets), asked.models), asked.options)


def refuse_errors(catalogue: Catalogue, assets: Path, translations: Translations | None = None) -> None:
    """Raise OptionError where something of the catalogue is wrong, naming the files.

    translations : of the catalogue, where somebody has opened them
    """
    check_catalogue(catalogue)
    found = (*catalogue.findings(), *check_texts(catalogue, translations))
    wrong = [each.file for each in found if each.level == ERROR]
    files = list(dict.fromkeys(wrong))
    if files:
        more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
        raise OptionError(
            f"{', '.join(files[:_MOST_NAMED])}{more}: not published, with {len(wrong)} errors in all; put right what "
            f"`carreau check {assets}` says"
        )


def _manifest(asked: Publishing, spoken: Spoken, depot: Depot) -> Manifest:
    base_url, generator = asked.base_url.rstrip("/"), f"Carreau {version('carreau')}"
    answers = tuple(answer for _, answer in sorted(spoken.answers.found.items()))
    database = depot.put_bytes(
        make_database(
            Contents(
                about={**about(LANGUAGES, base_url, generator), STYLES: spoken.styles},
                sites=spoken.sites,
                routes=spoken.routes,
                packs=[*spoken.packs, *_former_packs(asked.bundle)],
                answers=answers,
                files=list(depot.put.values()),
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
            files=tuple(file for _, file in sorted(depot.put.items())),
            answers=answers,
        )
    )


def _former_packs(bundle: Path) -> Iterator[tuple[Pack, str]]:
    """Yield the packs of the releases that are kept, which phones may hold."""
    for release in kept(bundle):
        manifest = read_manifest(bundle / RELEASES / release / NAME)
        files: Mapping[str, str] = {file.sha256: file.path for file in manifest.files}
        for answer in manifest.answers:
            if "/pack/" in answer.path and (bundle / files[answer.sha256]).is_file():
                yield Pack.model_validate_json((bundle / files[answer.sha256]).read_bytes()), answer.sha256


def _sources(asked: Publishing) -> Iterator[Origin]:
    folders = {"assets": asked.assets, "locales": locales_beside(asked.assets)}
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".toml", ".geojson", ".gpx", ".po") and path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield Origin(path=f"{name}/{path.relative_to(folder).as_posix()}", sha256=digest)
