"""Say how a document tells where something is."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.frozen_model import FrozenModel
from carreau.base.schema.words import Text


class Place(FrozenModel):
    """A point on the Earth.

    lon, lat : degrees in WGS 84
    basis : where these figures come from
    is_simulated : whether it stands in for a real place
    """

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    basis: Text | None = None
    is_simulated: bool = False


class Pose(FrozenModel):
    """Where a model's origin stands and how it is turned (OGC GeoPose 1.0).

    height_m : metres above the WGS 84 ellipsoid, None where nobody knows
    quaternion : x, y, z, w, from the model's axes to east, north and up
    yaw_deg : from east to north; what a compass needs, None where nobody knows
    """

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    height_m: float | None = None
    quaternion: tuple[float, float, float, float]
    yaw_deg: float | None = None
