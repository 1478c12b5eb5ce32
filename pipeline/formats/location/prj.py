"""Read the `.prj` beside a scan, in which many programs write its coordinate system as WKT."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import PlacementMetadata, not_located
from pipeline.formats.location.sidecar_text import EMPTY, SET_EPSG, WRITE_WKT, in_folder, sidecar_text


def find(scan: Path) -> list[Path]:
    """Return `mill.prj` beside `mill.obj`."""
    return [] if scan.is_dir() else in_folder(scan.parent, [f"{scan.stem}.prj", f"{scan.name}.prj"])[:1]


def read(paths: list[Path]) -> PlacementMetadata:
    """Return what a `.prj` says; a system that is local, or unknown to PROJ, is a warning.

    Raises FormatError for a file that is no WKT at all.
    """
    path = paths[0]
    text = sidecar_text(path).strip()
    if not text:
        raise FormatError(path, "", EMPTY, WRITE_WKT)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(text))
    except CrsError as error:
        if "[" not in text:
            raise FormatError(path, "", error.reason, WRITE_WKT) from error
        return PlacementMetadata(path.name, warnings=(not_located(path.name, error.reason, SET_EPSG),))
