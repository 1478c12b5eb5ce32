"""Find the finished models in a folder by their reports."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau_server.preview.settings import UnknownFileError, UnknownModelError

REPORT = "report.json"
MEDIA_TYPES = {
    ".glb": "model/gltf-binary",
    ".webp": "image/webp",
    ".png": "image/png",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".usdz": "model/vnd.usdz+zip",
}
"""Media types of the files that are served, by suffix; no other file of a model's folder is."""

PAGES = re.compile(r"report(\.[a-z]{2,3})?\.html")
"""The only pages that are served: any other would appear as ours."""


@dataclass(frozen=True)
class Model:
    """Models of one scan: their folder, slug and report."""

    slug: str
    folder: Path
    report: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return str(self.report.get("name") or self.slug)

    @property
    def levels(self) -> tuple[Mapping[str, Any], ...]:
        """Return the report's rows of the levels whose files exist."""
        rows = self.report.get("levels")
        rows = rows.values() if isinstance(rows, Mapping) else rows or ()
        return tuple(row for row in rows if isinstance(row, Mapping) and self.has(str(row.get("file", ""))))

    @property
    def scan(self) -> Mapping[str, Any]:
        """Return the report's facts about the scan."""
        scan = self.report.get("scan")
        return scan if isinstance(scan, Mapping) else {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the sentences of warning in the report."""
        return tuple(str(sentence) for sentence in self.scan.get("warnings") or ())

    @property
    def is_simulated(self) -> bool:
        """Return whether the report's source, name or scan is marked as simulated; the pages then show it."""
        labels = (self.report.get("source"), self.report.get("name"), self.scan.get("file"))
        return any("simulated" in str(text).lower() for text in labels)

    @property
    def camera_orbit(self) -> str:
        """Return from where the poster was taken, as model-viewer has it; empty when the report does not say.

        Both measure the azimuth from +Z towards +X; model-viewer's second angle is from the top down.
        """
        view = self.report.get("poster_view")
        if not isinstance(view, Mapping):
            return ""
        azimuth, elevation = view.get("azimuth_deg"), view.get("elevation_deg")
        if not (isinstance(azimuth, int | float) and isinstance(elevation, int | float)):
            return ""
        if not math.isfinite(azimuth + elevation):
            return ""
        return f"{azimuth:g}deg {90 - elevation:g}deg auto"

    @property
    def pages(self) -> tuple[str, ...]:
        """Return the names of the build report's pages that are there, the main one first."""
        names = sorted(path.name for path in self.folder.glob("report*.html"))
        return tuple(sorted((name for name in names if self.has(name)), key=len))

    def has(self, name: str) -> bool:
        """Say whether a file of that name may be handed out."""
        plain = Path(name).name == name and not name.startswith(".")
        if name.endswith(".html") and not PAGES.fullmatch(name):
            return False
        return plain and Path(name).suffix in MEDIA_TYPES and (self.folder / name).is_file()

    def file(self, name: str) -> Path:
        """Return a file to hand out; raise UnknownFileError when there is none, or it is not for visitors."""
        if not self.has(name):
            raise UnknownFileError(f"{self.slug} has no file {name}")
        return self.folder / name


def all_models(folder: Path) -> tuple[Model, ...]:
    """Return the models in a folder and in the folders directly below it, by slug."""
    reports = [folder / REPORT, *sorted(folder.glob(f"*/{REPORT}"))]
    models = (_model(report) for report in reports if not report.parent.name.startswith("."))
    return tuple(model for model in models if model is not None)


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
