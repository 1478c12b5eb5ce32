"""Find the finished models in a folder, by the reports that lie beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.errors import UnknownFileError, UnknownModelError

REPORT = "report.json"
MEDIA_TYPES = {
    ".glb": "model/gltf-binary",
    ".webp": "image/webp",
    ".png": "image/png",
    ".json": "application/json",
}
"""What is handed out, by suffix; nothing else in a model's folder is."""


@dataclass(frozen=True)
class Model:
    """One scan's models: their folder, the name in addresses, and what their report says."""

    slug: str
    folder: Path
    report: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return str(self.report.get("name") or self.slug)

    @property
    def levels(self) -> tuple[Mapping[str, Any], ...]:
        """Return what the report says of each level whose file is there."""
        rows = self.report.get("levels")
        rows = rows.values() if isinstance(rows, Mapping) else rows or ()
        return tuple(row for row in rows if isinstance(row, Mapping) and self.has(str(row.get("file", ""))))

    @property
    def scan(self) -> Mapping[str, Any]:
        """Return what the report says of the scan."""
        found = self.report.get("scan")
        return found if isinstance(found, Mapping) else {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the sentences of warning in the report."""
        return tuple(str(sentence) for sentence in self.scan.get("warnings") or ())

    @property
    def is_simulated(self) -> bool:
        """Say whether the report's source, name or scan says that nobody surveyed this; its pages then say so too."""
        said = (self.report.get("source"), self.report.get("name"), self.scan.get("file"))
        return any("simulated" in str(text).lower() for text in said)

    def has(self, name: str) -> bool:
        """Say whether a file of that name may be handed out."""
        plain = Path(name).name == name and not name.startswith(".")
        return plain and Path(name).suffix in MEDIA_TYPES and (self.folder / name).is_file()

    def file(self, name: str) -> Path:
        """Return a file to hand out; raise UnknownFileError when there is none, or it is not for visitors."""
        if not self.has(name):
            raise UnknownFileError(f"{self.slug} has no file {name}")
        return self.folder / name


def all_models(folder: Path) -> tuple[Model, ...]:
    """Return the models in a folder and in the folders directly below it, by slug."""
    reports = [folder / REPORT, *sorted(folder.glob(f"*/{REPORT}"))]
    found = (_model(report) for report in reports if not report.parent.name.startswith("."))
    return tuple(model for model in found if model is not None)


def one_model(folder: Path, slug: str) -> Model:
    """Return a model by its slug; raise UnknownModelError when there is none."""
    for model in all_models(folder):
        if model.slug == slug:
            return model
    raise UnknownModelError(f"there is no model {slug}")


def _model(path: Path) -> Model | None:
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError):  # a build may be under way, or the file may be somebody else's
        return None
    return Model(path.absolute().parent.name, path.parent, report) if isinstance(report, dict) else None
