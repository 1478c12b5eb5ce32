"""Note what the served release was made from, so that publishing again without a change is quick.

Nobody serves it. It may be removed at any time: everything is looked at again then, and what is damaged mended.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.catalogue.writing import write_whole

NOTE = ".inputs.json"
_MANIFEST, _FILES, _COPIES = "manifest.json", "a", {"brotli_bytes": "br", "gzip_bytes": "gz"}
"""As `pipeline/schema` has them, which takes longer to import than all that happens here."""


def read_note(root: Path, inputs: str) -> dict[str, Any] | None:
    """Return the summary of the served release; None where it was made from other inputs, or its files were touched.

    inputs : digest of what it would be made from now
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
    """Note what the served release was made from; its files were all looked at."""
    write_whole(root / NOTE, json.dumps({"inputs": inputs, "bundle": _fingerprint(root), "summary": summary}).encode())


def remove_note(root: Path) -> bool:
    """Have the next publish look at every file; say whether it will."""
    try:
        (root / NOTE).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _fingerprint(root: Path) -> str:
    """Return a digest of the manifest, and of the sizes and times of the files it names.

    Times, too: what was changed in place has its size. The 3,881 files of the real bundle take 20 ms.
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
