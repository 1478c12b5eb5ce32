"""Tell whether anything changed since the last release, without reading any of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.catalogue.writing import write_whole

_NOTE, _SERVED = ".inputs.json", "manifest.json"
_PROJECT = Path(__file__).parents[2]
_CODE = ("pipeline/**/*.py", "pipeline/pages/*/*", "locales/*/LC_MESSAGES/interface.po", "server/static/**/*")


@cache
def code() -> str:
    """Return a digest of the names, sizes and times of our own code, its templates and words, and the viewer."""
    paths = {path for pattern in _CODE for path in _PROJECT.glob(pattern) if path.is_file()}
    stats = ((path.relative_to(_PROJECT), path.stat()) for path in sorted(paths))
    text = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(folders: Iterable[Path], options: Iterable[str]) -> str:
    """Return a digest of the names, sizes and times of all files below some folders, of our own code, and of options.

    A file that is not there is noted as such: it may turn up.
    """
    digest = hashlib.sha256("\n".join(options).encode())
    for folder in folders:
        for path in _files(folder):
            stat = path.stat()
            digest.update(f"\n{path} {stat.st_size} {stat.st_mtime_ns}".encode())
    digest.update(code().encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def recall(root: Path, inputs: str) -> dict[str, Any] | None:
    """Return what was said of the served release where it was made from these inputs, else None."""
    try:
        note = json.loads((root / _NOTE).read_bytes())
        served = hashlib.sha256((root / _SERVED).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None
    is_known = isinstance(note, dict) and note.get("inputs") == inputs and note.get("manifest") == served
    return note.get("said") if is_known else None


def remember(root: Path, inputs: str, said: dict[str, Any]) -> None:
    """Note what the served release was made from, and what is said of it."""
    served = hashlib.sha256((root / _SERVED).read_bytes()).hexdigest()
    write_whole(root / _NOTE, json.dumps({"inputs": inputs, "manifest": served, "said": said}).encode())
