"""Whether the shape of a scan, or the cameras beside it, contradict the up axis that its file states."""

from __future__ import annotations

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import Mesh
from carreau.formats.location.poses import NO_CAMERAS, CamerasBeside
from carreau.geometry.location.land import HIGHEST_FRONT_M, LEANING, find_land
from carreau.geometry.location.up_axis import UP_DIRECTIONS, LikelyUp, cap_shares, likely_up, rank_candidates
from carreau.geometry.mesh_parts import find_body

CONTRADICTING = 0.9
"""Least likelihood of a direction at which a file that states another one is doubted."""


def contradiction(
    mesh: Mesh, stated: str, cameras: CamerasBeside = NO_CAMERAS, unit_m: float | None = None
) -> LikelyUp | None:
    """Return the guess from the shape and the cameras if it is sure, and not what the file states; else None.

    A file is rarely wrong about its axes, so a likelihood of `CONTRADICTING` is asked for; but land higher than any
    front does not stand on its edge, whatever a file says.

    unit_m : metres in the file's unit; 1 if it states none
    """
    guess = likely_up(mesh, cameras)
    if guess.confident and guess.up == stated:
        return None
    if not guess.confident or not guess.candidates or guess.share < CONTRADICTING:
        return _land_on_its_edge(mesh, stated, unit_m or 1.0, guess)
    return guess


def _land_on_its_edge(mesh: Mesh, stated: str, unit_m: float, guess: LikelyUp) -> LikelyUp | None:
    """Return the way that land faces if it is far from the axis that the file states, else None."""
    axis, sign = UP_DIRECTIONS[stated]
    land = find_land(mesh) if float(find_body(mesh).sides[axis]) * unit_m > HIGHEST_FRONT_M else None
    leaning_deg = land.leaning_deg(sign * np.eye(3)[axis]) if land else 0.0
    if land is None or leaning_deg < LEANING:
        return None
    # The squares of its cosines share the way it faces out to three sides; a file is mostly right, and may be here.
    shares = {up: 0.01 + max(float(land.facing[i]) * sign, 0.0) ** 2 for up, (i, sign) in UP_DIRECTIONS.items()}
    shares[stated] += 0.25
    candidates = rank_candidates(cap_shares(shares))
    reason = message(
        "it is land %(width)s m wide, and its ground leans %(angle)s° from level",
        width=Number(land.width * unit_m, ",.0f"),
        angle=Number(leaning_deg, ".0f"),
    )
    likely = next(each.up for each in candidates if each.up != stated)
    return LikelyUp(likely, False, reason, candidates, guess.cameras)


def contradiction_warning(stated: str, format: str, guess: LikelyUp) -> Message:
    """Return the warning about a file that states another axis than its shape suggests."""
    return message(
        "according to %(format)s, %(axis)s is up, but the scan suggests %(likely)s (%(share)s likely: "
        "%(reason)s); if the model does not stand upright, build it again with %(option)s",
        format=format,
        axis=stated,
        likely=guess.up,
        share=Number(guess.share, ".0%"),
        reason=guess.reason,
        option=f"--up {guess.up}",
    )
