"""A note of the inputs of the served release, so that publishing without a change returns at once.

It is never served. It may be deleted at any time: the next publish then checks and repairs every file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carreau.base.atomic_write import write_whole

NOTE = ".inputs.json"
_MANIFEST, _FILES, _COPIES = "manifest.json", "a", {"brotli_bytes": "br", "gzip_bytes": "gz"}
"""As `pipeline/carreau/base/schema` has them, which takes longer to import than all that happens here."""


def read_note(root: Path, inputs: str) -> dict[str, Any] | None:
    """Return the summary of the served release; None where its inputs or its files changed.

    inputs : digest of the present inputs
    """
    try:
        note = json.loads((root / NOTE).read_bytes())
        if not isinstance(note, dict) or note.get("inputs") != inputs or note.get("bundle") != _fingerprint(root):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    summary: dict[str, Any] | None = note.get("summary")
    return summary


def write_note(root: Path, inputs: str, summary: dict[str, Any]) -> None:
    """Write the inputs of the served release, all files of which are intact."""
    write_whole(root / NOTE, json.dumps({"inputs": inputs, "bundle": _fingerprint(root), "summary": summary}).encode())


def remove_note(root: Path) -> bool:
    """Make the next publish check every file; returns whether that succeeded."""
    try:
        (root / NOTE).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _fingerprint(root: Path) -> str:
    """Return a digest of the manifest, and of the sizes and times of the files it names.

    Times are included, because a file changed in place may keep its size. 3,881 files take 20 ms.
    """
    content = (root / _MANIFEST).read_bytes()
    with os.scandir(root / _FILES) as entries:
        stats = {entry.name: entry.stat() for entry in entries}
    digest = hashlib.sha256(content)
    for name in _names(json.loads(content)):
        stat = stats[name]
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _names(manifest: dict[str, Any]) -> Iterator[str]:
    for file in manifest["files"]:
        name = f"{file['sha256']}.{file['ext']}"
        yield name
        yield from (f"{name}.{coding}" for field, coding in _COPIES.items() if file.get(field) is not None)
