"""What a copy of a release holds, in the order it is sent: contents, what has an address, the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.bundle.digest import digest_of
from pipeline.bundle.object_headers import ObjectHeaders, address_headers, content_headers
from pipeline.schema.bundle import NAME, Manifest


@dataclass(frozen=True)
class Item:
    """A file of a copy.

    source : where it lies here
    name : what it is called there
    headers : that it is sent with where an object store keeps them
    is_fixed : whether its name is that of its content
    """

    source: Path
    name: str
    headers: ObjectHeaders
    is_fixed: bool = False

    @property
    def size(self) -> int:
        """Return its bytes."""
        return self.source.stat().st_size

    def digest(self) -> str:
        """Return the SHA-256 of its bytes; raises OSError."""
        return digest_of(self.source)


def copy_plan(root: Path, manifest: Manifest) -> tuple[list[Item], ...]:
    """Return what to send, in steps: nothing of a step names what comes in a later one."""
    return list(_contents(root, manifest)), list(_addresses(root, manifest)), [_manifest(root)]


def _contents(root: Path, manifest: Manifest) -> Iterator[Item]:
    for file in manifest.files:
        for coding in ("", *file.copies):
            name = f"{file.path}.{coding}" if coding else file.path
            yield Item(root / name, name, content_headers(file.media_type, coding), is_fixed=True)


def _addresses(root: Path, manifest: Manifest) -> Iterator[Item]:
    files = {file.sha256: file for file in manifest.files}
    for answer in manifest.answers:
        if answer.static:
            file = files[answer.sha256]
            headers = address_headers(answer.static, file.media_type, answer.lang)
            yield Item(root / file.path, answer.static, headers)


def _manifest(root: Path) -> Item:
    return Item(root / NAME, NAME, address_headers(NAME, "application/json"))
