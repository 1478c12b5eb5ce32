"""Keep what was measured, part by part, so that a bench that was stopped goes on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.table import Circumstances, Row


@dataclass
class Kept:
    """What was measured so far.

    rows : of the table
    notes : sentences beside the table, by the part that measured them
    measured : circumstances of each scan and part
    """

    rows: list[Row] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    measured: dict[str, Circumstances] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Kept:
        """Return what a file keeps; nothing when there is none, or one that does not tell the circumstances."""
        tree = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        if "measured" not in tree:
            return cls()
        measured = {name: Circumstances(**each) for name, each in tree["measured"].items()}
        return cls([Row(**row) for row in tree["rows"]], tree["notes"], measured)

    def usable(self, place: str, again: Collection[str]) -> Kept:
        """Return what need not be measured again: what was measured alone, in a place, and is not asked for again."""
        names = {
            name for name, each in self.measured.items() if each.is_alone and each.place == place and name not in again
        }
        rows = [row for row in self.rows if row.scan in names]
        notes = {name: said for name, said in self.notes.items() if name in names}
        return Kept(rows, notes, {name: self.measured[name] for name in self.measured if name in names})

    def write(self, path: Path) -> None:
        """Write it for a later run, and for programs."""
        measured = {name: dataclasses.asdict(each) for name, each in self.measured.items()}
        tree = {"rows": [dataclasses.asdict(row) for row in self.rows], "notes": self.notes, "measured": measured}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(tree, indent=2) + "\n", "utf-8")
