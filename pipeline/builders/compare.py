"""Say how far any model is from the scan it was made from, ours or anybody's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.formats.gltf.gltf_document import open_document
from pipeline.geometry.finite import finite_part
from pipeline.geometry.frames import IDENTITY, about, transform
from pipeline.model import DoubleArray, Mesh, Scan
from pipeline.stages.measure import THOROUGH, Distance, Error, MeasureOptions, Sighting, measure, sight_points

FRAME_KEY = "scan_to_model"
"""Where our models keep the transform: `asset.extras.scan_to_model`, a row-major 4x4."""


@dataclass(frozen=True)
class Comparison:
    """A model beside its scan.

    scan, model : file names
    scan_triangles, triangles : of the scan and of the model
    scan_points : of a scan that is a point cloud, else 0; it has no triangles then
    file_bytes : of the model, as it lies on disk
    """

    scan: str
    model: str
    scan_triangles: int
    triangles: int
    file_bytes: int
    error: Error
    scan_points: int = 0

    def lines(self) -> list[str]:
        """Say it for a person."""
        return describe(self).splitlines()

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {**vars(self), "error": self.error.as_json()}


def scan_to_model(path: Path) -> DoubleArray:
    """Return the 4x4 that took a scan's own coordinates to a glTF model's; identity when the model says none.

    Raises FormatError when the file is no glTF or the matrix is not sixteen finite numbers.
    """
    asset = open_document(path).root.child("asset")
    extras = asset.child("extras") if asset is not None and isinstance(asset.members.get("extras"), dict) else None
    numbers = extras.numbers(FRAME_KEY, 16) if extras is not None else None
    return IDENTITY if numbers is None else np.array(numbers).reshape(4, 4)


def compare(
    scan: Scan,
    model: Scan,
    matrix: DoubleArray = IDENTITY,
    options: MeasureOptions = THOROUGH,
    sighting: Sighting | None = None,
    surface: Mesh | None = None,
) -> Comparison:
    """Measure a model against its scan in the model's coordinates, to which `matrix` takes the scan's.

    surface : of a point cloud, whose points are the scan's mesh, as small tiles
    """
    shown = transform(finite_part(scan.mesh), matrix)
    if surface is not None:
        sighting = sight_points(shown, about(transform(surface, matrix), shown.origin), options)
    error = measure(shown, model.mesh, options, sighting)
    return Comparison(
        scan.files[0].name,
        model.files[0].name,
        0 if scan.cloud else len(scan.mesh.faces),
        len(model.mesh.faces),
        model.files[0].stat().st_size,
        error,
        scan.cloud.count if scan.cloud else 0,
    )


def describe(comparison: Comparison) -> str:
    """Return a few lines of text about a comparison.

    >>> print(describe(Comparison("a.obj", "a.glb", 12, 6, 2048, Error(math.inf, 1, 0, None, None, None, 12, 768))))
    a.glb beside a.obj: 6 of 12 triangles, 2,048 bytes
    pictures        no pixel differs (12 views of 768 x 768)
    """
    error = comparison.error
    whole = f"{comparison.scan_triangles:,} triangles"
    if comparison.scan_points:
        whole = f"triangles from {comparison.scan_points:,} points"
    counts = (
        f"{comparison.triangles:,}{'' if comparison.scan_points else ' of'} {whole}, {comparison.file_bytes:,} bytes"
    )
    rows = [f"{comparison.model} beside {comparison.scan}: {counts}", f"pictures        {_pictures(error)}"]
    if error.to_level is not None and error.to_scan is not None:
        rows += [f"scan to model   {_distances(error.to_level)}", f"model to scan   {_distances(error.to_scan)}"]
    if error.cracks is not None:
        rows.append(f"cracks opened   {error.cracks.count or 'none'}{_cracks(error)}")
    return "\n".join(rows)


def _pictures(error: Error) -> str:
    how = f"({error.views} views of {error.size_px} x {error.size_px})"
    if math.isinf(error.psnr_db):
        return f"no pixel differs {how}"
    outline = f"{100 * error.silhouette:.2f} % of the silhouette differs"
    return f"{error.psnr_db:.2f} dB PSNR, {error.ssim:.4f} SSIM, {outline} {how}"


def _distances(distance: Distance) -> str:
    return f"RMS {_length(distance.rms)}, 95 % within {_length(distance.p95)}, largest {_length(distance.largest)}"


def _cracks(error: Error) -> str:
    if error.cracks is None or not error.cracks.count:
        return ""
    return f", {error.cracks.edge_count:,} edges, {_length(error.cracks.length)} long"


def _length(length_m: float) -> str:
    """Write a length with three digits, in the unit that suits it."""
    for unit, factor in (("m", 1.0), ("mm", 1e3)):
        if length_m * factor >= 1 or length_m == 0:
            return f"{length_m * factor:.3g} {unit}"
    return f"{length_m * 1e6:.3g} µm"
