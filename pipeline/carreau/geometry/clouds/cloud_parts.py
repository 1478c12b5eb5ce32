"""Selection and merging of points, with their attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, Cloud, IntArray
from carreau.geometry.topology import BoolArray, weld

PLAIN = 184
"""Grey level of a cloud without colours and intensity."""


def take_points(cloud: Cloud, selected: BoolArray | IntArray) -> Cloud:
    """Return the cloud with the selected points only, in their order."""
    if selected.dtype == np.bool_ and selected.all():
        return cloud
    attributes = {
        name: _rows(getattr(cloud, name), selected) for name in ("colors", "intensity", "normals", "station_of")
    }
    return replace(cloud, positions=cloud.positions[selected], **attributes)


def merged_points(cloud: Cloud) -> Cloud:
    """Return the cloud with one point per position: the first, with the mean of all colours there.

    Files round their coordinates: in a scan of a lion stored in centimetres, 37 of 100 points share a position.
    """
    welded = weld(cloud.positions)
    if len(welded.first) == len(welded.labels):
        return cloud
    merged = take_points(cloud, welded.first)
    colors = None if cloud.colors is None else np.rint(_means(cloud.colors, welded.labels)).astype(np.uint8)
    intensity = cloud.intensity
    if intensity is not None:
        intensity = _means(intensity[:, None], welded.labels)[:, 0].astype(np.float32)
    return replace(merged, colors=colors, intensity=intensity)


def point_colors(cloud: Cloud) -> ByteArray:
    """Return (n, 3) uint8 sRGB: the colours of the points, else their intensity as grey, else a plain grey."""
    if cloud.colors is not None:
        return cloud.colors
    if cloud.intensity is None:
        return np.full((len(cloud.positions), 3), PLAIN, np.uint8)
    gray = np.rint(np.clip(cloud.intensity, 0, 1) * 255).astype(np.uint8)
    return np.repeat(gray[:, None], 3, axis=1)


def _rows(values: Any, selected: BoolArray | IntArray) -> Any:
    return None if values is None else values[selected]


def _means(values: NDArray[Any], labels: IntArray) -> NDArray[np.float64]:
    counts = np.bincount(labels)
    return np.stack([np.bincount(labels, column) / counts for column in values.T], axis=1)
