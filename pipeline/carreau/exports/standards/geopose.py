"""OGC GeoPose 1.0 (21-056r11, Basic-Quaternion): position and orientation of the models of a site."""

from __future__ import annotations

import math

from carreau.base.messages import Message, message
from carreau.catalogue.state import Pose, State
from carreau.exports.records.record import NothingToExportError, SiteRecord, refuse_demonstration
from carreau.exports.records.serializers import json_bytes

Quaternion = tuple[float, float, float, float]


def geoposes(record: SiteRecord) -> dict[str, bytes | NothingToExportError]:
    """Return the GeoPose of each state by id, or the reason why it has none; heights and headings are not assumed.

    The frame is the model's with z up: its x, -z and y, as glTF has them, point east, north and up without rotation.
    Raises NothingToExportError for a site without a state, and for a demonstration, which has no location.
    """
    refuse_demonstration(record)
    if not record.states:
        raise NothingToExportError(
            record.entry.document.name, message("it has no state yet"), message("add one as [[state]]")
        )
    return {each.state.id: _geopose(record, each.state) for each in record.states}


def _geopose(record: SiteRecord, state: State) -> bytes | NothingToExportError:
    missing = missing_fields(state.geopose)
    if state.geopose is None or missing is not None:
        return NothingToExportError(
            record.entry.document.name,
            message("its state '%(state)s' lacks its %(fields)s", state=state.id, fields=missing or ""),
            message("add it to [state.geopose]"),
        )
    return json_bytes(basic_quaternion(state.geopose))


def missing_fields(pose: Pose | None) -> Message | None:
    """Return the fields that a GeoPose needs and a pose does not have, None for a complete pose.

    >>> missing_fields(None), missing_fields(Pose(3.4, 50.3)), missing_fields(Pose(3.4, 50.3, 40.0, 12.5))
    ('position', 'height and heading', None)
    """
    if pose is None or pose.lon is None or pose.lat is None:
        return message("position")
    if pose.height_m is None:
        return message("height and heading") if pose.yaw_deg is None else message("height")
    return message("heading") if pose.yaw_deg is None else None


def basic_quaternion(pose: Pose) -> dict[str, dict[str, float]]:
    """Return a complete pose: degrees, metres above the ellipsoid, and the rotation from the local tangent plane.

    Models are built upright, so pitch and roll default to 0.
    """
    x, y, z, w = quaternion(pose.yaw_deg or 0.0, pose.pitch_deg or 0.0, pose.roll_deg or 0.0)
    return {
        "position": {"lat": pose.lat or 0.0, "lon": pose.lon or 0.0, "h": pose.height_m or 0.0},
        "quaternion": {"x": x, "y": y, "z": z, "w": w},
    }


def quaternion(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Quaternion:
    """Return (x, y, z, w) of a yaw about up, then a pitch about the turned y axis, then a roll about the turned x axis.

    So the standard has its Basic-YPR, in east, north and up: yaw counts from east to north, a positive pitch turns the
    x axis down.

    >>> [round(part, 6) for part in quaternion(90, 0, 0)]
    [0.0, 0.0, 0.707107, 0.707107]
    """
    (cy, sy), (cp, sp), (cr, sr) = (_half(each) for each in (yaw_deg, pitch_deg, roll_deg))
    return (
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )


def _half(degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees) / 2
    return math.cos(angle), math.sin(angle)
