"""Copy a bundle to where it is served from, only what is new there, the manifest last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec.core

from pipeline.bundle.releases import current
from pipeline.errors import OptionError, StorageError
from pipeline.manifest.bundle import NAME, Manifest


@dataclass(frozen=True)
class SyncResult:
    """What was copied.

    sent, sent_bytes : that were not there
    kept : that lay there already
    """

    target: str
    release: str
    sent: int
    sent_bytes: int
    kept: int

    def lines(self) -> list[str]:
        """Say it for a person."""
        return [
            f"{self.target}: release {self.release}, {self.sent:,} files sent ({self.sent_bytes / 1e6:,.1f} MB),"
            f" {self.kept:,} were there"
        ]

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "target": self.target, "release": self.release, "sent": self.sent, "sent_bytes": self.sent_bytes,
            "kept": self.kept,
        }  # fmt: skip


def sync(root: Path, target: str, told: Callable[[int, int], None] | None = None) -> SyncResult:
    """Copy the served release to a folder or an object store (any URL of fsspec).

    What is named by its content comes first, then what a static host finds by its address, then the manifest.
    Raises OptionError for a target that nothing can reach, StorageError when it does not take a file.
    """
    manifest = current(root)
    if manifest is None:
        raise OptionError(f"{root}: nothing is published there yet; run carreau publish first")
    system, base = _opened(target)
    sent = sent_bytes = lay = 0
    try:
        there = _sizes(system, base)
        parts = list(_parts(root, manifest))
        for done, (path, name, is_fixed) in enumerate(parts):
            size = path.stat().st_size
            if there.get(name) == size and (is_fixed or _same(system, f"{base}/{name}", path)):
                lay += 1
            else:
                _send(system, path, f"{base}/{name}")
                sent, sent_bytes = sent + 1, sent_bytes + size
            if told:
                told(done + 1, len(parts))
    except (OSError, ValueError) as error:
        raise StorageError(f"--to {target}: it did not take a file: {error}; what was served there still is") from error
    return SyncResult(target, manifest.release, sent, sent_bytes, lay)


def _parts(root: Path, manifest: Manifest) -> Iterator[tuple[Path, str, bool]]:
    """Yield what to copy in order: the file, its name there, and whether its content can never change."""
    files = {file.sha256: root / file.path for file in manifest.files}
    for file in manifest.files:
        yield from ((root / path, path, True) for path in file.paths)
    for answer in manifest.answers:
        if answer.static:
            yield files[answer.sha256], answer.static, False
    yield root / NAME, NAME, False


def _opened(target: str) -> tuple[Any, str]:
    try:
        system, base = fsspec.core.url_to_fs(target, use_listings_cache=False)
    except ImportError as error:
        protocol = target.partition("://")[0]
        cure = "pip install 'carreau[s3]'" if protocol in ("s3", "s3a") else str(error)
        raise OptionError(f"--to {target}: what writes {protocol}:// is not installed; {cure}") from error
    except ValueError as error:
        raise OptionError(f"--to {target}: {error}") from error
    return system, base.rstrip("/")


def _sizes(system: Any, base: str) -> dict[str, int]:
    try:
        found = system.find(base, detail=True)
    except FileNotFoundError:
        return {}
    lead = len(base.lstrip("/")) + 1
    return {name.lstrip("/")[lead:]: int(entry["size"] or 0) for name, entry in found.items()}


def _same(system: Any, far: str, path: Path) -> bool:
    return bool(system.cat_file(far) == path.read_bytes())


def _send(system: Any, path: Path, far: str) -> None:
    system.makedirs(system._parent(far), exist_ok=True)
    if "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,)):
        beside = f"{far}.partial"
        system.put_file(str(path), beside)
        Path(beside).replace(far)
    else:  # an object is there whole or not at all
        system.put_file(str(path), far)
