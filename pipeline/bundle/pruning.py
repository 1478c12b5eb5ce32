"""Remove former releases and unused files."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.bundle.leaving import is_fresh, leaving, write_leaving
from pipeline.bundle.releases import kept_releases, readable, served_release, write_order
from pipeline.schema.bundle import FILES, NAME, RELEASES


@dataclass(frozen=True)
class Pruned:
    """The result of pruning.

    gone, freed : number of removed releases, and removed bytes
    leaving : releases that the first pruning after `leaving.GRACE_S` removes
    """

    gone: int = 0
    freed: int = 0
    leaving: int = 0


def prune(root: Path, keep: int | None) -> Pruned:
    """Remove all but the served and the newest releases, those with a damaged manifest, and unused files.

    keep : number of former releases to keep; None removes only those whose grace period has ended
    Raises StorageError where the folder cannot be written.
    """
    now, releases = served_release(root), readable(root)
    others = [name for name in releases if now is None or name != now.release]
    due = {*leaving(root), *(others[: max(0, len(others) - keep)] if keep is not None else ())}
    fresh = [name for name in others if name in due and is_fresh(root, name)]
    stay = {name for name in releases if name not in due or name not in others or name in fresh}
    removed = [name for name in kept_releases(root) if name not in stay]
    if removed:
        write_order(root, [name for name in kept_releases(root) if name in stay])
    for name in removed:
        (root / RELEASES / name / NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (root / RELEASES / name).rmdir()
    write_leaving(root, fresh)
    left = [*(releases[name] for name in releases if name in stay), *([now] if now else [])]
    names = {path.rpartition("/")[2] for release in left for file in release.files for path in file.paths}
    return Pruned(len(removed), _remove_others(root / FILES, names), len(fresh))


def _remove_others(folder: Path, names: set[str]) -> int:
    """Remove all other files; returns their size."""
    freed = 0
    for entry in list(os.scandir(folder)) if names else ():
        if entry.name not in names:
            freed += entry.stat().st_size
            Path(entry).unlink()
    return freed
