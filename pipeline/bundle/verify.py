"""Hash every file of a bundle again, and say what is missing or rotten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import brotli

from pipeline.bundle.releases import RELEASES, kept, read_manifest
from pipeline.errors import OptionError
from pipeline.manifest.bundle import FILES, NAME
from pipeline.manifest.files import File


@dataclass(frozen=True)
class Verified:
    """What was found in a bundle.

    files, bytes : that were hashed
    missing, rotten : paths that are not there, or hold something else than their name says
    stray : paths that no release names
    """

    root: Path
    releases: int
    files: int
    bytes: int
    missing: tuple[str, ...]
    rotten: tuple[str, ...]
    stray: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 where something is missing or rotten."""
        return 1 if self.missing or self.rotten else 0

    def lines(self) -> list[str]:
        """Say it for a person."""
        said = [f"missing: {path}" for path in self.missing] + [f"rotten: {path}" for path in self.rotten]
        said += [f"stray: {path}: no release names it; `carreau publish --keep` removes it" for path in self.stray]
        state = "publish again to mend it" if self.exit_code else "all whole"
        return [
            *said,
            f"{self.root}: {self.files:,} files, {self.bytes / 1e6:,.1f} MB, {self.releases} releases: {state}",
        ]

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "releases": self.releases, "files": self.files, "bytes": self.bytes,
            "missing": list(self.missing), "rotten": list(self.rotten), "stray": list(self.stray),
        }  # fmt: skip


def verify(root: Path, told: Callable[[int, int], None] | None = None) -> Verified:
    """Hash all that the releases of a bundle name; raises OptionError where there is no bundle.

    told : hears how many files are done, of how many
    """
    if not (root / NAME).is_file():
        raise OptionError(f"{root}: holds no {NAME}; name the folder of a bundle")
    paths = [root / NAME, *(root / RELEASES / name / NAME for name in kept(root))]
    files = {file.path: file for path in paths for file in read_manifest(path).files}
    missing, rotten, size = [], [], 0
    for done, (_, file) in enumerate(sorted(files.items())):
        missing += [name for name in _names(file) if not (root / name).is_file()]
        rotten += _rotten(root, file)
        size += file.bytes
        if told:
            told(done + 1, len(files))
    named = {name for file in files.values() for name in _names(file)}
    stray = [f"{FILES}/{path.name}" for path in (root / FILES).glob("*") if f"{FILES}/{path.name}" not in named]
    return Verified(root, len(kept(root)), len(files), size, tuple(missing), tuple(rotten), tuple(sorted(stray)))


def _names(file: File) -> list[str]:
    return [file.path] if file.brotli_bytes is None else [file.path, f"{file.path}.br"]


def _rotten(root: Path, file: File) -> list[str]:
    bad = []
    path, copy = root / file.path, root / f"{file.path}.br"
    if path.is_file():
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                bad.append(file.path)
    if file.brotli_bytes is not None and copy.is_file() and not _unpacks(copy, file.sha256):
        bad.append(f"{file.path}.br")
    return bad


def _unpacks(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(brotli.decompress(path.read_bytes())).hexdigest() == sha256
    except brotli.error:
        return False
