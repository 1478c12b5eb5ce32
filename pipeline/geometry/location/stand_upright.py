"""Stand a scan upright on the ground, wherever it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.geometry.extent import body_box
from pipeline.geometry.location.ground_plane import Plane, found_plane, stated_plane, turn_onto
from pipeline.geometry.location.stable_poses import UPS
from pipeline.geometry.location.transform import TO_Y_UP, Motion, moved
from pipeline.messages import Message, Number, message
from pipeline.model import DoubleArray, Mesh

NO_GROUND = message(
    "no ground plane was found, because too little of the scan is level near its lowest point; "
    "it stands on its lowest point"
)
_NO_REASON = Message("", {})


@dataclass(frozen=True)
class Turned:
    """What the ground plane changed.

    up : the axis nearest to up, None when the ground said nothing of it
    reason : a clause for a sentence
    """

    up: str | None = None
    reason: Message = _NO_REASON
    decisions: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


def stand(mesh: Mesh, up: str, unit_m: float, ground: tuple[float, ...] | None) -> tuple[Motion, Turned]:
    """Return how a mesh comes to stand on y = 0 with the middle of its ground plan at x = z = 0, and what that changed.

    up : the axis that is up, unless the ground's normal says better
    ground : as in `pipeline.formats.location.metadata.PlacementMetadata`, in the scan's coordinates
    """
    if ground is None:
        return _set_down(mesh, np.array(TO_Y_UP[up], np.float64) * unit_m), Turned()
    upward = _direction(up)
    plane = _plane(mesh, ground, upward)
    if plane is None:
        return stand(mesh, up, unit_m, None)[0], Turned(warnings=(NO_GROUND,))
    axis = max(UPS, key=lambda name: float(_direction(name) @ plane.normal))
    turn = turn_onto(np.array(TO_Y_UP[axis]) @ plane.normal, np.array([0.0, 1.0, 0.0])) @ np.array(TO_Y_UP[axis])
    tilt = float(np.degrees(np.arccos(np.clip(plane.normal @ _direction(axis), -1, 1))))
    angle = Number(tilt, ".2f")
    decision = (
        message(
            "the ground plane found in the scan is levelled; it was %(angle)s° off %(axis)s", angle=angle, axis=axis
        )
        if ground == ()
        else message("the given ground plane is levelled; it was %(angle)s° off %(axis)s", angle=angle, axis=axis)
    )
    reason = message("it is closest to the normal of the ground") if axis != up else _NO_REASON
    return _set_down(mesh, turn * unit_m, plane), Turned(axis, reason, (decision,))


def _direction(up: str) -> DoubleArray:
    axis, sign = UPS[up]
    return np.asarray(np.eye(3)[axis] * sign)


def _plane(mesh: Mesh, ground: tuple[float, ...], upward: DoubleArray) -> Plane | None:
    """Return the ground plane in the scan's coordinates."""
    if ground == ():
        found = found_plane(mesh.positions, mesh.faces, upward)
        return None if found is None else Plane(found.point + mesh.origin, found.normal)
    if len(ground) == 6:  # what a person calls the normal is up, whatever else was guessed
        upward = np.array(ground[3:])
    return stated_plane(ground, upward)


def _set_down(mesh: Mesh, linear: DoubleArray, plane: Plane | None = None) -> Motion:
    about = mesh.origin
    if plane is None:
        box = body_box(mesh.positions, mesh.faces)
        ends = np.stack([box.low, box.high]) @ linear.T
        low, high = ends.min(axis=0), ends.max(axis=0)
        return Motion(linear, about, -np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]))
    rough = moved(mesh, Motion(linear, about, np.zeros(3)))
    box = body_box(rough.positions, rough.faces)
    middle = (box.low + box.high) / 2
    height = (linear @ (plane.point - about))[1]
    return Motion(linear, about, -np.array([middle[0], height, middle[2]]))
