"""Tell the exports what was built, so that their documents point at the files of the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue.state import State
from pipeline.exports.record import ModelFile, StateRecord
from pipeline.manifest.state import Level
from pipeline.publishing.built import Built, BuiltState

_LEVELS = {"ar-android": "ar", "ar-ios": "ar"}


def state_record(state: State, built: BuiltState, base_url: str) -> StateRecord:
    """Return what was made of a state, with absolute addresses."""
    poster = built.poster[0] if built.poster else None
    return StateRecord(
        state,
        tuple(_files(built, base_url)),
        f"{base_url}{poster.url}" if poster else "",
        (poster.width, poster.height) if poster else (0, 0),
        built.bounds_m,
    )


def media_urls(built: Built, base_url: str) -> dict[str, str]:
    """Return the absolute address of each medium by its id: of its last form, which every program opens."""
    return {name: f"{base_url}{medium.variants[-1].url}" for name, medium in built.media.items() if medium.variants}


def _files(built: BuiltState, base_url: str) -> Iterator[ModelFile]:
    for level in built.levels:
        yield ModelFile(
            _LEVELS.get(level.level, level.level),
            f"{_LEVELS.get(level.level, level.level)}.{level.ext}",
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
