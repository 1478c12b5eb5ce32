"""Swap the manifest of a bundle at once, keep those before, and put one of them back."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from pipeline.catalogue.writing import write_whole
from pipeline.errors import OptionError, StorageError
from pipeline.manifest.bundle import FILES, NAME, SCHEMA_VERSION, Manifest

RELEASES = "releases"
_ORDER = "order.txt"


class Named(BaseModel):
    """A file, by its name alone."""

    sha256: str
    ext: str


class Held(BaseModel):
    """As much of a manifest as says what it holds on to: it is read of every release that is kept."""

    schema_version: int
    release: str
    database: str
    files: tuple[Named, ...]


Read = TypeVar("Read", Manifest, Held)


def canonical(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest: the same for the same contents."""
    return (manifest.model_dump_json(indent=1) + "\n").encode()


def named(manifest: Manifest) -> Manifest:
    """Return a manifest with the name of its release, which follows from everything else in it."""
    bare = manifest.model_copy(update={"release": ""})
    return bare.model_copy(update={"release": hashlib.sha256(canonical(bare)).hexdigest()[:16]})


def current(root: Path) -> Manifest | None:
    """Return the manifest that is served, None before the first; raises OptionError where it is not ours."""
    path = root / NAME
    return read_manifest(path) if path.is_file() else None


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a file; raises OptionError with the file and the cure."""
    return _read(path, Manifest)


@cache
def held(root: Path, release: str) -> Held:
    """Return what a kept release holds on to; raises OptionError where it is not ours."""
    return _read(root / RELEASES / release / NAME, Held, oldest=1)


def served(root: Path) -> Held | None:
    """Return what the served release holds on to, None before the first; raises OptionError where it is not ours."""
    path = root / NAME
    return _read(path, Held, oldest=1) if path.is_file() else None


def _read(path: Path, what: type[Read], oldest: int = SCHEMA_VERSION) -> Read:
    """Return what a manifest says; what a release holds on to stands in it alike since the first schema."""
    try:
        found = what.model_validate_json(path.read_bytes())
    except (OSError, SchemaError) as error:
        cause = str(error).splitlines()[0]
        raise OptionError(
            f"{path}: it is no manifest ({cause}); publish again, or put one back with --rollback"
        ) from error
    if not oldest <= found.schema_version <= SCHEMA_VERSION:
        raise OptionError(f"{path}: it is of schema {found.schema_version}, this Carreau reads {SCHEMA_VERSION}")
    return found


def kept(root: Path) -> tuple[str, ...]:
    """Return the names of the releases that can be put back, the newest last."""
    path = root / RELEASES / _ORDER
    names = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return tuple(name for name in names if (root / RELEASES / name / NAME).is_file())


def swap(root: Path, manifest: Manifest) -> bool:
    """Make a manifest the one that is served; say whether it was another before.

    Everything it names must lie there. What is killed before the last move leaves the former one in force.
    """
    content = canonical(manifest)
    path = root / NAME
    if path.is_file() and path.read_bytes() == content:
        return False
    write_whole(root / RELEASES / manifest.release / NAME, content)
    order = [name for name in kept(root) if name != manifest.release]
    write_whole(root / RELEASES / _ORDER, "".join(f"{name}\n" for name in (*order, manifest.release)).encode())
    write_whole(path, content)
    return True


def roll_back(root: Path, to: str = "") -> Manifest:
    """Put a former release back: the one before the current, or the one that is named.

    Raises OptionError when there is none; what it names is checked to be there first.
    """
    names, now = kept(root), current(root)
    shown = now.release if now else ""
    before = names[: names.index(shown)] if shown in names else names
    target = to or (before[-1] if before else "")
    if target not in names or target == shown:
        choice = ", ".join(name for name in names if name != shown) or "none"
        raise OptionError(f"{root}: there is no release {to or 'before this one'} to put back; kept are: {choice}")
    manifest = read_manifest(root / RELEASES / target / NAME)
    absent = [file.path for file in manifest.files if not (root / file.path).is_file()]
    if absent:
        raise OptionError(f"{root}: release {target} lacks {len(absent)} files, {absent[0]} first; publish again")
    write_whole(root / NAME, canonical(manifest))
    return manifest


def prune(root: Path, keep: int) -> tuple[int, int]:
    """Forget all but the newest releases and the served one, and files that none of them names.

    keep : how many releases to have besides the served one
    Returns the number of releases and of bytes that went.
    """
    names, now = kept(root), served(root)
    others = [name for name in names if now is None or name != now.release]
    gone = others[: max(0, len(others) - keep)]
    for name in gone:
        (root / RELEASES / name / NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (root / RELEASES / name).rmdir()
    if gone:
        write_whole(root / RELEASES / _ORDER, "".join(f"{name}\n" for name in names if name not in gone).encode())
    releases = [*(held(root, name) for name in kept(root)), *([now] if now else [])]
    wanted = {f"{file.sha256}.{file.ext}" for release in releases for file in release.files}
    freed = 0
    for entry in list(os.scandir(root / FILES)) if wanted else ():
        if entry.name.removesuffix(".br") not in wanted:
            freed += entry.stat().st_size
            Path(entry).unlink()
    return len(gone), freed


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep others from publishing into the same bundle; raises StorageError while somebody does."""
    try:
        import fcntl
    except ImportError:  # Windows locks no folder; two at once into one bundle are the user's to avoid
        yield
        return
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StorageError(f"{root}: somebody is publishing into it now; wait for that to end") from error
    finally:
        os.close(descriptor)
