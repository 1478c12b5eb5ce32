"""Grace period of former releases, during which clients may still read them.

A server checks for a new manifest once a second and uses the former one until then, and pages that visitors have open
refer to its files. The modification time of a stored manifest is the time until which its release was served.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from carreau.site.bundle.durable import write_durable

GRACE_S = 300.0
"""Time that a release stays after it was served."""
_RELEASES, _MANIFEST, _LIST = "releases", "manifest.json", "leaving.txt"
"""As in `releases.py`, whose import takes longer than publishing without a change."""


def leave(root: Path, release: str) -> None:
    """Record that a release was served until now."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_manifest(root, release))


def is_fresh(root: Path, release: str) -> bool:
    """Return whether a release is within its grace period."""
    try:
        return abs(time.time() - _manifest(root, release).stat().st_mtime) < GRACE_S
    except FileNotFoundError:
        return False


def is_due(root: Path) -> bool:
    """Return whether the grace period of a release to be removed has ended."""
    return any(not is_fresh(root, name) for name in leaving(root))


def leaving(root: Path) -> list[str]:
    """Return the releases to be removed, except those served again since."""
    path = root / _RELEASES / _LIST
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [name for name, _, stamp in (line.partition(" ") for line in lines) if _stamp(root, name) == stamp]


def write_leaving(root: Path, names: Iterable[str]) -> None:
    """Write the list of releases to be removed; raises StorageError."""
    path, lines = root / _RELEASES / _LIST, [f"{name} {_stamp(root, name)}\n" for name in names]
    if lines:
        write_durable(path, "".join(lines).encode())
    else:
        path.unlink(missing_ok=True)


def _manifest(root: Path, release: str) -> Path:
    return root / _RELEASES / release / _MANIFEST


def _stamp(root: Path, release: str) -> str:
    """Return the time until which a release was served, as text; empty if it was removed."""
    path = _manifest(root, release)
    return str(path.stat().st_mtime_ns) if path.is_file() else ""
