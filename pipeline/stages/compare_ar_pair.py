"""Comparison of the two files of an AR pair, each read back and rendered."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ValidationError
from pipeline.formats.gltf import gltf
from pipeline.formats.writers import usdz_read
from pipeline.geometry.extent import bounding_sphere, box_of
from pipeline.geometry.frames import about
from pipeline.geometry.selection import finite_part
from pipeline.messages import Number, message
from pipeline.model import Mesh
from pipeline.render.camera import fibonacci_views
from pipeline.render.image_metrics import psnr_db, silhouette_difference, ssim
from pipeline.render.views import render_views

LEAST_DB = 45.0
"""Below this the two files would not show the same thing. They hold the same numbers, and come out far above."""

MOST_DEG = 0.5
"""Between the normals of the two, at any corner."""


@dataclass(frozen=True)
class ComparePairOptions:
    """How closely to look: as `measure` looks at what is published.

    views : cameras on a Fibonacci sphere around the scan, 1 or more
    size_px : edge of the square pictures that are compared, 11 or more
    supersampling : rays a pixel, each way, 1 or more
    """

    views: int = 12
    size_px: int = 768
    supersampling: int = 2


@dataclass(frozen=True)
class PairComparison:
    """How alike the GLB and the USDZ of a pair are.

    psnr_db : of the one's pictures against the other's, infinite when no pixel differs
    ssim : 1 when no pixel differs
    silhouette : share of the pixels that only one of both fills
    normals_deg : largest angle between their normals, which the pictures do not show
    size_m : (x, y, z) edges of the USDZ's bounding box in metres
    ground_m : height of the USDZ's lowest point
    pictures : slots whose encoded images are the same bytes in both
    views, size_px : how it was looked at
    """

    psnr_db: float
    ssim: float
    silhouette: float
    normals_deg: float
    size_m: tuple[float, float, float]
    ground_m: float
    pictures: tuple[str, ...]
    views: int
    size_px: int


def compare_ar_pair(
    scan: Mesh, glb: bytes, usdz: bytes, options: ComparePairOptions = ComparePairOptions()
) -> PairComparison:
    """Read both files with a library of each format's own, and look at them from the same places as at the scan.

    Raises ValidationError where they differ by more than `LEAST_DB`, or have other images.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "model.glb", Path(folder) / "model.usdz"
        for path, data in zip(paths, (glb, usdz), strict=True):
            path.write_bytes(data)
        one, other = gltf.read(paths[0]).mesh, usdz_read.read(paths[1])
    scan = finite_part(scan)
    eyes = fibonacci_views(*bounding_sphere(scan), options.views, options.size_px * options.supersampling)
    views = [render_views(about(mesh, scan.origin), eyes, options.supersampling) for mesh in (one, other)]
    box = box_of(other.positions, other.faces)
    width, height, depth = (float(side) for side in box.sides)
    likeness, slots, normals_deg = psnr_db(*views), _same_images(one, other), _normals_deg(one, other)
    _refuse_difference(likeness, normals_deg)
    return PairComparison(
        psnr_db=likeness,
        ssim=ssim(*views),
        silhouette=silhouette_difference(*views),
        normals_deg=normals_deg,
        size_m=(width, height, depth),
        ground_m=float(box.low[1]),
        pictures=slots,
        views=options.views,
        size_px=options.size_px,
    )


def _refuse_difference(likeness_db: float, normals_deg: float) -> None:
    if likeness_db < LEAST_DB:
        raise ValidationError(
            message(
                "pictures of the USDZ and GLB files have a PSNR of %(psnr)s dB, below the required %(limit)s dB",
                psnr=Number(likeness_db, ".1f"),
                limit=Number(LEAST_DB, "g"),
            )
        )
    if normals_deg > MOST_DEG:
        raise ValidationError(
            message("the normals of the USDZ and GLB files differ by %(angle)s°", angle=Number(normals_deg, ".1f"))
        )


def _normals_deg(one: Mesh, other: Mesh) -> float:
    """Return the largest angle between the normals of corners; half a turn where they have not the same corners."""
    if one.normals is None or other.normals is None or one.normals.shape != other.normals.shape:
        return 180.0
    left, right = one.normals.astype(np.float64), other.normals.astype(np.float64)
    apart, together = np.linalg.norm(left - right, axis=-1), np.linalg.norm(left + right, axis=-1)
    return float(np.degrees(2 * np.arctan2(apart, together)).max())


def _same_images(one: Mesh, other: Mesh) -> tuple[str, ...]:
    """Return the slots of textures that both have, with the same bytes. Raises ValidationError where any is not."""
    slots = []
    for slot in ("base", "normal", "occlusion"):
        left, right = (getattr(mesh.materials[0], slot) for mesh in (one, other))
        if (left is None) != (right is None) or (left is not None and left.texture.data != right.texture.data):
            raise ValidationError(message("the USDZ and GLB files have different %(slot)s images", slot=slot))
        slots += [slot] if left is not None else []
    return tuple(slots)


def as_json(agreement: PairComparison) -> dict[str, object]:
    """Return plain values; an infinite PSNR is None, for JSON has no infinity."""
    values = dict(vars(agreement))
    return {**values, "psnr_db": None if math.isinf(agreement.psnr_db) else agreement.psnr_db}
