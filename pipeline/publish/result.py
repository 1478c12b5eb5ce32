"""Say what publishing did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bundle.leaving import GRACE_S


@dataclass(frozen=True)
class PublishResult:
    """What publishing did.

    release : the one that is served now
    files, size_bytes, answers : that it has
    is_new : whether another release was served before
    written : bytes that were not in the bundle, or damaged there
    older : former releases that cannot be put back, because their schema is an older one
    gone, freed : former releases that were forgotten, and the bytes of files that no release names any more
    leaving : former releases that will be, once nobody reads them
    """

    bundle: Path
    release: str
    sites: int
    routes: int
    files: int
    size_bytes: int
    answers: int
    is_new: bool
    written: int = 0
    older: int = 0
    gone: int = 0
    freed: int = 0
    leaving: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "bundle": str(self.bundle), "release": self.release, "new": self.is_new, "sites": self.sites,
            "routes": self.routes, "files": self.files, "answers": self.answers, "written_bytes": self.written,
            "freed_bytes": self.freed, "leaving": self.leaving,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """Return it for a person."""
        made = (
            f"{self.sites} sites, {self.routes} routes, {self.answers:,} answers, {self.files:,} files of "
            f"{self.size_bytes / 1e6:,.1f} MB, {self.written / 1e6:,.1f} MB of them new"
        )
        said = [
            f"{self.bundle}: release {self.release}" + (f": {made}" if self.is_new else " is served; nothing changed")
        ]
        if self.written and not self.is_new:
            said.append(
                f"{self.bundle}: files that were missing or damaged written again, {self.written / 1e6:,.1f} MB"
            )
        if self.older and self.is_new:
            said.append(f"{self.bundle}: {self.older} former releases are of an older schema and cannot be put back")
        if self.gone:
            said.append(f"{self.gone} former releases forgotten, {self.freed / 1e6:,.1f} MB freed")
        elif self.freed:
            said.append(f"files that no release names removed, {self.freed / 1e6:,.1f} MB freed")
        if self.leaving:
            said.append(
                f"{self.bundle}: {self.leaving} former releases stay, for visitors may have them open; "
                f"publish again in {GRACE_S / 60:.0f} minutes to remove them"
            )
        return said
