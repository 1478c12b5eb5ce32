"""Remove former releases, unused files, and what a publication has written that failed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import OptionError
from carreau.base.schema.bundle import FILES, Manifest
from carreau.site.bundle.content_store import ContentStore
from carreau.site.bundle.releases import (
    ReleaseFiles,
    is_fresh,
    kept_releases,
    leaving,
    named_files,
    read_draft,
    readable,
    remove_release,
    served_release,
    write_leaving,
    write_order,
)


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
    for name in removed:
        remove_release(root, name)
    left = [*(releases[name] for name in releases if name in stay), *([now] if now else [])]
    freed = _remove_others(root / FILES, named_files(left))
    if removed:  # on a full disk it can be written only now
        write_order(root, kept_releases(root))
    write_leaving(root, fresh)
    return Pruned(len(removed), freed, len(fresh))


def discard(root: Path, store: ContentStore) -> None:
    """Remove what an unfinished release has written and no other has; nothing where the served one is damaged."""
    with contextlib.suppress(OptionError):
        now, draft = served_release(root), read_draft(root)
        left: list[ReleaseFiles | Manifest] = [*readable(root).values(), *([now] if now else [])]
        left += [draft.manifest] if draft else []
        store.discard(named_files(left))


def _remove_others(folder: Path, names: set[str]) -> int:
    """Remove all other files; returns their size."""
    freed = 0
    for entry in list(os.scandir(folder)) if names else ():
        if entry.name not in names:
            freed += entry.stat().st_size
            Path(entry).unlink()
    return freed
