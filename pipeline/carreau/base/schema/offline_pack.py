"""Say what a phone needs for a walk or a trail without a network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carreau.base.schema.file_links import Link
from carreau.base.schema.frozen_model import FrozenModel
from carreau.base.schema.state import LevelName


class PackFile(Link):
    """One file of a pack.

    role : what it is for, so that a phone can fetch what matters first
    """

    role: Literal["page", "data", "poster", "model", "ar", "image", "sound", "video", "captions", "document", "app"]


class Pack(FrozenModel):
    """Every file that a route or a trail needs, in the order they should come.

    route : slug of the route or trail; no two of them have the same
    kind : which of the two it is of
    id : digest of what the pack holds; `have` names it
    bytes : to fetch, compressed where a compressed copy lies there
    day : of the edition, as 2026-11-26; empty as long as nobody decided it
    """

    route: str
    kind: Literal["route", "trail"] = "route"
    lang: str
    level: LevelName
    id: str
    bytes: int = Field(ge=0)
    day: str = ""
    files: tuple[PackFile, ...] = ()


class PackChange(FrozenModel):
    """What changed since the pack that a phone holds.

    is_complete : whether the pack it holds was known; otherwise everything is to fetch
    """

    have: str
    pack: Pack
    fetch: tuple[PackFile, ...] = ()
    drop: tuple[str, ...] = ()
    bytes: int = Field(ge=0)
    is_complete: bool
