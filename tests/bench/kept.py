"""Keep what was measured, part by part, so that a bench that was stopped goes on."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.table import Row


@dataclass
class Kept:
    """What was measured so far.

    rows : of the table
    notes : sentences beside the table, by the part that measured them
    """

    rows: list[Row] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Kept:
        """Return what a file keeps; nothing when there is none."""
        if not path.is_file():
            return cls()
        tree = json.loads(path.read_text("utf-8"))
        return cls([Row(**row) for row in tree["rows"]], tree["notes"])

    def has_scan(self, name: str) -> bool:
        """Say whether a scan was measured."""
        return any(row.scan == name for row in self.rows)

    def write(self, path: Path) -> None:
        """Write it for a later run, and for programs."""
        tree = {"rows": [dataclasses.asdict(row) for row in self.rows], "notes": self.notes}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(tree, indent=2) + "\n", "utf-8")
