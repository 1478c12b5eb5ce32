"""Say what is published of a state and of a medium: their files."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue.state import State, Triple


@dataclass(frozen=True)
class ModelFile:
    """A published file of a state.

    level : one of `pipeline.levels.NAMES`
    name : of the file
    sha256 : of its bytes, in hexadecimal
    triangles, texture_px, error_m : None where nobody measured
    """

    level: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    url: str
    triangles: int | None = None
    texture_px: int | None = None
    error_m: float | None = None


@dataclass(frozen=True)
class MediumFile:
    """A published form of a picture, sound, film or document: the one that every program opens.

    width, height : in pixels, of pictures and films; 0 where nobody knows
    duration_s : of sounds and films; 0 where nobody knows
    """

    url: str
    media_type: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True)
class StateRecord:
    """A state with what was made of it; a draft has no files.

    poster_px : width and height
    bounds_m : lowest and highest corner, in the model's metres
    """

    state: State
    files: tuple[ModelFile, ...] = ()
    poster_url: str = ""
    poster_px: tuple[int, int] = (0, 0)
    bounds_m: tuple[Triple, Triple] | None = None

    def first(self, *levels: str, media_type: str = "model/gltf-binary") -> ModelFile | None:
        """Return the file of the first of some levels that has one."""
        found = {file.level: file for file in reversed(self.files) if file.media_type == media_type}
        return next((found[level] for level in levels if level in found), None)
