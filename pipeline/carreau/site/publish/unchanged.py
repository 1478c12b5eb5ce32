"""Check whether anything changed since the served release, without reading the catalogue.

It imports nothing that builds a bundle, so that `carreau publish` returns at once where nothing changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from carreau.base.i18n.languages import locales_beside
from carreau.base.package_folders import GENERATOR, LOCALES, STATIC
from carreau.site.bundle.inputs_note import read_note
from carreau.site.publish.types import KEEP, PublishOptions, PublishResult

_PACKAGE = Path(__file__).parents[2]
_CODE = (
    (_PACKAGE, "**/*.py"),
    (_PACKAGE, "site/pages/*/*"),
    (GENERATOR, "*.py"),
    (LOCALES, "*/LC_MESSAGES/interface.po"),
    (LOCALES, "*/LC_MESSAGES/server.po"),
    (STATIC, "**/*"),
)
"""What pages are made from, besides the catalogue: patterns of files in folders."""


@cache
def code() -> str:
    """Return a digest of the names, sizes and times of our own code, its templates and words, and the viewer."""
    found = ((folder, path) for folder, pattern in _CODE for path in sorted(folder.glob(pattern)))
    ours = (
        (path.relative_to(folder), path.stat()) for folder, path in found if path.is_file() and path.suffix != ".pyc"
    )
    text = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in ours)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(folders: Iterable[Path], options: Iterable[str]) -> str:
    """Return a digest of the names, sizes and times of all files below some folders, of our own code, and of options.

    Only names, sizes and times are read, not the contents.
    """
    digest = hashlib.sha256("\n".join(options).encode())
    for folder in folders:
        for path in _files(folder):
            stat = path.stat()
            digest.update(f"\n{path} {stat.st_size} {stat.st_mtime_ns}".encode())
    digest.update(code().encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".pyc":
            yield path


def inputs_of(options: PublishOptions) -> str:
    """Return a digest of all inputs of a bundle."""
    return fingerprint((options.assets, locales_beside(options.assets), options.models), options.options)


def unchanged(options: PublishOptions, inputs: str = "") -> PublishResult | None:
    """Return the served release if neither its inputs nor its files changed since; writes nothing.

    inputs : their digest, if known
    """
    summary = read_note(options.bundle, inputs or inputs_of(options))
    return PublishResult(options.bundle, **summary, is_new=False) if summary else None


def prune_releases(options: PublishOptions, result: PublishResult) -> PublishResult:
    """Remove former releases beyond `options.keep`; returns the result with their number.

    By default, if nothing changed, only releases whose grace period has ended are removed.
    """
    from carreau.site.bundle.pruning import prune

    keep = KEEP if options.keep is None and result.is_new else options.keep
    pruned = prune(options.bundle, keep)
    return replace(result, gone=pruned.gone, freed=pruned.freed, leaving=pruned.leaving)
