"""Say what publishing did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.manifest.bundle import Manifest


@dataclass(frozen=True)
class Published:
    """What publishing did.

    is_new : whether another release is served than before
    written : bytes that were not in the bundle
    gone, freed : former releases that were forgotten, and the bytes of their files
    """

    bundle: Path
    manifest: Manifest
    is_new: bool
    written: int = 0
    gone: int = 0
    freed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "bundle": str(self.bundle), "release": self.manifest.release, "new": self.is_new,
            "sites": self.manifest.sites, "routes": self.manifest.routes, "files": len(self.manifest.files),
            "answers": len(self.manifest.answers), "written_bytes": self.written, "freed_bytes": self.freed,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """Return it for a person."""
        found = self.manifest
        if not self.is_new:
            return [f"{self.bundle}: release {found.release} is served; nothing changed"]
        size = sum(file.bytes for file in found.files)
        said = [
            f"{self.bundle}: release {found.release}: {found.sites} sites, {found.routes} routes, "
            f"{len(found.answers):,} answers, {len(found.files):,} files of {size / 1e6:,.1f} MB, "
            f"{self.written / 1e6:,.1f} MB of them new"
        ]
        if self.gone:
            said.append(f"{self.gone} former releases forgotten, {self.freed / 1e6:,.1f} MB freed")
        return said
