"""Compare any model with its scan, whichever program made it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import DoubleArray, Mesh, Scan
from carreau.formats.gltf.gltf_document import open_document
from carreau.geometry.repair.defects import Cracks
from carreau.geometry.selection import finite_part
from carreau.geometry.triangles import IDENTITY, about, transform
from carreau.models.stages.measure import (
    THOROUGH,
    Distance,
    LevelError,
    MeasureOptions,
    Sighting,
    measure,
    sight_points,
)

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
    error: LevelError
    scan_points: int = 0

    def lines(self) -> list[Message]:
        """Return a line for each kind of figure."""
        return _lines(self)

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
    """Return a comparison as English text.

    >>> error = LevelError(math.inf, 1, 0, None, None, None, 12, 768)
    >>> print(describe(Comparison("a.obj", "a.glb", 12, 6, 2048, error)))
    a.glb compared with a.obj: 6 of 12 triangles, 2,048 bytes
    pictures: no pixel differs (12 views of 768 × 768)
    """
    return "\n".join(comparison.lines())


def _lines(comparison: Comparison) -> list[Message]:
    error = comparison.error
    lines: list[Message] = [_counts(comparison), message("pictures: %(figures)s", figures=_pictures(error))]
    if error.to_level is not None and error.to_scan is not None:
        lines.append(message("scan to model: %(figures)s", figures=_distances(error.to_level)))
        lines.append(message("model to scan: %(figures)s", figures=_distances(error.to_scan)))
    if error.cracks is not None:
        lines.append(message("new cracks: %(figures)s", figures=_cracks(error.cracks)))
    return lines


def _counts(comparison: Comparison) -> Message:
    names: dict[str, str | int] = {"model": comparison.model, "scan": comparison.scan, "bytes": comparison.file_bytes}
    if comparison.scan_points:
        return message(
            "%(model)s compared with %(scan)s: %(triangles)s triangles from %(points)s points, %(bytes)s bytes",
            triangles=comparison.triangles,
            points=comparison.scan_points,
            **names,
        )
    return message(
        "%(model)s compared with %(scan)s: %(triangles)s of %(total)s triangles, %(bytes)s bytes",
        triangles=comparison.triangles,
        total=comparison.scan_triangles,
        **names,
    )


def _pictures(error: LevelError) -> Message:
    views = plural_message(
        "%(count)s view of %(size)s × %(size)s", "%(count)s views of %(size)s × %(size)s", error.views,
        size=Number(error.size_px, "d"),
    )  # fmt: skip
    if math.isinf(error.psnr_db):
        return message("no pixel differs (%(views)s)", views=views)
    return message(
        "%(psnr)s dB PSNR, %(ssim)s SSIM, %(share)s of the silhouette differs (%(views)s)",
        psnr=Number(error.psnr_db, ".2f"),
        ssim=Number(error.ssim, ".4f"),
        share=Number(error.silhouette, ".2%"),
        views=views,
    )


def _distances(distance: Distance) -> Message:
    return message(
        "RMS %(rms)s, 95%% within %(p95)s, largest %(largest)s",
        rms=_length(distance.rms),
        p95=_length(distance.p95),
        largest=_length(distance.largest),
    )


def _cracks(cracks: Cracks) -> Message:
    if not cracks.count:
        return message("none")
    return message(
        "%(number)s (%(edges)s edges, length %(length)s)",
        number=cracks.count,
        edges=cracks.edge_count,
        length=_length(cracks.length),
    )


def _length(length_m: float) -> Message:
    """Return a length with three digits, in the unit that suits it."""
    if length_m >= 1 or length_m == 0:
        return message("%(length)s m", length=Number(length_m, ".3g"))
    if length_m * 1e3 >= 1:
        return message("%(length)s mm", length=Number(length_m * 1e3, ".3g"))
    return message("%(length)s µm", length=Number(length_m * 1e6, ".3g"))
