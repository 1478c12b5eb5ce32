"""Tell whether anything changed since the last release, without reading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pipeline.bundle.releases import current
from pipeline.catalogue.writing import write_whole

_NOTE = ".inputs.json"
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


def is_known(root: Path, inputs: str) -> bool:
    """Say whether the served release was made from these inputs."""
    try:
        note = json.loads((root / _NOTE).read_bytes())
    except (OSError, ValueError):
        return False
    now = current(root)
    return now is not None and note == {"inputs": inputs, "release": now.release}


def remember(root: Path, inputs: str, release: str) -> None:
    """Note what a release was made from."""
    write_whole(root / _NOTE, json.dumps({"inputs": inputs, "release": release}).encode())
