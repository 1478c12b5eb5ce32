"""Say how places, routes and trails are shown by programs that follow a link to them."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.frozen_model import FrozenModel

SHARES = "/oembed/shares"
"""Path of the document; only the server asks for it."""


class Share(FrozenModel):
    """A place, route or trail.

    invitation : what a visitor gets there, in a few words
    picture : address of a picture, relative to the origin, and its size in pixels; empty for none
    """

    invitation: str
    picture: str = ""
    width: int = Field(default=0, ge=0)
    height: int = Field(default=0, ge=0)


class Shares(FrozenModel):
    """All places, routes and trails, by slug."""

    lang: str
    sites: dict[str, Share] = Field(default_factory=dict)
    routes: dict[str, Share] = Field(default_factory=dict)
    trails: dict[str, Share] = Field(default_factory=dict)
