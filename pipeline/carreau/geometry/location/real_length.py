"""The size of a scan by a length that somebody measured."""

from __future__ import annotations

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import Mesh
from carreau.geometry.extent import body_of
from carreau.geometry.location.placement import Placement
from carreau.geometry.location.placement_messages import source_message
from carreau.geometry.location.transform import Motion, moved


def to_real_length(mesh: Mesh, motion: Motion, placement: Placement) -> tuple[Motion, list[Message]]:
    """Return the motion to the size that was measured, and the decision about it.

    Raises ScanError or OptionError when the scan has no length there.
    """
    if placement.height_m is None:
        return motion, []
    if placement.height_between is not None:
        ends = motion.place(np.array(placement.height_between))
        length = float(np.linalg.norm(ends[1] - ends[0]))
    else:
        length = float(body_of(moved(mesh, motion)).sides[1])
    if not (np.isfinite(length) and length > 0):
        cause = message("the corresponding length of the scan is %(length)s", length=Number(length, "g"))
        raise placement.error_about("height_m", cause, message("measure a length greater than zero"))
    factor = placement.height_m / length
    size, times, reason = (
        Number(placement.height_m, "g"),
        Number(factor, ".6g"),
        source_message(placement.sources["height_m"]),
    )
    if placement.height_between is not None:
        decision = message(
            "scaled by %(factor)s to %(size)s m between two points: %(reason)s", factor=times, size=size, reason=reason
        )
    else:
        decision = message(
            "scaled by %(factor)s to %(size)s m high: %(reason)s", factor=times, size=size, reason=reason
        )
    return motion.scaled(factor), [decision]
