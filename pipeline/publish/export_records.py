"""Tell the exports what was built, so that their documents point at the files of the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue.state import State
from pipeline.exports.records.record import MediumFile, ModelFile, StateRecord
from pipeline.levels import LEVEL_OF
from pipeline.publish.artifacts import EntryArtifacts, StateArtifacts
from pipeline.schema.medium import Medium
from pipeline.schema.state import Level


def state_record(state: State, built: StateArtifacts, base_url: str) -> StateRecord:
    """Return what was made of a state, with absolute addresses."""
    poster = built.poster[0] if built.poster else None
    return StateRecord(
        state,
        tuple(_files(built, base_url)),
        f"{base_url}{poster.url}" if poster else "",
        (poster.width, poster.height) if poster else (0, 0),
        built.bounds_m,
    )


def medium_files(built: EntryArtifacts, base_url: str) -> dict[str, MediumFile]:
    """Return each medium by its id, with its absolute address: its last form, which every program opens."""
    return {name: _medium_file(medium, base_url) for name, medium in built.media.items() if medium.variants}


def _medium_file(medium: Medium, base_url: str) -> MediumFile:
    form = medium.variants[-1]
    size = form.width or 0, form.height or 0
    return MediumFile(f"{base_url}{form.url}", form.media_type, *size, medium.duration_s or 0.0)


def _files(built: StateArtifacts, base_url: str) -> Iterator[ModelFile]:
    for level in built.levels:
        yield ModelFile(
            LEVEL_OF.get(level.level, level.level),
            f"{LEVEL_OF.get(level.level, level.level)}.{level.ext}",
            level.media_type,
            level.bytes,
            level.sha256,
            f"{base_url}{level.url}",
            level.triangles,
            level.texture_px or None,
            _rms(level),
        )


def _rms(level: Level) -> float | None:
    return level.error.rms_m
