"""Gather what was made for the catalogue: the models of states and the media, all files of the bundle by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.schema.files import Picture
from pipeline.schema.medium import Medium
from pipeline.schema.state import Clip, Level, Triple, View


@dataclass(frozen=True)
class StateArtifacts:
    """What was made of a state.

    bounds_m : lowest and highest corner of the model, in its metres
    is_size_known : whether the unit of the scan was known
    """

    levels: tuple[Level, ...] = ()
    poster: tuple[Picture, ...] = ()
    poster_view: View | None = None
    bounds_m: tuple[Triple, Triple] | None = None
    is_size_known: bool = False
    is_simulated: bool = False
    clips: tuple[Clip, ...] = ()


@dataclass(frozen=True)
class EntryArtifacts:
    """What was made for a site or a route; without anything it is a draft.

    states : by id
    media : by id, as far as it is the same in every language
    """

    states: Mapping[str, StateArtifacts] = field(default_factory=dict)
    media: Mapping[str, Medium] = field(default_factory=dict)
