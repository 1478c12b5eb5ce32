"""Hash every file of a bundle again, and say what is missing or rotten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import brotli

from pipeline.bundle.releases import RELEASES, kept, read_manifest
from pipeline.errors import OptionError
from pipeline.manifest.bundle import FILES, NAME, Manifest


@dataclass(frozen=True)
class Verified:
    """What was found in a bundle.

    files, bytes : that were hashed
    missing, rotten : paths that are not there, or hold something else than they should
    stray : paths that no release names
    is_copy : whether answers lie here under their static names too
    """

    root: Path
    releases: int
    files: int
    bytes: int
    missing: tuple[str, ...]
    rotten: tuple[str, ...]
    stray: tuple[str, ...]
    is_copy: bool = False

    @property
    def exit_code(self) -> int:
        """Return 1 where something is missing or rotten."""
        return 1 if self.missing or self.rotten else 0

    def lines(self) -> list[str]:
        """Say it for a person."""
        said = [f"missing: {path}" for path in self.missing] + [f"rotten: {path}" for path in self.rotten]
        cure = "it may be removed" if self.is_copy else "`carreau publish --keep N` removes it"
        said += [f"stray: {path}: no release names it; {cure}" for path in self.stray]
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
    served, former = read_manifest(root / NAME), [read_manifest(root / RELEASES / name / NAME) for name in kept(root)]
    files = {file.path: file for manifest in (served, *former) for file in manifest.files}
    lengths = {file.sha256: file.bytes for file in files.values()}
    static = _static(root, served)
    whole = {path: file.sha256 for path, file in files.items()} | static
    packed = {f"{path}.br": file.sha256 for path, file in files.items() if file.brotli_bytes is not None}
    missing, rotten, wanted = [], [], whole | packed
    for done, (name, sha256) in enumerate(sorted(wanted.items())):
        if not (root / name).is_file():
            missing.append(name)
        elif (_unpacked(root / name) if name in packed else _digest(root / name)) != sha256:
            rotten.append(name)
        if told:
            told(done + 1, len(wanted))
    size = sum(lengths[sha256] for sha256 in whole.values())
    stray = [f"{FILES}/{path.name}" for path in (root / FILES).glob("*") if f"{FILES}/{path.name}" not in wanted]
    found = tuple(missing), tuple(rotten), tuple(sorted(stray))
    return Verified(root, len(former), len(whole), size, *found, is_copy=bool(static))


def _static(root: Path, manifest: Manifest) -> dict[str, str]:
    """Return the digests of what a copy holds under static names; nothing where the bundle is no copy.

    A copy has no former releases; one that was made into the folder of another bundle is known by what lies there.
    """
    found = {answer.static: answer.sha256 for answer in manifest.answers if answer.static}
    is_copy = not (root / RELEASES).is_dir() or any((root / name).is_file() for name in found)
    return found if is_copy else {}


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _unpacked(path: Path) -> str:
    """Return the digest of what a compressed copy holds, empty where it is none."""
    try:
        return hashlib.sha256(brotli.decompress(path.read_bytes())).hexdigest()
    except brotli.error:
        return ""
