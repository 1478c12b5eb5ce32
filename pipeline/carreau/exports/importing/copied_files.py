"""Copy the models and media of a source into the folder of the new place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.exports.importing.local_files import NotTakenError
from carreau.exports.importing.naming import PlaceNames
from carreau.exports.importing.placed_glb import copy_file, copy_model
from carreau.exports.importing.record import Outcomes, SourcePlace
from carreau.exports.importing.texts import main_title


@dataclass(frozen=True)
class CopiedFiles:
    """The names of files in the folder of the place, by the ids of states and media.

    captions : by the id of the medium
    """

    models: Mapping[str, str]
    media: Mapping[str, str]
    captions: Mapping[str, str]


def copy_files(place: SourcePlace, names: PlaceNames, folder: Path, outcomes: Outcomes) -> CopiedFiles:
    """Copy the files; what cannot be read, or is no glTF, is told and left out.

    Raises OSError where the folder cannot be written.
    """
    models, media, captions = dict[str, str](), dict[str, str](), dict[str, str]()
    for state, model in zip(names.states, place.models, strict=True):
        if model.file is None:
            continue
        # A .gltf has a folder of its own, for the files that it refers to.
        suffix = model.file.suffix.lower()
        name = f"{state}{suffix}" if suffix == ".glb" else f"{state}/{state}{suffix}"
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        try:
            copy_model(model.file, target, model.placed)
            models[state] = name
        except (FormatError, NotTakenError) as error:
            reason = error.cause if isinstance(error, FormatError) else error.reason
            outcomes.lose(message("model '%(name)s'", name=main_title(model.titles, model.file.name)), reason)
            if target.parent == folder:
                target.unlink(missing_ok=True)
            else:
                shutil.rmtree(target.parent)
    for name, medium in zip(names.media, place.media, strict=True):
        try:
            media[name] = _copied(medium.file, folder, f"{name}{medium.file.suffix.lower()}")
            if medium.captions is not None:
                captions[name] = _copied(medium.captions, folder, f"{name}.vtt")
        except FormatError as error:
            outcomes.lose(message("medium '%(name)s'", name=medium.file.name), error.cause)
    return CopiedFiles(models, media, captions)


def _copied(source: Path, folder: Path, name: str) -> str:
    copy_file(source, folder / name)
    return name
