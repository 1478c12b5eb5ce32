"""Releases that go once nobody can still be reading them.

A server looks for a new manifest once a second and answers from the former one until then, and pages that visitors have
open name its files. The time of a kept manifest says until when its release was served.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from pipeline.bundle.durable import write_durable

GRACE_S = 300.0
"""How long a release stays after it was served."""
_RELEASES, _MANIFEST, _LIST = "releases", "manifest.json", "leaving.txt"
"""As `releases.py` has them, which takes longer to import than a publish of nothing new."""


def leave(root: Path, release: str) -> None:
    """Note that a release is served until now."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_manifest(root, release))


def is_fresh(root: Path, release: str) -> bool:
    """Say whether a release was served until a short while ago."""
    try:
        return abs(time.time() - _manifest(root, release).stat().st_mtime) < GRACE_S
    except FileNotFoundError:
        return False


def is_due(root: Path) -> bool:
    """Say whether a release that was leaving may go now."""
    return any(not is_fresh(root, name) for name in leaving(root))


def leaving(root: Path) -> list[str]:
    """Return the releases that are to go; not those that were served again since."""
    path = root / _RELEASES / _LIST
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [name for name, _, stamp in (line.partition(" ") for line in lines) if _stamp(root, name) == stamp]


def write_leaving(root: Path, names: Iterable[str]) -> None:
    """Write down which releases are to go; raises StorageError."""
    path, lines = root / _RELEASES / _LIST, [f"{name} {_stamp(root, name)}\n" for name in names]
    if lines:
        write_durable(path, "".join(lines).encode())
    else:
        path.unlink(missing_ok=True)


def _manifest(root: Path, release: str) -> Path:
    return root / _RELEASES / release / _MANIFEST


def _stamp(root: Path, release: str) -> str:
    """Return until when a release was served, as a text; empty where it is not kept any more."""
    path = _manifest(root, release)
    return str(path.stat().st_mtime_ns) if path.is_file() else ""
