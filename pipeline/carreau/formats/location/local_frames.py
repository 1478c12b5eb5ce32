"""Positions on the Earth as OGC GeoPose."""

from __future__ import annotations

from typing import Any

from carreau.base.model import GeoPose


def geopose_json(pose: GeoPose) -> dict[str, Any]:
    """Return the Basic-Quaternion form (OGC 21-056r11, 7.4): degrees and metres, and the rotation to east, north, up.

    >>> geopose_json(GeoPose(3.31, 50.37, 30.0))["position"]
    {'lat': 50.37, 'lon': 3.31, 'h': 30.0}
    """
    x, y, z, w = pose.quaternion
    return {
        "position": {"lat": pose.lat, "lon": pose.lon, "h": pose.height},
        "quaternion": {"x": x, "y": y, "z": z, "w": w},
    }
