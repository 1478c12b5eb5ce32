"""The results of the bench, in a file beside the page that shows them, so that parts can be measured on other days."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.table import Circumstances, Row

RESULTS = Path(__file__).parents[2] / "docs" / "benchmarks.json"


@dataclass
class Results:
    """What was measured so far.

    rows : of the table
    notes : sentences beside the table, by the part that measured them
    measured : circumstances of each scan and part
    """

    rows: list[Row] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    measured: dict[str, Circumstances] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Results:
        """Return the results in a file; none where there is no file."""
        if not path.is_file():
            return cls()
        tree = json.loads(path.read_text("utf-8"))
        measured = {name: Circumstances(**each) for name, each in tree["measured"].items()}
        rows = [Row(**_read_row(row)) for row in tree["rows"]]
        return cls(rows, tree["notes"], measured)

    def measured_at(self, place: str) -> Results:
        """Return what was measured in a place: figures of two machines are not put beside each other."""
        measured = {name: each for name, each in self.measured.items() if each.place == place}
        rows = [row for row in self.rows if row.scan in measured]
        return Results(rows, {name: said for name, said in self.notes.items() if name in measured}, measured)

    def replace(self, name: str, found: Circumstances, rows: list[Row], notes: list[str]) -> None:
        """Put what was measured in place of what an earlier run found."""
        self.rows = [row for row in self.rows if row.scan != name] + rows
        self.notes.pop(name, None)
        if notes:
            self.notes[name] = notes
        self.measured[name] = found

    def write(self, path: Path) -> None:
        """Write it for later runs, and for programs: strict JSON, in which a model without any error has no dB."""
        measured = {name: dataclasses.asdict(each) for name, each in sorted(self.measured.items())}
        rows = [dataclasses.asdict(row) for row in self.rows]
        for row in rows:
            # A likeness under light that was not measured is left out: no value is one without any error.
            if row["lit_db"] is None:
                del row["lit_db"]
            row |= {key: None for key in ("psnr_db", "lit_db") if math.isinf(row.get(key, 0.0))}
        tree = {"rows": rows, "notes": self.notes, "measured": measured}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(tree, indent=2, allow_nan=False) + "\n", "utf-8")


def _read_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a row; no value is a likeness without any error."""
    return {key: math.inf if value is None else value for key, value in row.items()}
