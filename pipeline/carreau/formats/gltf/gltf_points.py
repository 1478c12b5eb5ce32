"""Read the points of a glTF that has no triangles as a point cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import Scan, ScanFacts
from carreau.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from carreau.formats.gltf.gltf_document import Document, JsonElement
from carreau.formats.gltf.gltf_extensions import SPLATS
from carreau.formats.gltf.gltf_primitives import PrimitiveSource, count_elements, read_corners
from carreau.formats.gltf.gltf_scenes import Placed
from carreau.formats.images.image_codecs import srgb_bytes

MOST_REPEATED = 20_000_000
"""Instances may add up to this many points; more are read only when the file has each of them."""


def read_points(document: Document, points: Sequence[tuple[Placed, JsonElement]], facts: ScanFacts) -> Scan:
    """Return the cloud of some primitives of points in world coordinates, with their colours and normals.

    Instances are read one by one. Raises FormatError for invalid attributes, and for Gaussian splats.
    """
    attributes = [element.child("attributes") for _, element in points]
    for _, element in points:
        if element.extension(SPLATS) is not None:
            cause = message("it is a Gaussian splat, which has no triangles")
            cure = message("export a mesh of the same photographs instead")
            raise FormatError(document.path, element.place, cause, cure)
    _check_count(document, [element for _, element in points])
    has_colors, has_normals = (
        any(names is not None and names.has(name) for names in attributes) for name in ("COLOR_0", "NORMAL")
    )
    builder = CloudBuilder(document.path, colors=has_colors, normals=has_normals)
    for placed, element in points:
        builder.add(_batch(document, placed, element))
    scan = cloud_scan(document.path, builder, builder.finish(), facts, [])
    return replace(scan, files=tuple(document.files))


def _check_count(document: Document, elements: Sequence[JsonElement]) -> None:
    """Raise FormatError where instances repeat points too often."""
    counts = [(element.place, _count(document, element)) for element in elements]
    total, distinct = sum(count for _, count in counts), sum(dict(counts).values())
    if total > max(MOST_REPEATED, distinct):
        cause = message("instancing repeats %(distinct)s points as %(total)s", distinct=distinct, total=total)
        raise FormatError(document.path, "scene", cause, message("export it without instances"))


def _count(document: Document, element: JsonElement) -> int:
    """Return the number of points of a primitive without reading it."""
    names = element.child("attributes")
    if element.has("indices"):
        return count_elements(document, element.integer("indices"), element)
    if names is None or not names.has("POSITION"):
        return 0
    return count_elements(document, names.integer("POSITION"), element)


def _batch(document: Document, placed: Placed, element: JsonElement) -> Batch:
    """Return the points that a primitive draws: those of its indices, or all."""
    source = PrimitiveSource(document, element)
    positions = source.floats("POSITION", 3)
    colors = source.floats("COLOR_0", 3) if source.names.has("COLOR_0") else None
    normals = source.floats("NORMAL", 3) if source.names.has("NORMAL") else None
    if any(values is not None and len(values) != len(positions) for values in (colors, normals)):
        raise element.error(message("the attributes have different lengths"), "attributes")
    drawn = read_corners(document, element, len(positions)) if element.has("indices") else slice(None)
    linear = placed.matrix[:3, :3]
    with np.errstate(invalid="ignore", over="ignore"):  # the builder skips points that are not finite
        places = positions[drawn].astype(np.float64) @ linear.T + placed.matrix[:3, 3]
        turned = normals[drawn] @ np.linalg.pinv(linear) if normals is not None else None
    return Batch(places, srgb_bytes(colors[drawn]) if colors is not None else None, normals=turned)
